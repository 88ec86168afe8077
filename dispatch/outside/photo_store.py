"""Where photos are kept, by the hash of their content: the Protocol, and a folder of our own."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO, Protocol

from dispatch.errors import UnknownPhoto

PIECE_BYTES = 256 * 1024


class PhotoStore(Protocol):
    """`name` is the SHA-256 of the content, in hex: of our own making, and the same content is there once."""

    async def keep(self, part: Path, name: str) -> None:
        """Take over the content of this file, which is whole and verified. When it returns, the content is durable; the
        file may be gone. Raises `StoreUnreachable`, `OSError`."""
        ...

    async def read(self, name: str) -> AsyncIterator[bytes]:
        """The content, piece by piece. Raises `UnknownPhoto`, `StoreUnreachable` before the first one."""
        ...


class PhotoFolder(PhotoStore):
    """On the same file system as the parts: keeping is a rename."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, part: Path, name: str) -> None:
        await asyncio.to_thread(self._rename, part, self._path(name))

    async def read(self, name: str) -> AsyncIterator[bytes]:
        try:
            file = await asyncio.to_thread(self._path(name).open, "rb")
        except FileNotFoundError:
            raise UnknownPhoto() from None
        return _pieces(file)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    @staticmethod
    def _rename(part: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)
        sync_folder(target.parent)
        sync_folder(target.parent.parent)


def sync_folder(folder: Path) -> None:
    """A name is durable when its folder is."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            yield piece
