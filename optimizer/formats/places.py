"""The places of VROOM's JSON: rows of its matrices, or coordinates with straight lines between them."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from msgspec import Meta

from optimizer.distances import travel
from optimizer.formats.record import Spot
from optimizer.formats.refusal import Refused, decode
from optimizer.formats.wire import Coordinates, File, FileExtra, Rows
from optimizer.problem import MAX_METRES, MAX_SECONDS, pack

MOST_PLACES = 5_000
"""Straight lines between more would fill the memory: 25 million pairs, eight bytes each, several times over."""
Table = npt.NDArray[np.int32]
_Seconds = list[Annotated[int, Meta(ge=0, le=MAX_SECONDS)]]
_Metres = list[Annotated[int, Meta(ge=0, le=MAX_METRES)]]


class Atlas:
    """Gives each spot its index, and in the end the matrices. `Refused` for a spot that is none."""

    def __init__(self, file: File) -> None:
        self.profile = _profile(file)
        self.durations, self.distances = _matrices(file, self.profile)
        self.has_distances = self.durations is None or self.distances is not None
        self.extra = file.line3 or FileExtra()
        self.known: dict[tuple[float, float], int] = {}
        self.has_nowhere = False

    def place(
        self, where: str, location: Coordinates | None, index: int | None, names: tuple[str, str]
    ) -> int:
        """The index of a spot, whose two members have these names in the file."""
        if self.durations is not None:
            if index is None:
                raise Refused(f"{where}.{names[1]}", "is missing, as there are matrices")
            if index >= len(self.durations):
                raise Refused(f"{where}.{names[1]}", f"{index} is no row of {len(self.durations)}")
            return index
        if location is None:
            raise Refused(f"{where}.{names[0]}", "is missing, as there are no matrices")
        lon, lat = location[0], location[1]
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            raise Refused(f"{where}.{names[0]}", f"[{lon}, {lat}] is no longitude and latitude")
        if len(self.known) >= MOST_PLACES:
            raise Refused(f"{where}.{names[0]}", f"more than {MOST_PLACES} places need matrices")
        return self.known.setdefault((lon, lat), len(self.known))

    def nowhere(self) -> int:
        """The place before a route that starts at its first job, or after one that ends at its last. To be asked for last."""
        self.has_nowhere = True
        return len(self.known) if self.durations is None else len(self.durations)

    def matrices(self) -> tuple[Table, Table]:
        """Seconds and metres between all places; nowhere is next to everywhere."""
        if self.durations is None:
            seconds, metres = self._straight()
        else:
            seconds = self.durations
            metres = np.zeros_like(seconds) if self.distances is None else self.distances
        if self.has_nowhere:
            seconds, metres = np.pad(seconds, (0, 1)), np.pad(metres, (0, 1))
        return seconds, metres

    def _straight(self) -> tuple[Table, Table]:
        lon, lat = [spot[0] for spot in self.known], [spot[1] for spot in self.known]
        try:
            return travel(lat, lon, self.extra.detour, self.extra.speed)
        except ValueError as error:
            raise Refused("the places", str(error)) from None


def spot(location: Coordinates | None, index: int | None) -> Spot:
    """What the answer repeats of it."""
    return Spot(None if location is None else tuple(location[:2]), index)


def packed(tables: tuple[Table, Table]) -> tuple[bytes, bytes]:
    """As a `Problem` carries them."""
    return pack(tables[0]), pack(tables[1])


def _profile(file: File) -> str:
    """The one profile of all vehicles. Others would need matrices of their own, and the model has one."""
    first = file.vehicles[0].profile if file.vehicles else _first(file)
    for number, vehicle in enumerate(file.vehicles):
        if vehicle.profile != first:
            raise Refused(
                f"vehicles[{number}].profile",
                f"{vehicle.profile!r} beside {first!r}: several profiles are not supported (use speed_factor)",
            )
    return first


def _first(file: File) -> str:
    return next(iter(file.matrices or {}), "car")


def _matrices(file: File, profile: str) -> tuple[Table | None, Table | None]:
    if file.matrices is None:
        if file.matrix is not None and profile == "car":
            return _table(file.matrix, "matrix", _Seconds), None
        return None, None
    where = f"matrices.{profile}"
    found = file.matrices.get(profile)
    if found is None or found.durations is None:
        if found is None and not file.matrices:
            return None, None
        raise Refused(f"{where}.durations", "is missing")
    if found.costs is not None:
        raise Refused(f"{where}.costs", "a cost other than time and distance is not supported")
    seconds = _table(found.durations, f"{where}.durations", _Seconds)
    if found.distances is None:
        return seconds, None
    metres = _table(found.distances, f"{where}.distances", _Metres)
    if len(metres) != len(seconds):
        raise Refused(f"{where}.distances", f"{len(metres)} rows, but durations have {len(seconds)}")
    return seconds, metres


def _table(rows: Rows, where: str, kind: type[list[int]]) -> Table:
    lines: list[Table] = []
    for number, raw in enumerate(rows):
        row = decode(raw, kind, f"{where}[{number}]")
        if len(row) != len(rows):
            raise Refused(f"{where}[{number}]", f"{len(row)} entries, not {len(rows)}")
        if row[number]:
            raise Refused(f"{where}[{number}][{number}]", f"{row[number]}: from a place to itself is 0")
        lines.append(np.array(row, dtype=np.int32))
    return np.stack(lines) if lines else np.zeros((0, 0), dtype=np.int32)
