"""What kind of image a file is goes by its header, and nothing in a header can make us fail or wait."""

import base64
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.rules.images import MAX_PIXELS, Image, image_of

JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAKBueIx4ZKCMgoy0qqC+8P//8Nzc8P//////////////////////////////////////////////////////"
    "////2wBDAaq0tPDS8P//////////////////////////////////////////////////////////////////////////////wgARCAAFAAcDASIAAhEB"
    "AxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAVAQEBAAAAAAAAAAAAAAAAAAABAv/aAAwDAQACEAMQAAABgK//xAAUEAEAAAAAAAAAAAAAAAAAAAAA"
    "/9oACAEBAAEFAn//xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oACAEDAQE/AX//xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oACAECAQE/AX//xAAUEAEAAAAA"
    "AAAAAAAAAAAAAAAA/9oACAEBAAY/An//xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAE/IX//2gAMAwEAAgADAAAAEAv/xAAUEQEAAAAAAAAAAAAA"
    "AAAAAAAA/9oACAEDAQE/EH//xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oACAECAQE/EH//xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAE/EH//2Q=="
)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAIAAAAG+GGPAAAAFElEQVR4nGM8ISfHgAGYMIWoIgoAcO4BDp5SBC0AAAAASUVORK5CYII="
)
LOSSY = base64.b64decode("UklGRjAAAABXRUJQVlA4ICQAAABwAQCdASoHAAUACQCsJaACdAFAAAD+4LkJj0Vr+1PsI78AEAA=")
LOSSLESS = base64.b64decode("UklGRh4AAABXRUJQVlA4TBEAAAAvBgABAAdQjyLXo/+BiOh/AAA=")
EXTENDED = base64.b64decode(
    "UklGRmgAAABXRUJQVlA4WAoAAAAYAAAABgAABAAAQUxQSAoAAAABB9CEiAhERP8DVlA4ICQAAABwAQCdASoHAAUACQCsJaACdAFAAAD+4LkJj0Vr+1Ps"
    "I78AEABFWElGDAAAAElJKgAIAAAAAAAAAA=="
)
"""Seven by five pixels each, written by a well-known library."""


def box(kind: bytes, *content: bytes) -> bytes:
    inner = b"".join(content)
    return struct.pack(">I4s", 8 + len(inner), kind) + inner


def heic(*sizes: tuple[int, int], brand: bytes = b"heic", compatible: bytes = b"mif1heic") -> bytes:
    """As a phone writes it: the size of the whole among those of its tiles."""
    said = [box(b"ispe", struct.pack(">III", 0, *size)) for size in sizes]
    meta = box(b"meta", b"\0\0\0\0", box(b"hdlr", b"x" * 20), box(b"iprp", box(b"ipco", *said)))
    return box(b"ftyp", brand, b"\0\0\0\0", compatible) + meta + box(b"mdat", b"coded")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (LOSSY, "image/webp"),
        (LOSSLESS, "image/webp"),
        (EXTENDED, "image/webp"),
        (heic((7, 5)), "image/heic"),
        (heic((2, 2), (7, 5), (2, 2)), "image/heic"),
        (heic((7, 5), brand=b"mif1"), "image/heic"),
    ],
)
def test_the_kinds_that_phones_make_are_known_with_their_sizes(content: bytes, media_type: str) -> None:
    assert image_of(content) == Image(media_type, 7, 5)


def png(width: int, height: int) -> bytes:
    return PNG[:16] + struct.pack(">II", width, height) + PNG[24:]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff",
        b"GIF89a\x07\0\x05\0",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7" + JPEG,
        b"<script>alert(1)</script>" + PNG,
        b"PK\x03\x04" + PNG,
        JPEG[:150],
        PNG[:12],
        png(0, 5),
        png(2**31, 2**31),
        png(MAX_PIXELS + 1, 1),
        heic(),
        heic((0, 0)),
        heic((60_000, 60_000)),
        heic((7, 5), brand=b"avif", compatible=b"mif1avif"),
        heic((7, 5), brand=b"mif1", compatible=b"mif1avif"),
        b"\xff\xd8" + b"\xff" * 1_000_000,
        b"\xff\xd8" + b"\xff\xe0\x00\x02" * 1_000_000,
        box(b"ftyp", b"heic") + box(b"meta", b"\0\0\0\0", *[box(b"iprp")] * 200_000),
    ],
    ids=lambda content: repr(content[:12]),
)
def test_everything_else_is_no_image(content: bytes) -> None:
    assert image_of(content) is None


def test_as_many_pixels_as_a_good_camera_has_are_an_image() -> None:
    assert image_of(png(MAX_PIXELS, 1)) == Image("image/png", MAX_PIXELS, 1)


@given(
    st.binary(max_size=300),
    st.sampled_from([JPEG, PNG, LOSSY, LOSSLESS, EXTENDED, heic((7, 5))]),
    st.integers(0, 600),
)
@example(b"", b"\xff\xd8\xff\xe0", 4)
def test_nothing_in_a_file_makes_us_fail(noise: bytes, good: bytes, at: int) -> None:
    found = image_of(good[:at] + noise + good[at + len(noise) :])
    assert found is None or 0 < found.width * found.height <= MAX_PIXELS
