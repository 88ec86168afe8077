"""Instants of VROOM's JSON: relative ones as they are, absolute ones (seconds since 1970) from a midnight before the first."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.formats.wire import File, Instants
from optimizer.problem import MAX_SECONDS, Window

DAY = 86_400


class Clock:
    """Turns instants of the file into those of the problem. What lies further back or ahead than a year can say so much only."""

    def __init__(self, file: File) -> None:
        self.origin = _origin(file)

    def at(self, instant: int) -> int:
        """As the problem counts."""
        return instant - self.origin

    def window(self, instants: Instants) -> Window:
        """Bounds of a start. Contradictions are left to `Problem.verify`."""
        earliest, latest = self.at(instants[0]), self.at(instants[1])
        return Window(earliest=max(0, earliest), latest=min(latest, MAX_SECONDS))


def _origin(file: File) -> int:
    if file.line3 is not None and file.line3.origin is not None:
        return file.line3.origin
    absolute = [instant for instant in _earliest(file) if instant > MAX_SECONDS]
    if not absolute:
        return 0
    # a vehicle without working hours may have to leave before the first window opens
    ahead = 1 if any(vehicle.time_window is None for vehicle in file.vehicles) else 0
    return (min(absolute) // DAY - ahead) * DAY


def _earliest(file: File) -> Iterator[int]:
    for vehicle in file.vehicles:
        if vehicle.time_window is not None:
            yield vehicle.time_window[0]
        for rest in vehicle.breaks:
            yield from (window[0] for window in rest.time_windows or ())
    for job in file.jobs:
        yield from (window[0] for window in job.time_windows or ())
