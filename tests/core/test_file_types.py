"""What a file is, is decided by its content; its name is made to fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.file_types import MAX_NAME, PDF, PICTURES, PNG, TEXT, FileKind, find_type, name_as, shown_name
from tests import uploads
from tests.uploads import compound, zipped

XML = "application/vnd.openxmlformats-officedocument."


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (uploads.PNG, "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(9), "image/jpeg"),
        (b"GIF89a" + bytes(9), "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (uploads.PDF, "application/pdf"),
        (uploads.DOCX, f"{XML}wordprocessingml.document"),
        (
            zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b"", "xl/sheet1.xml": b""}),
            f"{XML}spreadsheetml.sheet",
        ),
        (
            zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b""}),
            "application/vnd.oasis.opendocument.text",
        ),
        (compound("Root Entry", "WordDocument"), "application/msword"),
        (compound("Root Entry", "Workbook"), "application/vnd.ms-excel"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(9), "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  " + bytes(9), "video/quicktime"),
        (zipped({"a.txt": b"a"}), "application/zip"),
        ("订单,金额\r\n1,20 元".encode(), "text/plain"),
        ("订单,金额\r\n1,20 元".encode("gb18030"), "text/plain"),
        ("\ufeff订单".encode("utf-16-le"), "text/plain"),
        (b"a < b and b > c\n", "text/plain"),
    ],
)
def test_what_can_be_sent_is_known_by_its_content(content: bytes, mime: str) -> None:
    found = find_type(content)
    assert found is not None and found.mime == mime


@pytest.mark.parametrize(
    "content",
    [
        b"",
        uploads.HTML,
        b"\n\n  <HTML><body>",
        "\ufeff<script>alert(1)</script>".encode("utf-16-le"),
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"<svg onload=alert(1)>",
        b"#!/bin/sh\nrm -rf /",
        b"MZ\x90\x00\x03" + bytes(60),
        b"\x7fELF\x02\x01\x01" + bytes(60),
        b"\xca\xfe\xba\xbe\x00\x00\x00\x41",
        b"\x1f\x8b\x08" + bytes(60),
        b"Rar!\x1a\x07\x01\x00" + bytes(60),
        b"PK\x03\x04 and then nothing of it",
        b"\x00\x00\x00\x18ftypheic" + bytes(9),
        compound("Root Entry", "Property"),  # an installer
        compound("WordDocument", "_VBA_PROJECT"),
        zipped({"[Content_Types].xml": b"", "word/document.xml": b"", "word/vbaProject.bin": b""}),
        zipped({"META-INF/MANIFEST.MF": b"", "A.class": b""}),
        zipped({"AndroidManifest.xml": b"", "classes.dex": b""}),
    ],
)
def test_what_could_run_and_what_nobody_knows_is_of_no_type(content: bytes) -> None:
    assert find_type(content) is None


def test_a_picture_may_be_shown_and_nothing_else() -> None:
    assert find_type(uploads.PNG).mime in PICTURES  # type: ignore[union-attr]
    assert PICTURES.isdisjoint({"image/svg+xml", "text/html", "application/pdf"})


@given(st.binary(max_size=200))
def test_any_content_is_of_a_type_or_of_none(content: bytes) -> None:
    for beginning in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"RIFF", b"%PDF-"):
        found = find_type(beginning + content)
        assert found is None or found.kind in FileKind


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("发票 11月.PDF", "发票 11月.PDF"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\lin\\发票.pdf", "发票.pdf"),
        ("invoice.exe", "invoice.exe.pdf"),
        ("invoice.pdf.html", "invoice.pdf.html.pdf"),
        ("\u202efdp.exe", "fdp.exe.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
        ('<img src=x onerror="alert(1)">.pdf', "_img src=x onerror=_alert(1)__.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        (".pdf", "pdf.pdf"),
        ("x" * 500 + ".pdf", "x" * (MAX_NAME - 4) + ".pdf"),
    ],
)
def test_a_name_is_made_to_fit_the_content(name: str, kept: str) -> None:
    assert name_as(PDF, name) == kept


@given(st.text(max_size=300), st.sampled_from([PDF, PNG, TEXT]))
def test_no_name_leads_elsewhere_or_ends_in_another_way(name: str, file_type: object) -> None:
    assert isinstance(file_type, type(PDF))
    kept = name_as(file_type, name)
    assert 0 < len(kept) <= MAX_NAME
    assert kept.lower().endswith(file_type.suffixes)
    assert not set(kept) & set('/\\<>:"|?*\r\n\x00\u202e')
    assert 0 < len(shown_name(name)) <= MAX_NAME
