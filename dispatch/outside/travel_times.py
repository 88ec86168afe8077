"""How long it takes from here to there: the Protocol, and the straight line, which always has an answer."""

from typing import Protocol

import numpy as np

from dispatch.rules.ways import Points, Ways
from optimizer import distances

FAR_M = 500.0
"""Farther from any road than this, nothing is known of the way there."""


class Silent(Exception):
    """It gave no answer that could be used. `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TravelTimes(Protocol):
    """Blocks: call it in a thread, and with no transaction open. Times are those of a road without a jam."""

    name: str
    """What a person may know it by."""
    version: str
    """Another one where the answers may be other ones."""
    at_once: int
    """So many places are asked about in one go; what was answered is kept before the next."""

    def between(self, origins: Points, targets: Points) -> Ways:
        """Raises `Silent`."""
        ...


class StraightLines(TravelTimes):
    """The straight line times `detour`, at one speed."""

    def __init__(self, detour: float, metres_per_second: float) -> None:
        self.name = "straight"
        self.version = f"straight {detour:g} {metres_per_second:g}"
        self.at_once = 1_000
        self._detour = detour
        self._metres_per_second = metres_per_second

    def between(self, origins: Points, targets: Points) -> Ways:
        if targets is origins:
            return Ways(*distances.travel(*origins, self._detour, self._metres_per_second))
        count = len(origins.latitude)
        both = Points(*(np.concatenate(pair) for pair in zip(origins, targets, strict=True)))
        seconds, metres = distances.travel(*both, self._detour, self._metres_per_second)
        return Ways(seconds[:count, count:], metres[:count, count:])
