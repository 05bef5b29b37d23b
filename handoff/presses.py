"""Whose buttons are whose: a press of one of the desk's buttons goes to the handler of its prefix."""

from collections.abc import Collection, Mapping

from handoff.aftercare import care, survey_answers, surveys
from handoff.aftercare import texts as aftercare
from handoff.complaints import proposals
from handoff.questions import Answered, Handler, Pressed

HANDLERS: Mapping[str, Handler] = {
    surveys.PREFIX: survey_answers.press,
    care.PREFIX: care.press,
    proposals.PREFIX: proposals.press,
}


def is_desks(action: str) -> bool:
    """Whether an action belongs to the desk, and not to the bot."""
    return action.partition(":")[0] in HANDLERS


def words_for(action: str) -> Collection[str]:
    """What people type for a button beside its label, right after it was shown."""
    return aftercare.OTHER_WORDS.get(action.rpartition(":")[2], ()) if is_desks(action) else ()


async def press(pressed: Pressed) -> Answered:
    """Do what the action asks for. What leads nowhere is explained."""
    handler = HANDLERS[pressed.action.partition(":")[0]]
    return await handler(pressed) or Answered(text=aftercare.leads_nowhere(pressed.language))
