"""What is wrong with our place in Slack: token, scopes, channels."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from channels.slack.client import Slack, SlackAway, SlackBusy, SlackRefusal
from core.findings import Finding

# Why each is needed: docs/slack.md, which `docs/slack-manifest.yml` follows.
SCOPES = frozenset(
    {
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "reactions:write",
        "users:read",
        "users:read.email",
    }
)


DIRECT_MESSAGES = "im:history"  # needed beside them where customers write to the app


async def examine_slack(
    slack: Slack,
    queues: Mapping[str, str],
    *,
    customers: Collection[str] = (),
    direct_messages: bool = False,
    reports: Mapping[str, str] = MappingProxyType({}),
) -> list[Finding]:
    """What is to be mended; nothing where all is well.

    `queues` have their channels, `customers` are the channels in which customers write, and `reports` go to theirs.
    """
    try:
        me = await slack.identity()
    except SlackRefusal as error:
        return [Finding(code="slack_refused", facts={"error": error.code})]
    except (SlackAway, SlackBusy) as error:
        return [Finding(code="slack_away", facts={"error": str(error)})]
    problems = []
    needed = SCOPES | ({DIRECT_MESSAGES} if direct_messages else set())
    if missing := sorted(needed - me.scopes) if me.scopes else []:
        problems.append(Finding(code="slack_scopes", facts={"scopes": ", ".join(missing)}))
    for queue, channel in sorted(queues.items()):
        problems += await _examine(slack, channel, setting="desk.slack.channels", queue=queue)
    for channel in customers:
        problems += await _examine(slack, channel, setting="channels.slack.channels")
    for name, channel in reports.items():
        problems += await _examine(slack, channel, setting=f"reports.{name}.slack")
    return problems


async def _examine(slack: Slack, channel: str, *, setting: str, queue: str = "") -> list[Finding]:
    """What is wrong with a channel: of a queue, or without one for customers or reports."""
    facts = {"channel": channel, "queue": queue, "setting": setting}
    try:
        found = (await slack.call("conversations.info", channel=channel))["channel"]
    except SlackRefusal as error:
        return [Finding(code="slack_no_channel", facts={**facts, "error": error.code})]
    except (SlackAway, SlackBusy) as error:
        return [Finding(code="slack_channel_unseen", facts={**facts, "error": str(error)})]
    facts["channel"] = str(found.get("name", channel))
    problems = []
    if not found.get("is_member"):
        problems.append(Finding(code="slack_not_in", facts=facts))
    if found.get("is_archived"):
        problems.append(Finding(code="slack_archived", facts=facts))
    return problems
