"""A push service on this machine, as browsers' makers run them: takes what it is sent, and answers what it is told to."""

import asyncio
import base64
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from api.cli import main
from dispatch.outside.push_encryption import point_of


class Sent(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """What a phone's browser keeps to itself, and what it says when it subscribes."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = bytes(range(16))

    @property
    def subscription(self) -> dict[str, str]:
        told = {"key": point_of(self.key), "auth": self.auth}
        return {
            "endpoint": self.endpoint,
            **{name: base64.b64encode(raw).decode() for name, raw in told.items()},
        }

    def read(self, body: bytes) -> str:
        """As RFC 8291 says that a receiver does."""
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        assert len(record) <= size
        shared = self.key.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        )
        info = b"WebPush: info\0" + point_of(self.key) + sender
        secret = HKDF(hashes.SHA256(), 32, self.auth, info).derive(shared)
        key, nonce = (
            HKDF(hashes.SHA256(), size, salt, b"Content-Encoding: " + name + b"\0").derive(secret)
            for name, size in ((b"aes128gcm", 16), (b"nonce", 12))
        )
        return AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")[:-1].decode()


class PushService:
    """`sent`: all that came. `answers`: what is said to each, 201 when there are none."""

    def __init__(self, port: int, trusted: ssl.SSLContext) -> None:
        self.host = f"localhost:{port}"
        self.trusted = trusted
        self.sent: list[Sent] = []
        self.answers: list[int] = []

    def browser(self, name: str) -> Browser:
        return Browser(f"https://{self.host}/push/{name}")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)
        }
        body = await reader.readexactly(int(headers["content-length"]))
        self.sent.append(Sent(lines[0].split()[1], headers, body))
        status = self.answers.pop(0) if self.answers else 201
        writer.write(f"HTTP/1.1 {status} Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()


def claims_of(sent: Sent) -> dict[str, Any]:
    """Of the sender's token, whose signature is right. Raises `InvalidSignature`."""
    scheme, _, rest = sent.headers["authorization"].partition(" ")
    parts = dict(part.split("=", 1) for part in rest.split(", "))
    said, _, signature = parts["t"].rpartition(".")
    raw = decoded(signature)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
    pair = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key.verify(pair, said.encode(), ec.ECDSA(hashes.SHA256()))
    claims: dict[str, Any] = msgspec.json.decode(decoded(said.partition(".")[2]))
    return {**claims, "scheme": scheme, "key": parts["k"]}


@asynccontextmanager
async def push_service(folder: Path) -> AsyncGenerator[PushService]:
    """Over TLS, by a certificate for this machine."""
    assert main(["dev-cert", "--out", str(folder)]) == 0
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(folder / "server.crt", folder / "server.key")
    trusted = ssl.create_default_context(cafile=str(folder / "phone" / "line3-ca.crt"))
    made: list[PushService] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await made[0].serve(reader, writer)

    server = await asyncio.start_server(serve, "localhost", 0, ssl=own)
    made.append(PushService(server.sockets[0].getsockname()[1], trusted))
    async with server:
        yield made[0]
