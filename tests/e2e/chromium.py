"""A real Chromium and a served application: how they are started, and what a page says and fetches.

Chromium is found through LINE3_CHROMIUM or on PATH; without it the tests skip and say how to get it.
"""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar
from playwright.async_api import Page, ViewportSize

DESKTOP = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first draws no frame of its own around pages, which costs a quarter of the time."""
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
LOUD = {"error", "warning"}
SHOTS = Path(__file__).parents[2] / "shots"


def find_chromium() -> str | None:
    """LINE3_CHROMIUM when it is set (a path or a name), else the first of `NAMES` on PATH."""
    named = os.environ.get("LINE3_CHROMIUM")
    return next(filter(None, map(shutil.which, [named] if named else NAMES)), None)


@dataclass
class Heard:
    """What a page complained about in the console, and every address it asked for."""

    complaints: list[str] = field(default_factory=list[str])
    requests: list[str] = field(default_factory=list[str])

    def outside(self, url: str) -> list[str]:
        """Requests to anywhere else than this server."""
        return [asked for asked in self.requests if not asked.startswith((url, "data:", "blob:"))]


def listen(page: Page) -> Heard:
    """Hear this page from now on; call it before the page goes anywhere."""
    heard = Heard()
    page.on("request", lambda request: heard.requests.append(request.url))
    page.on("pageerror", lambda error: heard.complaints.append(str(error)))
    page.on("console", lambda said: heard.complaints.append(said.text) if said.type in LOUD else None)
    return heard


async def shoot(page: Page, name: str) -> None:
    """Keep a picture as `shots/NAME.png` when LINE3_SHOTS is set: people look at pages, tests do not."""
    if os.environ.get("LINE3_SHOTS"):
        await page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


async def shoot_whole(page: Page, name: str, scrolled: str) -> None:
    """The same, as tall as the longest of what scrolls by itself in the page."""
    if os.environ.get("LINE3_SHOTS") and (size := page.viewport_size) is not None:
        over = await page.evaluate(
            "(all) => Math.max(0, ...[...document.querySelectorAll(all)].map((one) => one.scrollHeight - one.clientHeight))",
            scrolled,
        )
        await page.set_viewport_size(ViewportSize(width=size["width"], height=size["height"] + over))
        await shoot(page, name)
        await page.set_viewport_size(size)


@asynccontextmanager
async def serve(app: Litestar) -> AsyncGenerator[str]:
    """The application on a free port of this machine, in this loop; its address, without a slash at the end."""
    port = _free_port()
    server = Server(app, port=port, interface=Interfaces.ASGI, log_enabled=False)
    running = asyncio.create_task(server.serve())
    try:
        await _until_it_listens(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
        await running


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def _until_it_listens(port: int) -> None:
    # a busy machine may take its time
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return await writer.wait_closed()
