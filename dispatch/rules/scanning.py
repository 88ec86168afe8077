"""How much more likely the signs beneath an element are if it has failed: in numbers, over the whole tree at once.

A scan over the tree after Kulldorff's spatial scan statistic (1997), with the Bayes factor of Neill, Moore and Cooper (2006)
in place of a maximum: of those that fail a share calls and a share's terminals alarm, and nobody knows beforehand how large
these are, so they are integrated out (a Dirichlet prior). Silence beneath an element then speaks against it, signs beside it
for the one above. Last the set of elements, none beneath another, that explains all signs best: exactly, from the leaves up.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from db.records.base import Record
from dispatch.rules.networks import NONE, Ints, Network

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Background(Record):
    """What comes in an hour while nothing has failed."""

    tickets: float = 0.0075
    """For each subscriber."""
    alarms: float = 0.015
    element_alarms: float = 0.002
    """For each element."""


class Weighing(Record):
    """How signs are weighed."""

    look_back_minutes: Sequence[int] = (2, 4, 7, 12, 20, 35, 60, 100)
    prior: float = 9.0
    """How unlikely it is that an element has failed just now, as the log of the odds: what signs have to outweigh."""
    speaking: float = 0.25
    """Of the Dirichlet prior over the shares that call and alarm: below 1 says that they are often small."""
    element_speaks: float = 0.9
    """How likely an element that failed says so itself."""
    beneath_speaks: float = 0.3
    """And one beneath it."""
    most_unrest: float = 4.0
    """How many times as much as usual may come from everywhere and still be taken for background."""


class Heard(msgspec.Struct, frozen=True):
    """Signs as arrays, the earliest first."""

    age_h: Floats
    element: Ints
    subscriber: Ints
    """`NONE` for an element's own alarm."""
    ticket: Flags


class Scan(msgspec.Struct, frozen=True):
    """Of each element, at its best look-back."""

    worth: Floats
    """The log of the odds of its failure."""
    look_back: Ints
    spoke: Ints
    best: Floats
    """What the best set of failures at or beneath it is worth, above none at all."""
    chosen: Sequence[int]
    """The elements of the best set."""


class _Pairs(msgspec.Struct, frozen=True):
    """Each sign of a subscriber with each element above it; `who` numbers the pair of element and subscriber."""

    age_h: Floats
    element: Ints
    who: Ints
    ticket: Flags


def scanned(network: Network, size: Ints, heard: Heard, background: Background, weighing: Weighing) -> Scan:
    """`size`: subscribers beneath each that may still go dark. What comes from everywhere (a storm of calls, tickets of a large
    outage under wrong elements) is background: first all that comes in the longest look-back, then, in each, all that no
    failure explains."""
    pairs = _paired(network, heard)
    longest = max(weighing.look_back_minutes) / 60
    louder = _unrest(network, size, heard, (), longest, background, weighing)
    scan = _scanned(network, size, heard, pairs, [louder] * len(weighing.look_back_minutes), weighing)
    if not scan.chosen:
        return scan
    rest = [
        _unrest(network, size, heard, scan.chosen, minutes / 60, background, weighing)
        for minutes in weighing.look_back_minutes
    ]
    if all(one == louder for one in rest):
        return scan
    return _scanned(network, size, heard, pairs, rest, weighing)


def _scanned(
    network: Network,
    size: Ints,
    heard: Heard,
    pairs: _Pairs,
    backgrounds: Sequence[Background],
    weighing: Weighing,
) -> Scan:
    count = len(network.ids)
    factor = np.full(count, -np.inf)
    look_back, spoke = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for index, (minutes, background) in enumerate(zip(weighing.look_back_minutes, backgrounds, strict=True)):
        tickets, alarms = _counted(pairs, minutes / 60, count)
        # what has no sign beneath it fails nowhere
        some = np.flatnonzero(tickets + alarms)
        told = np.full(count, -np.inf)
        told[some] = _subscribers_say(
            size[some], tickets[some], alarms[some], minutes / 60, background, weighing
        )
        told += _elements_say(network, heard, minutes / 60, background, weighing)
        better = told > factor
        factor[better], look_back[better] = told[better], index
        spoke[better] = (tickets + alarms)[better]
    factor -= math.log(len(weighing.look_back_minutes))
    worth = factor - weighing.prior
    best, chosen = _best_set(network, worth)
    return Scan(worth, look_back, spoke, best, chosen)


def _paired(network: Network, heard: Heard) -> _Pairs:
    own = np.flatnonzero(heard.subscriber != NONE)
    lineage = network.lineage[heard.element[own]]
    row, column = np.nonzero(lineage != NONE)
    sign, element = own[row], lineage[row, column]
    everybody = int(heard.subscriber.max(initial=0)) + 1
    return _Pairs(
        heard.age_h[sign], element, element * everybody + heard.subscriber[sign], heard.ticket[sign]
    )


def _counted(pairs: _Pairs, hours: float, count: int) -> tuple[Ints, Ints]:
    """Subscribers beneath each element whose first sign of this look-back is a ticket, or an alarm: each counts once."""
    begin = int(np.searchsorted(-pairs.age_h, -hours))
    _, first = np.unique(pairs.who[begin:], return_index=True)
    element, ticket = pairs.element[begin:][first], pairs.ticket[begin:][first]
    return (
        np.bincount(element[ticket], minlength=count),
        np.bincount(element[~ticket], minlength=count),
    )


@lru_cache(maxsize=8)
def _log_gamma(most: int, offset: float) -> Floats:
    """Its logarithm, at offset, 1 + offset, ... most + offset."""
    return np.array([math.lgamma(number + offset) for number in range(most + 1)])


def _subscribers_say(
    size: Ints, tickets: Ints, alarms: Ints, hours: float, background: Background, weighing: Weighing
) -> Floats:
    """The log of a Bayes factor. Tickets under a wrong element may be more than hang there."""
    everybody = np.maximum(np.maximum(size, tickets + alarms), 1)
    silent = everybody - tickets - alarms
    most, own = int(everybody.max(initial=0)), weighing.speaking
    speaks, silence, all_of = (_log_gamma(most, offset) for offset in (own, 1.0, 1 + 2 * own))
    failed = speaks[tickets] + speaks[alarms] + silence[silent] - all_of[everybody]
    failed += math.lgamma(1 + 2 * own) - 2 * math.lgamma(own)
    # less than usual is no sign of failure: the night is quiet, and a network may have no alarms at all
    calls = np.minimum(tickets / everybody, min(0.45, background.tickets * hours))
    rings = np.minimum(alarms / everybody, min(0.45, background.alarms * hours))
    usual = _times_log(tickets, calls) + _times_log(alarms, rings) + _times_log(silent, 1 - calls - rings)
    return np.where(size > 0, failed - usual, -np.inf)


def _times_log(count: Ints, share: Floats) -> Floats:
    return np.asarray(count * np.log(np.where(count > 0, share, 1.0)), np.float64)


def _elements_say(
    network: Network, heard: Heard, hours: float, background: Background, weighing: Weighing
) -> Floats:
    """An element's own alarm speaks for it, and less for those above."""
    said = np.zeros(len(network.ids) + 1)  # the last is where the filling of the lineage goes
    alarmed = np.unique(heard.element[(heard.subscriber == NONE) & (heard.age_h <= hours)])
    usual = min(1.0, background.element_alarms * hours)
    for depth, column in enumerate(network.lineage[alarmed].T):
        likely = weighing.element_speaks if depth == 0 else weighing.beneath_speaks
        np.add.at(said, column, max(0.0, math.log(likely / usual)))
    return said[:-1]


def _best_set(network: Network, worth: Floats) -> tuple[Floats, list[int]]:
    """The elements, none beneath another, whose failures are worth most together: one, or the best ones beneath it."""
    beneath = np.zeros(len(worth) + 1)
    best = np.zeros(len(worth))
    for level in network.levels:
        best[level] = np.maximum(np.maximum(worth[level], beneath[level]), 0)
        np.add.at(beneath, network.parent[level], best[level])
    chosen, open_elements = list[int](), [int(top) for top in np.flatnonzero(network.parent == NONE)]
    children = network.children
    while open_elements:
        element = open_elements.pop()
        if best[element] <= 0:
            continue
        if worth[element] >= beneath[element]:
            chosen.append(element)
        else:
            open_elements += children.get(element, ())
    return best, sorted(chosen)


def _unrest(
    network: Network,
    size: Ints,
    heard: Heard,
    failed: Sequence[int],
    hours: float,
    background: Background,
    weighing: Weighing,
) -> Background:
    """The background by what came that these failures do not explain, where it is more than chance would bring."""
    explained = np.asarray(np.isin(network.lineage, failed).any(axis=1), np.bool_)
    others = float(size[network.parent == NONE].sum() - size[list(failed)].sum())
    rest: Flags = (heard.subscriber != NONE) & (heard.age_h <= hours) & ~explained[heard.element]

    def louder(rate: float, came: int) -> float:
        usual = others * rate * hours
        if came <= usual + 2 * math.sqrt(usual) + 2:
            return rate
        return min(weighing.most_unrest * rate, came / max(others * hours, 1))

    return msgspec.structs.replace(
        background,
        tickets=louder(background.tickets, int(np.count_nonzero(rest & heard.ticket))),
        alarms=louder(background.alarms, int(np.count_nonzero(rest & ~heard.ticket))),
    )
