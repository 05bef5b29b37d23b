"""Slack's own list of people, as a suggestion of who may be which agent: only an admin decides."""

from collections.abc import Collection

from channels.slack.client import Slack

PAGE = 200


async def suggest(slack: Slack, usernames: Collection[str]) -> list[tuple[str, str]]:
    """(Slack user id, user name) where the part of the e-mail address before the @ is the user name. Raises like `Slack.call`."""
    found: list[tuple[str, str]] = []
    cursor = ""
    while True:
        answer = await slack.call("users.list", limit=PAGE, cursor=cursor)
        for member in answer.get("members", []):
            name = str(member.get("profile", {}).get("email") or "").partition("@")[0].lower()
            is_person = not (member.get("deleted") or member.get("is_bot"))
            if is_person and name in usernames:
                found.append((member["id"], name))
        cursor = answer.get("response_metadata", {}).get("next_cursor") or ""
        if not cursor:
            return sorted(found)
