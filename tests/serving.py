"""`line3 serve` as a process of its own, by a clock that stands in a file: for what only a real server shows."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import httpx

from api.auth import COOKIE
from tests.worlds import PASSWORD


class Served(NamedTuple):
    """Where it listens, and its process."""

    url: str
    process: subprocess.Popen[bytes]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, now: datetime, port: int, *options: str) -> Served:
    """On the embedded server of this folder, which has to be migrated as a demo. `options`: more of the command's."""
    clock = folder / "clock"
    clock.write_text(now.isoformat(), "ascii")
    environment = {**os.environ, "LINE3_DATA": str(folder / "data"), "LINE3_DEMO_CLOCK": str(clock)}
    command = [sys.executable, "-m", "api.cli", "serve", "--host", "127.0.0.1", "--port", str(port), *options]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    return Served(f"http://127.0.0.1:{port}", process)


async def until_ready(served: Served) -> None:
    """All days in its memory."""
    await _until(served, "/health/ready")


async def until_lives(served: Served) -> None:
    """It answers what needs no day in memory."""
    await _until(served, "/health/live")


async def _until(served: Served, path: str) -> None:
    async with httpx.AsyncClient(base_url=served.url) as client, asyncio.timeout(90):
        while not await _is_good(client, path):
            await asyncio.sleep(0.05)


async def _is_good(client: httpx.AsyncClient, path: str) -> bool:
    try:
        return (await client.get(path)).status_code == 200
    except httpx.TransportError:
        return False


@asynccontextmanager
async def serving(folder: Path, now: datetime) -> AsyncGenerator[Served]:
    """Ready, and ended when the block ends."""
    served = start(folder, now, free_port())
    try:
        await until_ready(served)
        yield served
    finally:
        served.process.terminate()
        await asyncio.to_thread(served.process.wait, 20)


async def cookie_of(served: Served, login: str) -> dict[str, str]:
    """The header of somebody signed in: the cookie is for TLS alone, which no test speaks."""
    async with httpx.AsyncClient(base_url=served.url) as client:
        answer = await client.post("/v1/sign-in", json={"login": login, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that it started and that answer."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii")
    return [int(pid) for pid in children.split()]
