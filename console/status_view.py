"""An agent's duty in words. Pure."""

from handoff.agents import Agent
from handoff.presence import Duty, Presence
from handoff.wording.reader import Reader
from handoff.wording.tickets import Option


def duty_options(agent: Agent, presence: Presence, reader: Reader) -> dict[str, object]:
    """The duty switch, and what is believed of the agent."""
    t = reader.t
    shift_over = agent.duty == Duty.ON and presence is Presence.OFFLINE
    return {
        "duty_options": [
            Option(
                value=duty, label=t(f"duty_{duty}"), hint=t(f"duty_{duty}_hint"), chosen=agent.duty == duty
            )
            for duty in Duty
        ],
        "presence": presence,
        "presence_label": t("presence_shift_over") if shift_over else t(f"presence_{presence}"),
        "shift_over": shift_over,
    }
