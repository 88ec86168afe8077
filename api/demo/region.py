"""Which clock, money and languages go with a place on the map: boxes of degrees, good enough for a demo.

Where no box fits, the zone follows the longitude, the money is the euro and the language English.
"""

from collections.abc import Sequence
from statistics import median

import msgspec

from api.demo.addresses import Address


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """What an area takes from where it lies."""

    name: str
    time_zone: str
    currency: str
    languages: tuple[str, ...]
    """Of the subscribers, the most spoken first; the area's own is the first."""
    staff_language: str
    phone_prefix: str
    """E.164, up to where seven digits follow."""
    minor_per_euro: int
    tax_basis_points: int


class _Box(msgspec.Struct, frozen=True):
    """Degrees: south, north, west, east."""

    south: float
    north: float
    west: float
    east: float
    region: Region

    def holds(self, latitude: float, longitude: float) -> bool:
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


def _region(
    name: str,
    time_zone: str,
    currency: str,
    languages: str,
    phone_prefix: str,
    minor_per_euro: int,
    tax_basis_points: int,
    staff_language: str = "",
) -> Region:
    spoken = tuple(languages.split())
    return Region(
        name=name,
        time_zone=time_zone,
        currency=currency,
        languages=spoken,
        staff_language=staff_language or spoken[0],
        phone_prefix=phone_prefix,
        minor_per_euro=minor_per_euro,
        tax_basis_points=tax_basis_points,
    )


_HUNGARY = _region("Hungary", "Europe/Budapest", "HUF", "hu de en", "+3630", 40_000, 2700, "en")
BOXES = (
    _Box(47.04, 47.28, 9.46, 9.64, _region("Liechtenstein", "Europe/Vaduz", "CHF", "de en", "+423", 95, 810)),
    _Box(45.8, 47.85, 5.9, 10.5, _region("Switzerland", "Europe/Zurich", "CHF", "de en", "+4179", 95, 810)),
    _Box(45.7, 48.6, 16.6, 22.9, _HUNGARY),
    _Box(46.3, 49.1, 9.5, 17.2, _region("Austria", "Europe/Vienna", "EUR", "de en", "+43664", 100, 2000)),
    _Box(47.2, 55.1, 5.8, 15.1, _region("Germany", "Europe/Berlin", "EUR", "de en", "+49151", 100, 1900)),
    _Box(49.8, 60.9, -8.7, 1.8, _region("Britain", "Europe/London", "GBP", "en", "+44770", 85, 2000)),
    _Box(51.0, 62.0, 31.5, 48.0, _region("Moscow", "Europe/Moscow", "RUB", "ru en", "+7916", 9_000, 2000)),
)


def region_of(addresses: Sequence[Address]) -> Region:
    """Of the middle of these addresses."""
    latitude = median(address.latitude for address in addresses)
    longitude = median(address.longitude for address in addresses)
    for box in BOXES:
        if box.holds(latitude, longitude):
            return box.region
    # in the names of this family west is plus
    hours = -round(longitude / 15)
    zone = f"Etc/GMT{hours:+d}" if hours else "UTC"
    return _region("elsewhere", zone, "EUR", "en", "+88210", 100, 2000)
