"""Mail servers on this machine: IMAP by pymap, a process of its own; SMTP by aiosmtpd. Both are spoken to over sockets."""

import asyncio
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from imapclient import IMAPClient

from tests.conftest import until

USER, PASSWORD = "support", "seven copper lanterns"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


SCRIPT = """
import functools, sys
from pymap import config, main
config.BuiltinHash = functools.partial(config.BuiltinHash, rounds=1)
sys.argv[0] = "pymap"
sys.exit(main.main())
"""
"""A password that is nobody's need not be hard to guess: a fifth of a second for each look."""
SKIPPED = ["--no-service", "managesieve", "--no-service", "admin"]


class ImapServer:
    """What it keeps is gone with it, and its letters are numbered anew."""

    def __init__(self, port: int, certificate: Path | None = None) -> None:
        """`certificate`: the folder with `server.crt` and `server.key`, for those who ask for TLS."""
        self.port = port
        self._certificate = certificate
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        where = ["--host", "127.0.0.1", "--port", str(self.port)]
        folder = self._certificate
        if folder is None:
            where.append("--no-tls")
        else:
            where += ["--cert", str(folder / "server.crt"), "--key", str(folder / "server.key")]
        who = ["--demo-user", USER, "--demo-password", PASSWORD]
        self._process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, *SKIPPED, *where, "dict", *who],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self.answers, 20)

    def answers(self) -> bool:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def empty(self) -> None:
        with self.looked_into() as client:
            client.delete_messages(client.search("ALL"))
            client.expunge()

    def put(self, *letters: bytes) -> None:
        with self.looked_into() as client:
            for letter in letters:
                client.append("INBOX", letter)

    def flags(self) -> list[set[bytes]]:
        """Of each letter, oldest first."""
        with self.looked_into() as client:
            found = client.get_flags(client.search("ALL"))
            return [set(found[uid]) & {rb"\Seen", rb"\Flagged"} for uid in sorted(found)]

    @contextmanager
    def looked_into(self) -> Generator[Any]:
        made: Any = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=10)
        with made as client:
            client.login(USER, PASSWORD)
            client.select_folder("INBOX")
            yield client


class SmtpServer:
    """Takes letters, or refuses whom it is told to, for now or for good."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, EmailMessage]] = []
        self.refusals: dict[str, str] = {}

    async def handle_RCPT(
        self, server: object, session: object, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        del server, session
        content = envelope.content
        assert isinstance(content, bytes)
        made = BytesParser(policy=default).parsebytes(content)
        assert isinstance(made, EmailMessage)
        self.taken.append((envelope.rcpt_tos[0], made))
        return "250 OK"


@asynccontextmanager
async def behind_tls(certificate: Path, port: int) -> AsyncGenerator[int]:
    """What listens in the clear, over TLS from the first byte: at this port."""

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pipe(reader, back), pipe(there, writer))

    async with await asyncio.start_server(serve, "localhost", 0, ssl=context_of(certificate)) as server:
        yield server.sockets[0].getsockname()[1]


def context_of(certificate: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate / "server.crt", certificate / "server.key")
    return made


@contextmanager
def smtp_server(certificate: Path | None = None) -> Generator[tuple[SmtpServer, int]]:
    """`certificate`: as above; then nobody is served without TLS."""
    made, port = SmtpServer(), free_port()
    context = None if certificate is None else context_of(certificate)
    controller = Controller(
        made, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=context is not None
    )
    controller.start()
    try:
        yield made, port
    finally:
        controller.stop()
