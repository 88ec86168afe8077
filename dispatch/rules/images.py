"""What kind of image a file is and how large, from its header alone: nothing is decoded, so nothing can explode.

The kind goes by what stands in the file, never by what somebody called it.
"""

from collections.abc import Iterator

import msgspec

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 50_000_000
MOST_SEGMENTS = 10_000
"""More than any camera writes: a file made of headers only must not keep us busy."""
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
CONTAINERS = frozenset({b"mif1", b"msf1"})
"""The same box may hold other codings (AVIF), so one of the brands above has to stand among the compatible ones."""
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic"}


class Image(msgspec.Struct, frozen=True):
    """Its media type, and its size in pixels."""

    media_type: str
    width: int
    height: int


def image_of(content: bytes) -> Image | None:
    """An image that may be kept; None for everything else, and for more than `MAX_PIXELS`."""
    found = _jpeg(content) or _png(content) or _webp(content) or _heic(content)
    if found is None or not 0 < found.width * found.height <= MAX_PIXELS:
        return None
    return found


def _big(content: bytes, at: int, size: int) -> int:
    return int.from_bytes(content[at : at + size], "big")


def _little(content: bytes, at: int, size: int) -> int:
    return int.from_bytes(content[at : at + size], "little")


def _jpeg(content: bytes) -> Image | None:
    """From the frame header, behind however many segments of other things."""
    if not content.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    for _ in range(MOST_SEGMENTS):
        marker = _big(content, at + 1, 1)
        if content[at : at + 1] != b"\xff" or marker in (0x00, 0xD8, 0xD9, 0xDA):
            return None
        if marker == 0xFF:
            at += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD7:
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return Image("image/jpeg", _big(content, at + 7, 2), _big(content, at + 5, 2))
        else:
            at += 2 + max(2, _big(content, at + 2, 2))
    return None


def _png(content: bytes) -> Image | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"):
        return None
    return Image("image/png", _big(content, 16, 4), _big(content, 20, 4))


def _webp(content: bytes) -> Image | None:
    """Lossy, lossless, or extended: each says its size in its own way."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return None
    match content[12:16]:
        case b"VP8X":
            return Image("image/webp", _little(content, 24, 3) + 1, _little(content, 27, 3) + 1)
        case b"VP8L" if content[20:21] == b"\x2f":
            bits = _little(content, 21, 4)
            return Image("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case b"VP8 " if content[23:26] == b"\x9d\x01\x2a":
            return Image("image/webp", _little(content, 26, 2) & 0x3FFF, _little(content, 28, 2) & 0x3FFF)
        case _:
            return None


def _heic(content: bytes) -> Image | None:
    """The largest of the sizes it speaks of: a photo is often a grid of tiles, and each of these says its own, too."""
    first = next(_boxes(content, 0, len(content)), None)
    if first is None or first[0] != b"ftyp":
        return None
    _, start, end = first
    brands = {content[at : at + 4] for at in range(start + 8, min(end, start + 256), 4)}
    if content[start : start + 4] not in HEIC_BRANDS | CONTAINERS or not brands & HEIC_BRANDS:
        return None
    sizes = [
        (_big(content, at + 4, 4), _big(content, at + 8, 4))
        for at, _ in _inside(content, [b"meta", b"iprp", b"ipco", b"ispe"], end, len(content))
    ]
    width, height = max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))
    return Image("image/heic", width, height)


def _inside(content: bytes, path: list[bytes], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the contents of the boxes lie that this path leads to."""
    for kind, inner, until in _boxes(content, start, end):
        if kind != path[0]:
            continue
        if len(path) == 1:
            yield inner, until
        else:
            # `meta` has a version and flags before its boxes
            yield from _inside(content, path[1:], inner + 4 * (kind == b"meta"), until)


def _boxes(content: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, and where the content begins and ends."""
    for _ in range(MOST_SEGMENTS):
        if start + 8 > end:
            return
        size, head = _big(content, start, 4), 8
        if size == 1:
            size, head = _big(content, start + 8, 8), 16
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            return
        yield content[start + 4 : start + 8], start + head, start + size
        start += size
