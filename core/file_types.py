"""What a file is, by its content: its name may say anything. Pure.

Only what is known here can be sent to customers. Whatever a browser could run (web pages, SVG, scripts, programs) is not.
"""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

MAX_NAME = 120  # characters


class FileKind(StrEnum):
    """Kinds of files, as the configuration names them."""

    PICTURE = "picture"  # JPEG, PNG, GIF, WebP
    PDF = "pdf"
    OFFICE = "office"  # documents, tables and slides of Microsoft Office and OpenDocument, without macros
    TEXT = "text"  # plain text, CSV, Markdown
    VIDEO = "video"  # MP4, QuickTime
    ZIP = "zip"  # nobody looks at what is in it


@dataclass(frozen=True, kw_only=True)
class FileType:
    """A type that we know. A file's name ends in one of `suffixes`; the first is added to a name that does not."""

    kind: FileKind
    mime: str
    suffixes: tuple[str, ...]


def _type(kind: FileKind, mime: str, *suffixes: str) -> FileType:
    return FileType(kind=kind, mime=mime, suffixes=suffixes)


JPEG = _type(FileKind.PICTURE, "image/jpeg", ".jpg", ".jpeg")
PNG = _type(FileKind.PICTURE, "image/png", ".png")
GIF = _type(FileKind.PICTURE, "image/gif", ".gif")
WEBP = _type(FileKind.PICTURE, "image/webp", ".webp")
PDF = _type(FileKind.PDF, "application/pdf", ".pdf")
ZIP = _type(FileKind.ZIP, "application/zip", ".zip")
MP4 = _type(FileKind.VIDEO, "video/mp4", ".mp4", ".m4v")
QUICKTIME = _type(FileKind.VIDEO, "video/quicktime", ".mov")
TEXT = _type(FileKind.TEXT, "text/plain", ".txt", ".csv", ".tsv", ".md", ".log")

PICTURES = frozenset(
    each.mime for each in (JPEG, PNG, GIF, WEBP)
)  # may be shown in place: nothing in them runs

_XML_OFFICE = "application/vnd.openxmlformats-officedocument."
# By the main part of an Office Open XML file.
_OPEN_XML = {
    "word/document.xml": _type(FileKind.OFFICE, f"{_XML_OFFICE}wordprocessingml.document", ".docx"),
    "xl/workbook.xml": _type(FileKind.OFFICE, f"{_XML_OFFICE}spreadsheetml.sheet", ".xlsx"),
    "ppt/presentation.xml": _type(FileKind.OFFICE, f"{_XML_OFFICE}presentationml.presentation", ".pptx"),
}
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_OPEN_DOCUMENTS = {
    b"text": _type(FileKind.OFFICE, f"{_OPEN_DOCUMENT}text", ".odt"),
    b"spreadsheet": _type(FileKind.OFFICE, f"{_OPEN_DOCUMENT}spreadsheet", ".ods"),
    b"presentation": _type(FileKind.OFFICE, f"{_OPEN_DOCUMENT}presentation", ".odp"),
}
# By the stream of a compound file (OLE), whose names are UTF-16. An installer (.msi) is one, too, and has none of these.
_COMPOUND = {
    "WordDocument": _type(FileKind.OFFICE, "application/msword", ".doc"),
    "Workbook": _type(FileKind.OFFICE, "application/vnd.ms-excel", ".xls"),
    "PowerPoint Document": _type(FileKind.OFFICE, "application/vnd.ms-powerpoint", ".ppt"),
}
_PROGRAM_PARTS = ("META-INF/MANIFEST.MF", "AndroidManifest.xml", "install.rdf")  # of a ZIP file that is run
_BRANDS = {b"qt  ": QUICKTIME} | dict.fromkeys(
    (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash"), MP4
)
# What begins a web page, an SVG picture or a script: no text to send, however harmless it looks.
_RUNNABLE = re.compile(
    r"^\s*#!|<\s*(?:!doctype|html|head|body|script|svg|iframe|object|embed|meta|style)\b|^\s*<\?(?:xml|php)",
    re.IGNORECASE,
)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")


def find_type(content: bytes) -> FileType | None:
    """The type of a file with this content; None for what we do not know, or do not let through."""
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return WEBP
    if content.startswith(b"%PDF-"):
        return PDF
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12])
    if content.startswith(b"PK\x03\x04"):
        return _look_into_zip(content)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _look_into_compound(content)
    return TEXT if _is_text(content) else None


def name_as(file_type: FileType, name: str) -> str:
    """The name under which such a file is kept: without folders and tricks, and ending as its content wants."""
    stem = _clean(name)
    suffix = next((each for each in file_type.suffixes if stem.lower().endswith(each)), None)
    if suffix is not None:
        stem, suffix = stem[: -len(suffix)], stem[-len(suffix) :]
    else:
        suffix = file_type.suffixes[0]
    return f"{stem[: MAX_NAME - len(suffix)].rstrip(' .') or 'file'}{suffix}"


def shown_name(name: str) -> str:
    """A name as a person may be shown it."""
    return _clean(name)[:MAX_NAME] or "file"


def _clean(name: str) -> str:
    """Of a path the last part, without what hides how a name ends (controls, changes of direction) or cannot be in one."""
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(
        each for each in last if unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    )
    return re.sub(r'[<>:"|?*]', "_", visible).strip(" .")


def _look_into_zip(content: bytes) -> FileType | None:
    """An office document, or else a ZIP file; None for one that is broken, holds macros, or is itself a program."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        return None
    if "[Content_Types].xml" in names:
        has_macros = any(name.endswith("vbaProject.bin") for name in names)
        return None if has_macros else next((_OPEN_XML[part] for part in _OPEN_XML if part in names), None)
    # Of OpenDocument the first file says what it is, and is not packed.
    mark = b"mimetype" + _OPEN_DOCUMENT.encode()
    if content.startswith(mark, 30):
        has_macros = any(name.startswith(("Basic/", "Scripts/")) for name in names)
        what = content[30 + len(mark) : 80 + len(mark)]
        known = (found for name, found in _OPEN_DOCUMENTS.items() if what.startswith(name))
        return None if has_macros else next(known, None)
    return None if any(part in names for part in _PROGRAM_PARTS) else ZIP


def _look_into_compound(content: bytes) -> FileType | None:
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        return None
    return next((found for name, found in _COMPOUND.items() if name.encode("utf-16-le") in content), None)


def _is_text(content: bytes) -> bool:
    if not content:
        return False
    for text in _decodings(content):
        if _UNPRINTABLE.search(text):
            continue
        return _RUNNABLE.search(text[:4096]) is None
    return False


def _decodings(content: bytes) -> Iterator[str]:
    """The content as text in the encodings that are met; GB 18030 is what Chinese spreadsheets write."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            yield content.decode(encoding)
        except UnicodeDecodeError:
            continue
