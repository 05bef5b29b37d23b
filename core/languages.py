"""The languages we reply in."""

from typing import Literal, get_args

ReplyLanguage = Literal["zh", "en"]
REPLY_LANGUAGES: tuple[ReplyLanguage, ...] = get_args(ReplyLanguage)


def to_reply_language(tag: str | None) -> ReplyLanguage | None:
    """The language we reply in to someone whose device or text is in `tag` (BCP 47); None when it is neither."""
    start = (tag or "").lower().replace("_", "-").split("-")[0]
    match start:
        case "zh" | "yue" | "cmn":
            return "zh"
        case "en":
            return "en"
        case _:
            return None
