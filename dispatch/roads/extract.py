"""An OpenStreetMap extract as drivable segments: straight pieces of road between two points of the map.

Read with osmium, which tells .osm.pbf, .osm.gz, .osm.bz2 and .osm apart by the name. Turn restrictions and ferries are not read.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import osmium
from osmium.filter import KeyFilter
from osmium.osm import Node, Way

from dispatch.roads.tags import Drive, blocks, drive_of
from optimizer.distances import EQUATOR_M, SQUARED_ECCENTRICITY

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SIGNALS_S = 6.0
"""What a traffic light costs on the way through; one of a crossing has two or more of them on the map."""
TOLD_EVERY = 2_000


class BadExtract(Exception):
    """One line: the file, and what is wrong with it."""


class Segments(NamedTuple):
    """All arrays of one length but `latitude` and `longitude`, which are of the points, in degrees."""

    latitude: Floats
    longitude: Floats
    tail: Integers
    """Index of the point where the segment begins."""
    head: Integers
    metres: Floats
    along_s: Floats
    """Seconds from tail to head; infinite where that is not allowed."""
    against_s: Floats
    stops: Flags
    """Whether places are reached from it."""


Told = Callable[[int], None]
"""Called now and then with how many roads have been read."""


def read_segments(path: Path, told: Told) -> Segments:
    """Raises `BadExtract`."""
    if not path.is_file():
        raise BadExtract(f"{path}: there is no such file")
    if not path.stat().st_size:
        raise BadExtract(f"{path}: the file is empty")
    found = _Found()
    try:
        reader = osmium.FileProcessor(str(path)).with_locations()
        for thing in reader.with_filter(KeyFilter("highway", "barrier")):
            if isinstance(thing, Node):
                found.point(thing)
            elif isinstance(thing, Way):
                found.road(thing)
                if found.roads % TOLD_EVERY == 0:
                    told(found.roads)
    except (RuntimeError, OSError, ValueError) as error:
        raise BadExtract(f"{path}: {' '.join(str(error).split())}") from error
    told(found.roads)
    if not found.tail:
        raise BadExtract(f"{path}: {found.why_nothing()}")
    return found.segments()


class _Found:
    """What has been read so far."""

    def __init__(self) -> None:
        self.roads = 0
        self.cut = 0
        self.signals: set[int] = set()
        self.blocked: set[int] = set()
        self.lit: list[bool] = []
        self.index: dict[int, int] = {}
        self.latitude: list[float] = []
        self.longitude: list[float] = []
        self.tail: list[int] = []
        self.head: list[int] = []
        self.drives: list[Drive] = []
        self.of: list[int] = []

    def point(self, node: Node) -> None:
        """Points come before the roads that lead over them."""
        tags = dict(node.tags)
        if tags.get("highway") == "traffic_signals":
            self.signals.add(node.id)
        if blocks(tags):
            self.blocked.add(node.id)

    def road(self, way: Way) -> None:
        drive = drive_of(dict(way.tags))
        if drive is None:
            return
        self.roads += 1
        self.drives.append(drive)
        before = -1
        for node in way.nodes:
            if not node.location.valid():
                # beyond the edge of the extract
                self.cut += 1
                before = -1
                continue
            here = self._number(node.ref, node.location.lat, node.location.lon)
            if before >= 0 and here != before:
                self.tail.append(before)
                self.head.append(here)
                self.of.append(len(self.drives) - 1)
            if node.ref in self.blocked:
                # one can drive up to it from either side
                here = self._number(None, node.location.lat, node.location.lon)
            before = here

    def _number(self, ref: int | None, latitude: float, longitude: float) -> int:
        """Of a point of the map; a blocked one has a number for each road that ends at it."""
        shared = ref if ref not in self.blocked else None
        if shared is not None and shared in self.index:
            return self.index[shared]
        number = len(self.latitude)
        if shared is not None:
            self.index[shared] = number
        self.latitude.append(latitude)
        self.longitude.append(longitude)
        self.lit.append(ref in self.signals)
        return number

    def why_nothing(self) -> str:
        if self.cut:
            return "its roads have no points (an extract with all nodes, before the ways, is needed)"
        return "there is no road in it that a car may take"

    def segments(self) -> Segments:
        latitude, longitude = np.array(self.latitude), np.array(self.longitude)
        tail, head = np.array(self.tail, np.int64), np.array(self.head, np.int64)
        metres = lengths(latitude[tail], longitude[tail], latitude[head], longitude[head])
        drives = np.array([(drive.along, drive.against, drive.stops) for drive in self.drives])[self.of]
        lit = np.array(self.lit) * SIGNALS_S
        with np.errstate(divide="ignore", invalid="ignore"):
            along_s = np.where(drives[:, 0] > 0, metres * 3.6 / drives[:, 0] + lit[head], np.inf)
            against_s = np.where(drives[:, 1] > 0, metres * 3.6 / drives[:, 1] + lit[tail], np.inf)
        return Segments(latitude, longitude, tail, head, metres, along_s, against_s, drives[:, 2] > 0)


def lengths(lat: Floats, lon: Floats, other_lat: Floats, other_lon: Floats) -> Floats:
    """Metres between pairs of points that are close to each other, degrees in: the formula of `optimizer.distances`."""
    middle = np.radians((lat + other_lat) / 2)
    squared = 1.0 - SQUARED_ECCENTRICITY * np.sin(middle) ** 2
    prime_vertical = EQUATOR_M / np.sqrt(squared)
    meridian = prime_vertical * (1.0 - SQUARED_ECCENTRICITY) / squared
    across = (np.radians(other_lon - lon) + np.pi) % (2 * np.pi) - np.pi
    return np.hypot(meridian * np.radians(other_lat - lat), prime_vertical * across * np.cos(middle))
