"""What is in a Telegram message: its kind, its text and its files. Pure."""

from aiogram.enums import ContentType
from aiogram.types import Message, PhotoSize, Sticker

from core.languages import ReplyLanguage
from core.messages import Attachment, Kind, storable

Content = tuple[Kind, str, tuple[Attachment, ...]]

# What a customer can send that we have no word for. All else is Telegram's own notice (joined, pinned, paid).
_OTHER = {
    ContentType.LOCATION,
    ContentType.VENUE,
    ContentType.CONTACT,
    ContentType.POLL,
    ContentType.DICE,
    ContentType.STORY,
    ContentType.CHECKLIST,
    ContentType.GAME,
    ContentType.PAID_MEDIA,
    ContentType.LIVE_PHOTO,
    ContentType.UNKNOWN,  # newer than our aiogram
}
_LABELS: dict[ReplyLanguage, dict[str, str]] = {
    "zh": {"location": "位置", "contact": "联系人", "poll": "投票", "other": "Telegram 消息"},
    "en": {"location": "Location", "contact": "Contact", "poll": "Poll", "other": "Telegram message"},
}


def read_content(message: Message, language: ReplyLanguage) -> Content | None:
    """Kind, text and files of a message; None for Telegram's own notices.

    `language` is that of the words by which we describe what has no text.
    """
    if message.text is not None:
        return Kind.TEXT, storable(message.text), ()
    caption = storable(message.caption or "")
    if message.sticker is not None:
        return Kind.STICKER, storable(message.sticker.emoji or ""), (_sticker(message.sticker),)
    spoken = _spoken(message)
    if spoken is not None:
        return Kind.VOICE, caption, (spoken,)
    file = _file(message)
    if file is not None:
        return Kind.FILE, caption, (file,)
    if message.content_type in _OTHER:
        return Kind.OTHER, caption or storable(_describe(message, _LABELS[language])), ()
    return None


def _spoken(message: Message) -> Attachment | None:
    if message.voice is not None:
        voice = message.voice
        return Attachment(
            ref=voice.file_id, name="voice.ogg", mime=voice.mime_type or "audio/ogg", size=voice.file_size
        )
    if message.video_note is not None:  # a round video: someone speaking
        note = message.video_note
        return Attachment(ref=note.file_id, name="video-note.mp4", mime="video/mp4", size=note.file_size)
    return None


def _file(message: Message) -> Attachment | None:
    if message.photo:
        photo = _largest(message.photo)
        return Attachment(ref=photo.file_id, name="photo.jpg", mime="image/jpeg", size=photo.file_size)
    # An animation comes with a `document` of the same file, for older programs.
    for file, name, mime in (
        (message.animation, "animation.mp4", "video/mp4"),
        (message.video, "video.mp4", "video/mp4"),
        (message.audio, "audio.mp3", "audio/mpeg"),
        (message.document, "document", "application/octet-stream"),
    ):
        if file is not None:
            return Attachment(
                ref=file.file_id,
                name=file.file_name or name,
                mime=file.mime_type or mime,
                size=file.file_size,
            )
    return None


def _largest(sizes: list[PhotoSize]) -> PhotoSize:
    return max(sizes, key=lambda size: size.width * size.height)


def _sticker(sticker: Sticker) -> Attachment:
    if sticker.is_video:
        name, mime = "sticker.webm", "video/webm"
    elif sticker.is_animated:
        name, mime = "sticker.tgs", "application/x-tgsticker"
    else:
        name, mime = "sticker.webp", "image/webp"
    return Attachment(ref=sticker.file_id, name=name, mime=mime, size=sticker.file_size)


def _describe(message: Message, labels: dict[str, str]) -> str:
    if message.venue is not None:
        place = message.venue.location
        about = f"{message.venue.title}, {message.venue.address} ({place.latitude}, {place.longitude})"
        return f"{labels['location']}: {about}"
    if message.location is not None:
        return f"{labels['location']}: {message.location.latitude}, {message.location.longitude}"
    if message.contact is not None:
        contact = message.contact
        name = " ".join(part for part in (contact.first_name, contact.last_name) if part)
        return f"{labels['contact']}: {name} {contact.phone_number}"
    if message.poll is not None:
        options = " / ".join(option.text for option in message.poll.options)
        return f"{labels['poll']}: {message.poll.question} ({options})"
    if message.dice is not None:
        return f"{message.dice.emoji} {message.dice.value}"
    return f"{labels['other']}: {ContentType(message.content_type).value}"
