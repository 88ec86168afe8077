"""The stem: a process that has everything loaded and splits off a solving process for each solve.

Loading takes seconds, splitting off a few milliseconds: whoever plans does not wait, and nothing loads beside a search. A solve
inside the worker would hold its event loop for seconds; a pool of processes is broken for good once one child is killed. Here
each solve has a process of its own, which ends when our end of its socket does, so that a killed worker leaves no orphan.
Nothing here imports a solver.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from contextlib import suppress
from typing import NamedTuple

from optimizer.pipe import Ready, read_upward

COMMAND = (sys.executable, "-m", "optimizer.solve", "--stem")
ALONE = {"OPENBLAS_NUM_THREADS": "1"}
"""It has one thread: of several, a child would have but one, and the locks of all."""
OBEYS_SECONDS = 2.0
"""How long what was told to end may take before it is killed."""


class Child(NamedTuple):
    """A solving process that waits for its request."""

    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def end(self) -> None:
        """Nothing more is said to it, and that is enough; a process that does not obey is killed. While its end of the socket
        is open the process is there, so the id is its own."""
        try:
            if self.writer.can_write_eof() and not self.writer.is_closing():
                self.writer.write_eof()
            async with asyncio.timeout(OBEYS_SECONDS):
                while await self.reader.read(1 << 20):
                    pass
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        except OSError:
            pass  # it has gone
        finally:
            self.writer.close()


class Stem:
    """Our side of it."""

    def __init__(self, process: Process, control: socket.socket) -> None:
        self._process = process
        self._control = control

    @property
    def pid(self) -> int:
        return self._process.pid

    @classmethod
    async def start(cls) -> Stem:
        """Does not wait until all is loaded: the first child does."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *COMMAND, stdin=theirs.fileno(), env={**os.environ, **ALONE}
            )
        return cls(process, ours)

    async def split(self) -> Child:
        """One more process. Raises `OSError` or `EOFError` where the stem has died."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [b"\0"], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        reader, writer = await asyncio.open_unix_connection(sock=ours, limit=2**20)
        first = None
        try:
            first = await read_upward(reader)
        finally:
            if first is None:
                writer.close()
        if first is None:
            raise EOFError("the stem has ended")
        assert isinstance(first, Ready), "the first that it says"
        return Child(first.pid, reader, writer)

    async def end(self) -> None:
        """It ends when its socket does; its children go on."""
        self._control.close()
        try:
            async with asyncio.timeout(OBEYS_SECONDS):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
