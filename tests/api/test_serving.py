"""`line3 serve` as a process: over TLS by a certificate of our own, and how it ends."""

import asyncio
import ipaddress
import shutil
import ssl
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from api import tls
from api.cli import main
from db import embedded
from db.migrate import migrate
from db.pool import open_database
from tests import serving
from tests.api.test_stream import until_ended, until_said
from tests.builders import settled_in
from tests.worlds import NOW, PASSWORD, small_town


@pytest.fixture
async def folder() -> AsyncGenerator[Path]:
    """With a migrated database of a small town in it, which the server's user can enter."""
    made = Path(tempfile.mkdtemp(prefix="line3-serving-", dir="/tmp"))
    made.chmod(0o711)
    with await asyncio.to_thread(embedded.start, made / "data") as server:
        await migrate(server.owner_url, demo=True)
        database = await open_database(server.app_url)
        await settled_in(database, small_town)
        await database.close()
        yield made
    await until_gone(server)
    shutil.rmtree(made, ignore_errors=True)


async def until_gone(server: embedded.Server) -> None:
    async with asyncio.timeout(20):
        while server.pid is not None:
            await asyncio.sleep(0.05)


async def until_ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(90):
        while True:
            try:
                if (await client.get("/health/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


async def test_a_phone_that_trusts_the_authority_signs_in_over_tls_and_the_server_ends_with_streams_open(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = folder / "tls"
    assert main(["dev-cert", "--out", str(made)]) == 0
    assert "/technician/" in capsys.readouterr().out
    pair = ["--tls-cert", str(made / "server.crt"), "--tls-key", str(made / "server.key")]
    served = serving.start(folder, NOW, serving.free_port(), *pair)
    try:
        trusting = ssl.create_default_context(cafile=str(made / "phone" / "line3-ca.crt"))
        url = served.url.replace("http://", "https://")
        async with httpx.AsyncClient(base_url=url, verify=trusting, timeout=30) as client:
            await until_ready(client)
            said = {"login": f"{small_town.name}.technician1", "password": PASSWORD}
            assert (await client.post("/v1/sign-in", json=said)).status_code == 200
            assert (await client.get("/v1/me")).status_code == 200, "the client keeps the cookie by itself"
            async with client.stream("GET", "/v1/mobile/stream") as answer:
                lines = answer.aiter_lines()
                assert await until_said(lines) == 0
                served.process.terminate()
                await until_ended(lines, 5)
        assert await asyncio.to_thread(served.process.wait, 10) == 0
        async with httpx.AsyncClient(base_url=url) as stranger:
            with pytest.raises(httpx.ConnectError):
                await stranger.get("/health/live")
    finally:
        served.process.kill()
        served.process.wait(10)


def test_the_authority_is_kept_and_speaks_for_nothing_but_local_names(tmp_path: Path) -> None:
    made = tmp_path / "tls"
    assert main(["dev-cert", "--out", str(made)]) == 0
    authority = (made / "phone" / "line3-ca.crt").read_bytes()
    assert main(["dev-cert", "--out", str(made), "--host", "192.168.7.7"]) == 0
    assert (made / "phone" / "line3-ca.crt").read_bytes() == authority
    shown = ["dev-cert", "--out", str(made), "--host", "192.168.7.7", "--host", "dispatch.example"]
    assert main(shown) == 0
    other = (made / "phone" / "line3-ca.crt").read_bytes()
    assert main(shown) == 0
    assert (made / "phone" / "line3-ca.crt").read_bytes() == other != authority
    assert {path.name: path.stat().st_mode & 0o777 for path in made.glob("*.key")} == {
        "ca.key": 0o600,
        "server.key": 0o600,
    }
    assert [path.name for path in (made / "phone").iterdir()] == ["line3-ca.crt"]
    server = x509.load_pem_x509_certificate((made / "server.crt").read_bytes())
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert ipaddress.ip_address("192.168.7.7") in names.get_values_for_type(x509.IPAddress)
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    limits = x509.load_pem_x509_certificate(other).extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    allowed = limits.value.permitted_subtrees or []
    networks = [limit.value for limit in allowed if isinstance(limit, x509.IPAddress)]
    assert all(network.is_private or network.num_addresses == 1 for network in networks)  # pyright: ignore
    assert x509.DNSName("dispatch.example") in allowed


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (["--tls-cert", "server.crt"], "go together"),
        (["--tls-cert", "nowhere.crt", "--tls-key", "nowhere.key"], "no certificate and its key"),
        (["--tls-cert", "server.crt", "--tls-key", "ca.key"], "no certificate and its key"),
    ],
)
def test_a_certificate_without_its_key_is_one_line(
    tmp_path: Path, given: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dev-cert", "--out", str(tmp_path)]) == 0
    paths = [word if word.startswith("--") else str(tmp_path / word) for word in given]
    assert main(["serve", *paths]) == 2
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("host", "warned"), [("0.0.0.0", True), ("192.168.1.7", True), ("127.0.0.1", False), ("::1", False)]
)
def test_plain_http_for_others_is_warned_of(
    host: str, warned: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    tls.warn_if_plain(host, 8030, encrypted=False)
    assert ("phones cannot sign in" in capsys.readouterr().err) is warned
    tls.warn_if_plain(host, 8030, encrypted=True)
    assert capsys.readouterr().err == ""
