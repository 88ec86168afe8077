"""A black hole: a connection that stays open while nobody speaks any more."""

import asyncio
import contextlib

# FATAL 57P01, as a server speaks that has been told to end; what it is silent about is the end of the connection.
FAREWELL = b"E\x00\x00\x00\x1fSFATAL\x00VFATAL\x00C57P01\x00Mbye\x00\x00"


class Hole:
    """Stands before the server's socket and passes everything on, until what is open falls silent."""

    def __init__(self) -> None:
        self.open: list[tuple[asyncio.Event, asyncio.StreamWriter]] = []

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
        silent = asyncio.Event()
        self.open.append((silent, writer))
        behind, towards = await asyncio.open_unix_connection(path)
        await asyncio.gather(pump(reader, towards, silent), pump(behind, writer, silent))

    def swallow(self, last_words: bytes) -> None:
        for silent, writer in self.open:
            silent.set()
            writer.write(last_words)


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silent: asyncio.Event) -> None:
    """Bytes from here to there; what comes after the silence is read and never seen again."""
    with contextlib.suppress(OSError):
        while chunk := await reader.read(65536):
            if not silent.is_set():
                writer.write(chunk)
                await writer.drain()
    writer.close()
