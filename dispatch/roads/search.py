"""Times and metres on a road network: scipy's compiled Dijkstra, from the places that are asked for and no others."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from dispatch.outside.travel_times import TravelTimes
from dispatch.roads.network import UNIT, Network
from dispatch.roads.places import FOOT_METRES_PER_SECOND, Reached, reach
from dispatch.rules.ways import UNKNOWN, Points, Ways

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

AT_ONCE = 200_000
"""Junctions searched in one call, which holds the interpreter: some hundredths of a second."""


class Roads(TravelTimes):
    """Of one network. One way from a place to another differs from the way back; each begins and ends on foot."""

    def __init__(self, name: str, network: Network) -> None:
        self.name = name
        self.version = f"roads {network.digest}"
        self.at_once = 1_000
        self._network = network
        length = np.diff(network.first)
        self._road = np.repeat(np.arange(len(length)), length)
        self._before_along = _running(network.along, network.first)
        self._before_against = _running(network.against, network.first)
        along = np.add.reduceat(network.along, network.first[:-1])
        against = np.add.reduceat(network.against, network.first[:-1])
        back = network.two_way
        self._arcs = _shortest(
            np.concatenate([network.tail, network.head[back]]),
            np.concatenate([network.head, network.tail[back]]),
            np.concatenate([along, against[back]]),
        )

    def between(self, origins: Points, targets: Points) -> Ways:
        """`UNKNOWN` for places that are far from any road."""
        count = len(origins.latitude)
        reached = reach(
            self._network, Points(*(np.concatenate(pair) for pair in zip(origins, targets, strict=True)))
        )
        near = np.nonzero(reached.piece >= 0)[0]
        junctions = self._network.junctions
        at = np.full(len(reached.piece), -1, np.int64)
        at[near] = junctions + np.arange(len(near))
        tails, heads, costs = (
            np.concatenate(pair) for pair in zip(self._arcs, self._joined(reached.of(near)), strict=True)
        )
        whole = junctions + len(near)
        graph = csr_array((costs.astype(np.float64), (tails, heads)), shape=(whole, whole))
        cost = _searched(graph, at[:count], at[count:])
        ways = _ways(cost, reached.metres[:count], reached.metres[count:])
        there = np.equal.outer(origins.latitude, targets.latitude) & np.equal.outer(
            origins.longitude, targets.longitude
        )
        return Ways(np.where(there, 0, ways.seconds), np.where(there, 0, ways.metres))

    def _joined(self, reached: Reached) -> tuple[Integers, Integers, Integers]:
        """Arcs that join the points from which places are reached to the network: each road that has such points is also
        there as the row of its ends and them. Point i of `reached` becomes node `junctions` + i."""
        network = self._network
        road = self._road[reached.piece]
        along = self._before_along[reached.piece] + _part(network.along[reached.piece], reached.share)
        against = self._before_against[reached.piece] + _part(network.against[reached.piece], reached.share)
        order = np.lexsort((against, along, road))
        arcs: list[tuple[int, int, int]] = []
        for mine in np.split(order, np.nonzero(np.diff(road[order]))[0] + 1) if len(order) else []:
            of = int(road[mine[0]])
            last = int(network.first[of + 1]) - 1
            nodes = [int(network.tail[of]), *(network.junctions + mine).tolist(), int(network.head[of])]
            there = [0, *along[mine].tolist(), int(self._before_along[last] + network.along[last])]
            back = [0, *against[mine].tolist(), int(self._before_against[last] + network.against[last])]
            for step in range(len(nodes) - 1):
                arcs.append((nodes[step], nodes[step + 1], there[step + 1] - there[step]))
                if network.two_way[of]:
                    arcs.append((nodes[step + 1], nodes[step], back[step + 1] - back[step]))
            # to a corner one may come by any of its streets
            for end in (0, -1):
                corner = [node for node, at in zip(nodes, there, strict=True) if at == there[end]]
                arcs += [(nodes[end], node, 0) for node in corner] + [
                    (node, nodes[end], 0) for node in corner
                ]
        tails, heads, costs = np.array(arcs, np.int64).reshape(-1, 3).T
        return tails, heads, costs


def _part(cost: Integers, share: Floats) -> Integers:
    """Of each of the two groups of digits."""
    return np.rint(cost // UNIT * share).astype(np.int64) * UNIT + np.rint(cost % UNIT * share).astype(
        np.int64
    )


def _running(cost: Integers, first: Integers) -> Integers:
    """What each piece's road costs up to the piece."""
    before = np.cumsum(cost) - cost
    return before - np.repeat(before[first[:-1]], np.diff(first))


def _shortest(tails: Integers, heads: Integers, costs: Integers) -> tuple[Integers, Integers, Integers]:
    """Of roads between the same two junctions the quickest; none that leads back to where it begins."""
    order = np.lexsort((costs, heads, tails))
    order = order[tails[order] != heads[order]]
    new = np.ones(len(order), np.bool_)
    new[1:] = (np.diff(tails[order]) != 0) | (np.diff(heads[order]) != 0)
    order = order[new]
    return tails[order], heads[order], costs[order]


def _searched(graph: "csr_array[np.float64]", origins: Integers, targets: Integers) -> Floats:
    """Costs from each origin to each target, infinite where one of them is -1. From the side that has fewer nodes."""
    if len(np.unique(targets)) < len(np.unique(origins)):
        return _searched(graph.T.tocsr(), targets, origins).T
    found = np.full((len(origins), len(targets)), np.inf)
    known = np.nonzero(origins >= 0)[0]
    ends = np.nonzero(targets >= 0)[0]
    step = max(1, AT_ONCE // graph.shape[0])
    for start in range(0, len(known), step):
        some = known[start : start + step]
        found[np.ix_(some, ends)] = dijkstra(graph, indices=origins[some])[:, targets[ends]]
    return found


def _ways(cost: Floats, before: Floats, after: Floats) -> Ways:
    """With the way on foot at either end; whole seconds and metres, rounded up."""
    known = np.isfinite(cost)
    packed = np.where(known, cost, 0).astype(np.int64)
    foot = before[:, None] + after[None, :]
    seconds = np.ceil(packed // UNIT / 100 + foot / FOOT_METRES_PER_SECOND)
    metres = np.ceil(packed % UNIT / 10 + foot)
    return Ways(
        np.where(known, seconds, UNKNOWN).astype(np.int32), np.where(known, metres, UNKNOWN).astype(np.int32)
    )
