"""What time it is. Everything that needs `now` gets it as an argument, taken here once per request or step.

The demo's clock is stepped: one file that API, workers and phones read, so that a day passes in minutes. A database
that is not marked as a demo refuses it.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

Clock = Callable[[], datetime]
VARIABLE = "LINE3_DEMO_CLOCK"


class ClockRefused(Exception):
    """The stepped clock belongs to the demo alone."""


def system_clock() -> datetime:
    return datetime.now(UTC)


class SteppedClock:
    """Reads the instant from a file; whoever steps it replaces the file in one move."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> datetime:
        return datetime.fromisoformat(self._path.read_text("ascii"))

    def step_to(self, instant: datetime) -> None:
        fresh = self._path.with_suffix(".next")
        fresh.write_text(instant.isoformat(), "ascii")
        fresh.replace(self._path)


def clock_from_environment(*, demo: bool) -> Clock:
    """The system's clock; the demo's where its variable is set. Raises `ClockRefused` outside a demo database."""
    path = os.environ.get(VARIABLE)
    if path is None:
        return system_clock
    if not demo:
        raise ClockRefused(f"{VARIABLE} is set, but this database is not a demo")
    return SteppedClock(Path(path))
