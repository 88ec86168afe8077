"""Ids of VROOM's JSON: unique within their kind, and what they point at."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.formats.refusal import Refused
from optimizer.formats.wire import File


class Ids:
    """Index by id. A technician is one of `line3.technicians`, or else the vehicle itself."""

    def __init__(self, file: File) -> None:
        self.jobs = _index("jobs", (job.id for job in file.jobs))
        self.vehicles = _index("vehicles", (vehicle.id for vehicle in file.vehicles))
        listed = file.line3.technicians if file.line3 is not None else None
        self.technicians = (
            self.vehicles
            if listed is None
            else _index("line3.technicians", (technician.id for technician in listed))
        )


def _index(where: str, ids: Iterable[int]) -> dict[int, int]:
    index: dict[int, int] = {}
    for number, one in enumerate(ids):
        if one in index:
            raise Refused(f"{where}[{number}].id", f"{one} is that of {where}[{index[one]}], too")
        index[one] = number
    return index


def find(index: dict[int, int], one: int, noun: str, where: str) -> int:
    """What the id points at."""
    if one not in index:
        raise Refused(where, f"there is no {noun} {one}")
    return index[one]
