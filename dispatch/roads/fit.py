"""What roads are like against straight lines: the detour and speed that fit them best, and how well these fit."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.rules.ways import UNKNOWN, Ways

NEAREST_M = 100.0
"""Ways shorter than this, as the crow flies, say more of the pavement than of the roads."""
BANDS_M = (NEAREST_M, 1_000.0, 3_000.0, 10_000.0, np.inf)

Floats = npt.NDArray[np.float64]


class Band(NamedTuple):
    """Ways of a length, as the crow flies."""

    from_m: float
    to_m: float
    ways: int
    detour: float
    """Median of road over straight line."""
    speed_kmh: float
    """All metres over all seconds."""
    over_straight: float
    """Median of the time on roads over that of the straight line as fitted."""


class Fit(NamedTuple):
    """`detour` and `speed_kmh`: an area's settings with which a straight line takes too long as often as too short."""

    ways: int
    detour: float
    speed_kmh: float
    detour_90: float
    """Nine of ten ways have a smaller one."""
    mean_kmh: float
    half_within: float
    """Of half of all ways the straight line, so fitted, misses the time by at most this share of it."""
    most_within: float
    """Of nine in ten."""
    asymmetry: float
    """Median of how much longer the longer of there and back takes, as a share of the shorter."""
    asymmetry_90: float
    bands: tuple[Band, ...]


def fit(ways: Ways, straight_m: npt.NDArray[np.integer]) -> Fit | None:
    """`ways`: between n places; `straight_m`: (n, n) metres as the crow flies. None where no way is long enough to tell."""
    apart = (ways.seconds != UNKNOWN) & (ways.seconds.T != UNKNOWN) & (straight_m >= NEAREST_M)
    if not apart.any():
        return None
    crow, metres = straight_m[apart].astype(np.float64), ways.metres[apart].astype(np.float64)
    seconds, back = ways.seconds[apart].astype(np.float64), ways.seconds.T[apart].astype(np.float64)
    detour = max(1.0, float(np.median(metres / crow)))
    speed = detour / float(np.median(seconds / crow))
    missed = np.abs(crow * detour / speed / seconds - 1)
    uneven = np.maximum(seconds, back) / np.minimum(seconds, back) - 1
    return Fit(
        ways=len(crow),
        detour=detour,
        speed_kmh=speed * 3.6,
        detour_90=float(np.percentile(metres / crow, 90)),
        mean_kmh=float(metres.sum() / seconds.sum() * 3.6),
        half_within=float(np.median(missed)),
        most_within=float(np.percentile(missed, 90)),
        asymmetry=float(np.median(uneven)),
        asymmetry_90=float(np.percentile(uneven, 90)),
        bands=tuple(_bands(crow, metres, seconds, detour / speed)),
    )


def _bands(crow: Floats, metres: Floats, seconds: Floats, seconds_a_metre: float) -> list[Band]:
    found: list[Band] = []
    for least, most in pairwise(BANDS_M):
        some = (crow >= least) & (crow < most)
        if some.any():
            found.append(
                Band(
                    from_m=least,
                    to_m=most,
                    ways=int(some.sum()),
                    detour=float(np.median(metres[some] / crow[some])),
                    speed_kmh=float(metres[some].sum() / seconds[some].sum() * 3.6),
                    over_straight=float(np.median(seconds[some] / (crow[some] * seconds_a_metre))),
                )
            )
    return found
