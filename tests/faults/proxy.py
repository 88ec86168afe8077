"""A proxy between a client and a server that cuts a connection at a byte: on the way in or out, in three manners.

It knows nothing of what goes through it.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Literal, NamedTuple

Way = Literal["in", "out"]
Manner = Literal["close", "reset", "half-close"]
_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER that makes a close a reset."""


class Cut(NamedTuple):
    """After so many bytes on this way the connection is cut. `half-close`: no more comes on this way, the other stays open."""

    way: Way
    after: int
    manner: Manner


class Proxy:
    """Each connection is cut once it is due; without a cut, bytes go through and are counted."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._going: set[asyncio.Task[None]] = set()
        self.cut: Cut | None = None
        self.choose: Callable[[], Cut | None] = lambda: self.cut
        """Asked for each connection."""
        self.passed = {"in": 0, "out": 0}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inside, into = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.close()
            return
        ends, cut = (writer, into), self.choose()
        pumps = [
            asyncio.create_task(self._pump("in", reader, into, ends, cut)),
            asyncio.create_task(self._pump("out", inside, writer, ends, cut)),
        ]
        self._going |= {*pumps}
        await asyncio.gather(*pumps, return_exceptions=True)
        self._going -= {*pumps}
        for end in ends:
            end.close()

    async def _pump(
        self,
        way: Way,
        source: asyncio.StreamReader,
        to: asyncio.StreamWriter,
        ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
        cut: Cut | None,
    ) -> None:
        left = cut.after if cut is not None and cut.way == way else None
        with suppress(OSError):
            while left is None or left > 0:
                chunk = await source.read(65536 if left is None else left)
                if not chunk:
                    to.write_eof()
                    return
                to.write(chunk)
                await to.drain()
                self.passed[way] += len(chunk)
                left = None if left is None else left - len(chunk)
            assert cut is not None, "there is an end only where there is a cut"
            self._sever(cut.manner, to, ends)

    def _sever(
        self,
        manner: Manner,
        to: asyncio.StreamWriter,
        ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
    ) -> None:
        if manner == "half-close":
            to.write_eof()
            return
        for end in ends:
            if manner == "reset":
                plain: socket.socket = end.get_extra_info("socket")
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                end.transport.abort()
            else:
                end.close()

    async def end(self) -> None:
        for task in self._going:
            task.cancel()


@asynccontextmanager
async def proxied(url: str) -> AsyncGenerator[tuple[str, Proxy]]:
    """In front of this server, at an address of its own."""
    host, _, port = url.removeprefix("http://").partition(":")
    proxy = Proxy(host, int(port))
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", proxy
        await proxy.end()
