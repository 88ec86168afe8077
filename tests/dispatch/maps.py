"""Small maps drawn in metres, as OpenStreetMap files, and the places on them."""

from math import cos, radians
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from dispatch.outside.travel_times import TravelTimes
from dispatch.roads.extract import read_segments
from dispatch.roads.network import network_of
from dispatch.roads.search import Roads
from dispatch.rules.ways import Points, Ways

ORIGIN = (55.8, 37.57)
METRE = 1 / 111_340
"""Degrees of latitude there."""

Spot = tuple[float, float]
"""Metres east and north of the origin."""


def degrees(spot: Spot) -> tuple[float, float]:
    """Latitude, longitude."""
    east, north = spot
    # a degree of longitude is a little longer on the ellipsoid than on a ball
    wide = METRE / (cos(radians(ORIGIN[0])) * 1.00231)
    return ORIGIN[0] + north * METRE, ORIGIN[1] + east * wide


def points(*spots: Spot) -> Points:
    where = np.array([degrees(spot) for spot in spots])
    return Points(where[:, 0], where[:, 1])


class Map:
    """Points are made where ways lead; tags of a point by `tag`."""

    def __init__(self) -> None:
        self._numbers: dict[Spot, int] = {}
        self._tags: dict[Spot, dict[str, str]] = {}
        self._ways: list[tuple[list[int], dict[str, str]]] = []

    def way(self, *spots: Spot, **tags: str) -> "Map":
        """A road through these points; `highway` is residential if nothing is said. Colons are written as `__`."""
        refs = [self._numbers.setdefault(spot, len(self._numbers) + 1) for spot in spots]
        said = {"highway": "residential", **{key.replace("__", ":"): tags[key] for key in tags}}
        self._ways.append((refs, said))
        return self

    def tag(self, spot: Spot, **tags: str) -> "Map":
        self._tags[spot] = tags
        return self

    def write(self, path: Path) -> Path:
        lines = ["<?xml version='1.0'?><osm version='0.6'>"]
        for spot, number in self._numbers.items():
            lat, lon = degrees(spot)
            tags = _tags(self._tags.get(spot, {}))
            lines.append(f"<node id='{number}' lat='{lat:.9f}' lon='{lon:.9f}'>{tags}</node>")
        for number, (refs, said) in enumerate(self._ways, start=1):
            passed = "".join(f"<nd ref='{ref}'/>" for ref in refs)
            lines.append(f"<way id='{number}'>{passed}{_tags(said)}</way>")
        path.write_text("\n".join([*lines, "</osm>"]), "utf-8")
        return path

    def roads(self, folder: Path) -> Roads:
        """As a network, through the file."""
        return Roads("drawn", network_of(read_segments(self.write(folder / "map.osm"), lambda _: None)))


def _tags(said: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in said.items())


def between(times: TravelTimes, *spots: Spot) -> Ways:
    asked = points(*spots)
    return times.between(asked, asked)
