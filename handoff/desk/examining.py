"""What is wrong with our place in Slack: token, scopes, channels. For `shouwen doctor`."""

from collections.abc import Collection, Mapping

from channels.slack.client import Slack, SlackAway, SlackBusy, SlackRefusal

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
) -> list[str]:
    """What is to be mended, in words with how; nothing where all is well.

    `queues` have their channels, `customers` are the channels in which customers write.
    """
    try:
        me = await slack.identity()
    except SlackRefusal as error:
        return [
            f"the token is refused ({error.code}). Copy it again: OAuth & Permissions → Bot User OAuth Token"
        ]
    except (SlackAway, SlackBusy) as error:
        return [f"{error}. Check the network and SLACK_API_URL"]
    problems = []
    needed = SCOPES | ({DIRECT_MESSAGES} if direct_messages else set())
    if missing := sorted(needed - me.scopes) if me.scopes else []:
        told = (
            f"the scopes {', '.join(missing)} are missing. Add them under OAuth & Permissions, then reinstall"
        )
        problems.append(told)
    for queue, channel in sorted(queues.items()):
        problems += await _examine(slack, channel, f"of the queue {queue}", "desk.slack.channels")
    for channel in customers:
        problems += await _examine(slack, channel, "for customers", "channels.slack.channels")
    return problems


async def _examine(slack: Slack, channel: str, what_for: str, setting: str) -> list[str]:
    """What is wrong with a channel."""
    try:
        found = (await slack.call("conversations.info", channel=channel))["channel"]
    except SlackRefusal as error:
        return [
            f"the channel {channel} {what_for}: {error.code}. Correct {setting}, or, if it is private, invite the app "
            "there first"
        ]
    except (SlackAway, SlackBusy) as error:
        return [f"the channel {channel} {what_for} could not be looked at: {error}"]
    problems = []
    name = found.get("name", channel)
    if not found.get("is_member"):
        problems.append(f"the app is not in #{name}. Write there: /invite @Shouwen")
    if found.get("is_archived"):
        problems.append(f"#{name} is archived. Choose another {what_for}")
    return problems
