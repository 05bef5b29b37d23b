"""What an agent says in the composer, with files or without: a form that may be large, and is refused while it comes in."""

from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.types import Message

from core.files import FileLimits, Upload
from handoff.outgoing_files import FIELD, check_count, check_size
from handoff.work import Insistence

UNLIMITED = 2**40  # bytes: this form keeps to a limit of its own, and says so in words
AROUND = 200_000  # bytes of a form beside its files: the text, and what holds the parts together


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the composer was sent off with."""

    to: str
    text: str
    files: tuple[Upload, ...]
    insists: Insistence | None


async def read_said(request: Request, limits: FileLimits) -> Said:
    """The form of a request. Raises `Unfit` where it is too large: of it no more is read than shows that."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal():
        check_size(int(announced) - AROUND, limits)
    async with _Counted(request, limits).form() as form:
        fields = [each for each in form.getlist(FIELD) if isinstance(each, UploadFile)]
        chosen = [each for each in fields if each.filename]  # without a name: none was chosen
        check_count(len(chosen))
        files = tuple([Upload(name=each.filename or "", content=await each.read()) for each in chosen])
        insists = Insistence(reason=_text(form, "reason")) if _text(form, "anyway") else None
        return Said(to=_text(form, "to"), text=_text(form, "text"), files=files, insists=insists)


class _Counted(Request):
    """A request that is read only as far as the limits let it be."""

    def __init__(self, request: Request, limits: FileLimits) -> None:
        self._come = 0
        self._limits = limits
        self._original = request.receive
        super().__init__(request.scope, self._take)

    async def _take(self) -> Message:
        message = await self._original()
        self._come += len(message.get("body", b""))
        check_size(self._come - AROUND, self._limits)
        return message


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
