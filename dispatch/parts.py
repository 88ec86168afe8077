"""Photos on their way: a file each, which is as long as what has durably arrived. Blocks: call it in a thread.

Names are made of ids that were read as ids; nothing a client wrote is part of a path.
"""

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from db.records import PhotoUpload
from dispatch.errors import DiskFull, OffsetWrong, UploadBusy
from dispatch.outside.photo_store import sync_folder

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Part:
    """An upload's file, locked by us until the block ends."""

    def __init__(self, path: Path, file: int) -> None:
        self.path = path
        self._file = file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def take(self) -> bool:
        """Whether it is ours now, and still the upload's: who held it before may have put it elsewhere."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return self._has_its_name()

    def remove(self) -> None:
        """Unless the name is another's: a store that renames frees it, and a repeat that comes just then begins anew under it."""
        if self._has_its_name():
            self.path.unlink()

    def _has_its_name(self) -> bool:
        try:
            return self.path.stat().st_ino == os.fstat(self._file).st_ino
        except FileNotFoundError:
            return False

    @property
    def size(self) -> int:
        return os.fstat(self._file).st_size

    def append(self, offset: int, chunk: bytes) -> int:
        """All of the chunk or none of it; where the file then ends, durably. Raises `OffsetWrong`, `DiskFull`."""
        if offset != self.size:
            raise OffsetWrong(offset=self.size)
        try:
            written = 0
            while written < len(chunk):
                written += os.pwrite(self._file, memoryview(chunk)[written:], offset + written)
            os.fsync(self._file)
        except OSError as error:
            os.ftruncate(self._file, offset)
            if error.errno in NO_ROOM:
                raise DiskFull(offset=offset) from error
            raise
        return offset + len(chunk)


class Parts:
    """In one folder, which all processes of a machine share: locks hold between them, and end with their holder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "parts"
        self._quarantine = folder / "quarantine"

    def size(self, upload: PhotoUpload) -> int:
        """What has arrived: the size of the file and nothing else."""
        with suppress(FileNotFoundError):
            return self._path(upload).stat().st_size
        return 0

    def lock(self, upload: PhotoUpload, *, create: bool) -> Part:
        """Without waiting: who comes second comes back. Raises `UploadBusy`, `DiskFull`."""
        path = self._path(upload)
        try:
            part = Part(path, _open(path, create=create))
        except FileNotFoundError:
            raise UploadBusy() from None
        except OSError as error:
            if error.errno in NO_ROOM:
                raise DiskFull(offset=0) from error
            raise
        if not part.take():
            part.__exit__()
            raise UploadBusy()
        return part

    def set_aside(self, upload: PhotoUpload, part: Part) -> None:
        """Out of the way, for a person to look at; of each photo the last one."""
        self._quarantine.mkdir(parents=True, exist_ok=True)
        part.path.replace(self._quarantine / part.path.name)
        sync_folder(self._quarantine)
        sync_folder(part.path.parent)

    def forget(self, before: float) -> None:
        """Files that were last written before this instant (seconds of the epoch)."""
        for folder in (self._folder, self._quarantine):
            for path in folder.glob("*") if folder.is_dir() else ():
                # gone meanwhile, or not ours: the others still go
                with suppress(OSError):
                    if path.stat().st_mtime < before:
                        path.unlink()

    def _path(self, upload: PhotoUpload) -> Path:
        return self._folder / f"{upload.area_id.hex}-{upload.photo_id.hex}"


def _open(path: Path, *, create: bool) -> int:
    if not create:
        return os.open(path, os.O_RDWR)
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if is_new:
        sync_folder(path.parent)
    return file
