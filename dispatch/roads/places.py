"""Places beside the roads: the nearest piece of road, where on it, and how far on foot."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from dispatch.outside.travel_times import FAR_M
from dispatch.roads.network import Network
from dispatch.rules.ways import Points
from optimizer.distances import EQUATOR_M

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

STEP_M = 40.0
"""Pieces longer than this are looked for by several points on them."""
FOOT_METRES_PER_SECOND = 1.4


class Reached(NamedTuple):
    """Of n places, (n,) each."""

    piece: Integers
    """The piece of road from which the place is reached; -1: none is near."""
    share: Floats
    """How much of the piece lies before that point, 0..1."""
    metres: Floats
    """From the road to the place."""

    def of(self, some: Integers) -> "Reached":
        return Reached(self.piece[some], self.share[some], self.metres[some])


def reach(network: Network, points: Points) -> Reached:
    """The nearest piece of each place."""
    spots = _space(points.latitude, points.longitude)
    piece = np.full(len(spots), -1, np.int64)
    share, metres = np.zeros(len(spots)), np.zeros(len(spots))
    pieces = _around(network, points)
    if not len(pieces) or not len(spots):
        return Reached(piece, share, metres)
    first = pieces + np.searchsorted(network.first, pieces, "right") - 1
    tails = _space(network.latitude[first], network.longitude[first])
    heads = _space(network.latitude[first + 1], network.longitude[first + 1])
    steps = np.ceil(np.linalg.norm(heads - tails, axis=1) / STEP_M).astype(np.int64)
    steps = np.maximum(1, steps)
    of = np.repeat(np.arange(len(pieces)), steps)
    number = np.arange(len(of)) - np.repeat(np.cumsum(steps) - steps, steps)
    tree = KDTree(tails[of] + (heads - tails)[of] * ((number + 0.5) / steps[of])[:, None])
    # the nearest piece has a point half a step from the place's foot on it, or nearer
    around = np.asarray(tree.query(spots, distance_upper_bound=FAR_M + STEP_M)[0], np.float64)
    for index in np.nonzero(np.isfinite(around))[0].tolist():
        near = np.unique(of[tree.query_ball_point(spots[index], around[index] + STEP_M / 2)])
        shares, away = _feet(spots[index], tails[near], heads[near])
        best = int(away.argmin())
        if away[best] <= FAR_M:
            piece[index], share[index], metres[index] = pieces[near[best]], shares[best], away[best]
    return Reached(piece, share, metres)


def _space(latitude: Floats, longitude: Floats) -> Floats:
    """(n, 3) metres from the middle of a ball: straight distances are good to half a per cent, and nothing has an edge."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    return EQUATOR_M * np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)


def _around(network: Network, points: Points) -> Integers:
    """Pieces that somebody stops on and that come near the box of the places."""
    if not len(points.latitude):
        return np.zeros(0, np.int64)
    margin = 2 * FAR_M / 111_000
    wider = margin / max(0.01, float(np.cos(np.radians(points.latitude)).min()))
    near = network.stops & _overlaps(network, network.latitude, points.latitude, margin)
    return np.nonzero(near & _overlaps(network, network.longitude, points.longitude, wider))[0]


def _overlaps(network: Network, shape: Floats, places: Floats, margin: float) -> npt.NDArray[np.bool_]:
    """Of each piece: whether it lies within the bounds of the places in one coordinate."""
    roads = np.arange(len(network.tail))
    # each point but a road's last is where a piece begins, each but its first where one ends
    begins = np.delete(shape, network.first[1:] + roads)
    ends = np.delete(shape, network.first[:-1] + roads)
    low, high = places.min() - margin, places.max() + margin
    return (np.minimum(begins, ends) <= high) & (np.maximum(begins, ends) >= low)


def _feet(spot: Floats, tails: Floats, heads: Floats) -> tuple[Floats, Floats]:
    """Where the perpendicular from the spot meets each piece, as a share of it, and how far that is."""
    along = heads - tails
    squared = np.maximum(1e-12, (along**2).sum(axis=1))
    shares = np.clip(((spot - tails) * along).sum(axis=1) / squared, 0.0, 1.0)
    return shares, np.linalg.norm(tails + along * shares[:, None] - spot, axis=1)
