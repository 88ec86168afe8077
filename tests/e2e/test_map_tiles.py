"""Maps on tiles of a server that the operator has named, in a real Chromium: asked for, owed to somebody, and nobody else asked."""

import struct
import zlib
from typing import Literal

from litestar import Litestar, Response, get
from litestar.params import FromPath
from playwright.async_api import Browser, expect

from api.app import build
from db.pool import Database
from dispatch.settings import Tiles
from tests.builders import settled_in
from tests.e2e.chromium import serve, shoot
from tests.e2e.storm import Clock, House, dispatcher
from tests.worlds import NOW, small_town

SIDE = 256
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
OWED = "© Example Maps <b>contributors</b>"


def picture(grey: int) -> bytes:
    """A PNG of one grey, with a darker line at its edge."""
    line = bytes([0, *([grey - 40] + [grey] * (SIDE - 1))])
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(line * SIDE)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@get("/{z:int}/{x:int}/{y:str}")
async def get_tile(z: FromPath[int], x: FromPath[int], y: FromPath[str]) -> Response[bytes]:
    grey = 200 if (x + int(y.removesuffix(".png")) + z) % 2 else 225
    return Response(picture(grey), media_type="image/png")


async def test_a_map_lies_on_the_operators_tiles_and_says_whose_they_are(
    browser: Browser, database: Database
) -> None:
    await settled_in(database, small_town)
    app = build(database, lambda: NOW)
    async with (
        serve(Litestar([get_tile])) as tiles,
        serve(app) as served,
        dispatcher(browser, House(served, database, small_town, Clock())) as board,
    ):
        page, heard, url = board.page, board.heard, board.house.url
        await board.sign_in()
        # without a word of the operator the ground is plain, and nobody else is asked
        await expect(page.locator(".ground .leaflet-control-scale-line")).to_be_visible()
        assert heard.outside(url) == []
        app.state.tiles = Tiles(f"{tiles}/{{z}}/{{x}}/{{y}}.png", OWED)
        await page.reload()
        await expect(page.locator(".ground .leaflet-tile-loaded").first).to_be_visible()
        await expect(page.locator(".leaflet-control-attribution")).to_have_text(OWED)
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            await shoot(page, f"board-tiles-{scheme}")
        asked = heard.outside(url)
        assert asked
        assert all(one.startswith(tiles) for one in asked)
        assert heard.complaints == []
