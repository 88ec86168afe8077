"""Straight-line distance and travel matrices from coordinates.

Source of the formula: the series of the length of a degree on the WGS 84 ellipsoid (radii of curvature in the meridian M and
in the prime vertical N; e.g. Bowring 1981, "The direct and inverse problems for short geodesic lines", or FCC 47 CFR 73.208,
which tabulates the same two radii), taken at the mean latitude of each pair of points.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from optimizer.problem import MAX_METRES, MAX_SECONDS, Matrix

Degrees = npt.ArrayLike
Metres = npt.NDArray[np.float64]

EQUATOR_M = 6_378_137.0
"""WGS 84 semi-major axis."""
SQUARED_ECCENTRICITY = 6.694_379_990_141_317e-3


def straight(lat: Degrees, lon: Degrees) -> Metres:
    """Geodesic distances between all pairs of n points: (n, n) float64 metres, symmetric, diagonal 0.

    `lat`, `lon`: (n,) degrees, WGS 84. Error against geopy's geodesic at most 0.003 % up to 65 km apart and below 65 degrees
    of latitude (a test compares); it grows with the square of the distance beyond. Raises ValueError for shapes that differ
    and for coordinates that are none. About 0.1 s for 1000 points.
    """
    phi, lam = _radians(lat, 90.0, "lat"), _radians(lon, 180.0, "lon")
    if phi.shape != lam.shape:
        raise ValueError(f"lat has shape {phi.shape}, lon {lam.shape}")
    # cos of twice the mean latitude from products: no trigonometry on n x n.
    doubled = np.outer(np.cos(phi), np.cos(phi)) - np.outer(np.sin(phi), np.sin(phi))
    squared = 1.0 - SQUARED_ECCENTRICITY * (1.0 - doubled) / 2
    prime_vertical = EQUATOR_M / np.sqrt(squared)
    meridian = prime_vertical * (1.0 - SQUARED_ECCENTRICITY) / squared
    across = np.abs(lam[:, None] - lam[None, :])
    np.minimum(across, 2 * np.pi - across, out=across)
    north, east = meridian * (phi[:, None] - phi[None, :]), prime_vertical * across
    return np.sqrt(north**2 + east**2 * (np.maximum(0.0, 1.0 + doubled) / 2))


def _radians(values: Degrees, most: float, name: str) -> Metres:
    degrees = np.asarray(values, dtype=np.float64)
    if degrees.ndim != 1:
        raise ValueError(f"{name} has shape {degrees.shape}, not (n,)")
    if not (np.abs(degrees) <= most).all():  # also refuses NaN
        raise ValueError(f"{name} is not within {-most:g} .. {most:g} degrees everywhere")
    return np.radians(degrees)


def travel(
    lat: Degrees, lon: Degrees, detour: float = 1.3, metres_per_second: float = 8.0
) -> tuple[Matrix, Matrix]:
    """Travel seconds and road metres between all pairs: two (n, n) int32 matrices, ready for `pack`.

    Straight line times `detour` (roads over the crow's way: 1.2 to 1.4 in most cities) at `metres_per_second` (8.0 m/s is
    29 km/h, lights and parking included). Rounded up, so that no drive takes nothing. ValueError for a detour below 1, a
    speed that is not positive, or points so far apart that `Problem` would refuse them.
    """
    if not (detour >= 1 and metres_per_second > 0):
        raise ValueError(f"detour {detour}, {metres_per_second} m/s")
    metres = np.ceil(straight(lat, lon) * detour)
    seconds = np.ceil(metres / metres_per_second)
    if metres.size and (metres.max() > MAX_METRES or seconds.max() > MAX_SECONDS):
        raise ValueError(f"{metres.max():.0f} m in {seconds.max():.0f} s is too far")
    return seconds.astype(np.int32), metres.astype(np.int32)
