"""Lines of a text file, with their numbers, and the numbers in them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.formats.refusal import Refused

LARGEST = 1e9
EXACT = 1e-7
"""Below the least distance of a square root of a whole number from a multiple of a thousandth, above the error of a float."""
MOST_PLACES = 5_000


class Row(NamedTuple):
    """One line that is not blank; `number` counts from 1."""

    number: int
    text: str

    def refuse(self, what: str) -> Refused:
        """An error to raise that names the line."""
        return Refused(f"line {self.number}", what)

    def numbers(self, count: int) -> list[float]:
        """Exactly so many numbers and nothing else."""
        words = self.text.split()
        if len(words) != count:
            raise self.refuse(f"{len(words)} columns, not {count}")
        return [self.number_of(word) for word in words]

    def number_of(self, word: str) -> float:
        """One number of a reasonable size."""
        try:
            value = float(word)
        except ValueError:
            raise self.refuse(f"{word!r} is no number") from None
        if not math.isfinite(value) or abs(value) > LARGEST:
            raise self.refuse(f"{word!r} is too large")
        return value

    def whole(self, value: float, name: str, least: int = 0, most: float = LARGEST) -> int:
        """A whole number within bounds."""
        if value != int(value) or not least <= value <= most:
            raise self.refuse(f"{name} {value:g} is no whole number in {least} .. {most:g}")
        return int(value)


def rows(text: str) -> Iterator[Row]:
    """The lines that say something."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield Row(number, line)


def heading(row: Row) -> str:
    """Letters of a heading, without the spaces that differ from file to file."""
    return " ".join(row.text.upper().split())


def distances(points: Sequence[tuple[float, float]]) -> npt.NDArray[np.float64]:
    """Straight lines between all points of the plane. `Refused` where they are too many for matrices."""
    if len(points) > MOST_PLACES:
        raise Refused("", f"more than {MOST_PLACES} places need matrices")
    plane = np.array(points, dtype=np.float64).reshape(-1, 2)
    return np.hypot(plane[:, None, 0] - plane[None, :, 0], plane[:, None, 1] - plane[None, :, 1])


def rounded_down(values: npt.NDArray[np.float64], scale: int) -> npt.NDArray[np.int64]:
    """So many parts of a unit, cut off."""
    return np.floor(values * scale + EXACT).astype(np.int64)


def rounded_up(values: npt.NDArray[np.float64], scale: int) -> npt.NDArray[np.int64]:
    """So many parts of a unit, none too few: a plan that keeps its windows so keeps them with exact distances."""
    return np.ceil(values * scale - EXACT).astype(np.int64)
