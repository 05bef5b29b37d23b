"""Slack's own list of people, as a suggestion of who may be which agent: only an admin decides."""

from collections.abc import Collection

from channels.slack.client import Slack


async def suggest(slack: Slack, usernames: Collection[str]) -> list[tuple[str, str]]:
    """(Slack user id, user name) where the part of the e-mail address before the @ is the user name. Raises like `Slack.call`."""
    found: list[tuple[str, str]] = []
    async for member in slack.pages("users.list", "members"):
        name = str(member.get("profile", {}).get("email") or "").partition("@")[0].lower()
        is_person = not (member.get("deleted") or member.get("is_bot"))
        if is_person and name in usernames:
            found.append((member["id"], name))
    return sorted(found)
