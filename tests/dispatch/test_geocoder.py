"""Addresses looked up by a Nominatim, as geopy speaks with it, over a real connection."""

import asyncio
import itertools
from collections.abc import Generator

import pytest

from db.pool import Database, open_database
from dispatch.errors import GeocoderSilent
from dispatch.outside.geocoder import Located, Locator, NominatimGeocoder
from dispatch.settings import from_environment, geocoder_address, tiles_from
from tests.dispatch.nominatim import FakeNominatim, geocoding


@pytest.fixture
def nominatim() -> Generator[FakeNominatim]:
    with geocoding() as fake:
        yield fake


async def test_an_address_is_a_point_with_its_parts(nominatim: FakeNominatim) -> None:
    locator = Locator(NominatimGeocoder(nominatim.url))
    assert await locator.locate("Mill Lane 12, Budapest", "hu") == [
        Located(
            address="12, Mill Lane, Ferencváros, Budapest, 1095, Hungary",
            latitude=47.4701,
            longitude=19.0732,
            city="Budapest",
            street="Mill Lane",
            house="12",
            postcode="1095",
        )
    ]
    (asked,) = nominatim.asked
    assert (asked["path"], asked["q"], asked["accept-language"]) == (
        "/geo/search",
        "Mill Lane 12, Budapest",
        "hu",
    )
    assert asked["agent"] == "line3"


async def test_an_unknown_address_is_no_error(nominatim: FakeNominatim) -> None:
    assert await Locator(NominatimGeocoder(nominatim.url)).locate("Nowhere 1", "en") == []


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, None), (429, None), (403, None), (200, "<html>"), (200, '[{"display_name": 1}]'), (200, "7")],
)
async def test_a_server_that_gives_no_answer_is_silent(
    nominatim: FakeNominatim, status: int, body: str | None
) -> None:
    nominatim.status, nominatim.body = status, body
    with pytest.raises(GeocoderSilent):
        await Locator(NominatimGeocoder(nominatim.url)).locate("Mill Lane 12", "en")


async def test_where_nobody_listens_or_none_is_configured_it_is_silent() -> None:
    for locator in (Locator(NominatimGeocoder("http://127.0.0.1:1")), Locator()):
        with pytest.raises(GeocoderSilent):
            await locator.locate("Mill Lane 12", "en")


async def test_all_processes_together_ask_no_faster_than_they_may(
    nominatim: FakeNominatim, database: Database, database_url: str
) -> None:
    other = await open_database(database_url)
    try:
        pause = 0.3
        locators = [
            Locator(NominatimGeocoder(nominatim.url), turns=one.turns("geocoder", pause))
            for one in (database, other)
        ]
        asking = [locator.locate("Mill Lane 12", "en") for locator in locators for _ in range(2)]
        assert [len(found) for found in await asyncio.gather(*asking)] == [1, 1, 1, 1]
    finally:
        await other.close()
    apart = [later - earlier for earlier, later in itertools.pairwise(nominatim.asked_at)]
    assert len(apart) == 3
    assert min(apart) >= pause, apart


async def test_a_process_that_dies_leaves_its_turn_to_the_others(
    database: Database, database_url: str
) -> None:
    other = await open_database(database_url)
    async with other.turns("geocoder", pause_seconds=60.0).take():
        pass
    async with database.begin() as conn:
        await conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        )
    async with asyncio.timeout(10), database.turns("geocoder", pause_seconds=0.0).take():
        pass
    await other.close()


def test_it_is_configured_by_its_kind_and_address() -> None:
    assert geocoder_address("nominatim+https://geo.example/nominatim") == "https://geo.example/nominatim"
    for wrong in (
        "https://geo.example",
        "nominatim+ftp://geo.example",
        "nominatim+https://",
        "photon+https://a",
    ):
        with pytest.raises(ValueError, match="nominatim"):
            geocoder_address(wrong)


def test_tiles_are_told_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert from_environment().tiles is None
    monkeypatch.setenv("LINE3_TILES", "https://tiles.example:8080/{z}/{x}/{y}.png?key=1")
    with pytest.raises(ValueError, match="LINE3_TILES_ATTRIBUTION"):
        from_environment()
    monkeypatch.setenv("LINE3_TILES_ATTRIBUTION", "© Example Maps")
    tiles = from_environment().tiles
    assert tiles is not None
    assert (tiles.origin, tiles.attribution) == ("https://tiles.example:8080", "© Example Maps")


@pytest.mark.parametrize(
    "wrong",
    [
        "tiles.example/{z}/{x}/{y}.png",
        "ftp://tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example/{z}/{x}.png",
        "https://who:secret@tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example;script-src *//{z}/{x}/{y}.png",
        "https://{s}.tiles.example/{z}/{x}/{y}.png",
    ],
)
def test_what_would_be_no_host_in_a_policy_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="tiles are given as"):
        tiles_from(wrong, "© Example Maps")
