"""Where an address lies, by a Nominatim that the operator named, spoken to through geopy. Without one, people put the pin."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec
from geopy.exc import GeopyError
from geopy.geocoders import Nominatim

from db.errors import Unavailable
from db.turns import Turns
from dispatch.errors import GeocoderSilent

ANSWER_SECONDS = 8
PAUSE_SECONDS = 1.0
"""Between two questions of all processes: what the public servers ask for; nobody types faster."""
MOST = 5
SECONDS_AT_ONCE = 4.0
"""For a table: whoever brings a long one asks again, and sees it go on."""
MOST_KEPT = 20_000
"""Addresses: some tables' worth."""
STREETS = ("road", "pedestrian", "footway", "street")
TOWNS = ("city", "town", "village", "municipality")


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """A place that the address may mean."""

    address: str
    latitude: float
    longitude: float
    city: str = ""
    street: str = ""
    house: str = ""
    postcode: str = ""


class Geocoder(Protocol):
    """Blocks: call it in a thread, and with no transaction open."""

    def locate(self, address: str, language: str) -> list[Located]:
        """The likeliest first. Raises `GeocoderSilent`."""
        ...


class _Details(msgspec.Struct):
    """Of a place as Nominatim has it."""

    display_name: str
    lat: str
    lon: str
    address: dict[str, str] = {}


class NominatimGeocoder(Geocoder):
    """geopy's, with what it stumbles over said as silence."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        # geopy's own types say less than it takes
        self._nominatim: Any = Nominatim(
            scheme=parts.scheme,
            domain=parts.netloc + parts.path.rstrip("/"),
            user_agent="line3",
            timeout=ANSWER_SECONDS,  # pyright: ignore[reportArgumentType]
        )

    def locate(self, address: str, language: str) -> list[Located]:
        try:
            found = self._nominatim.geocode(
                address, exactly_one=False, limit=MOST, addressdetails=True, language=language
            )
            return _located(found or [])
        except (GeopyError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            # geopy stumbles in these ways over what is no answer
            raise GeocoderSilent() from error


def _located(found: Any) -> list[Located]:  # noqa: ANN401 - as geopy has it
    """Raises `ValueError` for what no Nominatim says."""
    said = msgspec.convert([place.raw for place in found], list[_Details])
    return [
        Located(
            address=one.display_name,
            latitude=float(one.lat),
            longitude=float(one.lon),
            city=_first(one.address, TOWNS),
            street=_first(one.address, STREETS),
            house=one.address.get("house_number", ""),
            postcode=one.address.get("postcode", ""),
        )
        for one in said
    ]


def _first(said: dict[str, str], names: tuple[str, ...]) -> str:
    return next((said[name] for name in names if name in said), "")


class Locator:
    """What a process looks addresses up with; nothing, where no geocoder is configured. What tables asked for is kept, so that
    nobody is asked twice. `turns`: of all processes together, where the geocoder is somebody else's."""

    def __init__(
        self,
        geocoder: Geocoder | None = None,
        seconds: float = SECONDS_AT_ONCE,
        turns: Turns | None = None,
    ) -> None:
        self._geocoder = geocoder
        self._seconds = seconds
        self._turns = turns
        self._kept: dict[tuple[str, str], Located | None] = {}

    @property
    def is_there(self) -> bool:
        return self._geocoder is not None

    async def locate(self, address: str, language: str) -> list[Located]:
        """Raises `GeocoderSilent`: also where there is none, and where others ask it all the time."""
        if self._geocoder is None:
            raise GeocoderSilent()
        try:
            async with nullcontext() if self._turns is None else self._turns.take():
                return await asyncio.to_thread(self._geocoder.locate, address, language)
        except Unavailable as error:
            raise GeocoderSilent() from error

    async def locate_many(self, addresses: Sequence[str], language: str) -> dict[str, Located | None]:
        """The likeliest place of each, None where there is none: of those kept, and of as many more as can be asked for at
        once, one at least. Raises `GeocoderSilent`."""
        until = time.monotonic() + self._seconds
        found: dict[str, Located | None] = {}
        has_asked = False
        for address in addresses:
            key = (address, language)
            if key not in self._kept:
                if has_asked and time.monotonic() > until:
                    continue
                has_asked = True
                self._kept[key] = next(iter(await self.locate(address, language)), None)
                while len(self._kept) > MOST_KEPT:
                    del self._kept[next(iter(self._kept))]
            found[address] = self._kept[key]
        return found
