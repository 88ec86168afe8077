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


class _Counted(msgspec.Struct, frozen=True):
    """What was heard in each look-back: the same whatever is usual. By cell, one look-back of one element beneath which there is a
    sign in it; what has none fails nowhere."""

    hours: Floats
    """Of each look-back."""
    begin: Ints
    """The first sign of each."""
    some: Ints
    """Elements that have a cell: of thousands a few hundred."""
    look_back: Ints
    column: Ints
    """Which of these."""
    tickets: Ints
    """Subscribers whose first sign is a ticket."""
    alarms: Ints
    silent: Ints
    failed: Floats
    """The log of how likely so many signs are where the element has failed."""
    alarmed: Ints
    """Elements that said something themselves."""
    still: Flags
    """Of these (column), which did so within a look-back (row)."""


def scanned(network: Network, size: Ints, heard: Heard, background: Background, weighing: Weighing) -> Scan:
    """`size`: subscribers beneath each that may still go dark. What comes from everywhere (a storm of calls, tickets of a large
    outage under wrong elements) is background: first all that comes in the longest look-back, then, in each, all that no
    failure explains."""
    counted = _counted(network, size, heard, weighing)
    longest = int(np.argmax(counted.hours))
    louder = _unrest(network, size, heard, counted, (), background, weighing)[longest]
    scan = _scanned(network, counted, [louder] * len(counted.hours), weighing)
    if not scan.chosen:
        return scan
    rest = _unrest(network, size, heard, counted, scan.chosen, background, weighing)
    if all(one == louder for one in rest):
        return scan
    return _scanned(network, counted, rest, weighing)


def _scanned(
    network: Network, counted: _Counted, backgrounds: Sequence[Background], weighing: Weighing
) -> Scan:
    some = counted.some
    cells, shape = (counted.look_back, counted.column), (len(counted.hours), len(some))
    told, counts = np.full(shape, -np.inf), np.zeros(shape, np.int64)
    told[cells], counts[cells] = _subscribers_say(counted, backgrounds), counted.tickets + counted.alarms
    if len(counted.alarmed):
        told += _elements_say(network, counted, backgrounds, weighing)
    best_of, everywhere = told.argmax(axis=0), np.arange(len(some))
    worth = np.full(len(network.ids), -np.inf)
    look_back, spoke = (np.zeros(len(network.ids), np.int64) for _ in range(2))
    worth[some] = told[best_of, everywhere] - math.log(shape[0]) - weighing.prior
    look_back[some], spoke[some] = best_of, counts[best_of, everywhere]
    best, chosen = _best_set(network, worth)
    return Scan(worth, look_back, spoke, best, chosen)


def _counted(network: Network, size: Ints, heard: Heard, weighing: Weighing) -> _Counted:
    hours = np.array(weighing.look_back_minutes) / 60
    begin = np.searchsorted(-heard.age_h, -hours)
    some, of_tickets, of_alarms = _subscribers_beneath(network, size, heard, begin)
    cells = np.nonzero(of_tickets + of_alarms)
    tickets, alarms = of_tickets[cells], of_alarms[cells]
    # tickets under a wrong element may be more than hang there
    silent = np.maximum(size[some[cells[1]]] - tickets - alarms, 0)
    own = heard.subscriber == NONE
    alarmed, which = np.unique(heard.element[own], return_inverse=True)
    youngest = np.full(len(alarmed), np.inf)
    np.minimum.at(youngest, which, heard.age_h[own])
    return _Counted(
        hours=hours,
        begin=begin,
        some=some,
        look_back=cells[0],
        column=cells[1],
        tickets=tickets,
        alarms=alarms,
        silent=silent,
        failed=_failed(tickets, alarms, silent, weighing),
        alarmed=alarmed,
        still=youngest <= hours[:, None],
    )


def _subscribers_beneath(network: Network, size: Ints, heard: Heard, begin: Ints) -> tuple[Ints, Ints, Ints]:
    """Elements with a sign beneath them, and of each (column) and look-back (row) the subscribers whose first sign of it is a ticket,
    or an alarm. Each counts once."""
    own = np.flatnonzero(heard.subscriber != NONE)
    lineage = network.lineage[heard.element[own]]
    row, column = np.nonzero(lineage != NONE)
    sign, element = own[row], lineage[row, column]
    # of the pair of element and subscriber: what it had said before
    who = element * (int(heard.subscriber.max(initial=0)) + 1) + heard.subscriber[sign]
    order = np.argsort(who, kind="stable")
    again = np.flatnonzero(who[order][1:] == who[order][:-1])
    before = np.full(len(sign), NONE)
    before[order[again + 1]] = sign[order[again]]
    some, place = _placed(network, element[size[element] > 0])
    look_back, pair = np.nonzero((before < begin[:, None]) & (sign >= begin[:, None]) & (size[element] > 0))
    cell, ticket = look_back * len(some) + place[element[pair]], heard.ticket[sign[pair]]
    shape = (len(begin), len(some))
    of_tickets, of_alarms = (
        np.bincount(cell[of_kind], minlength=shape[0] * shape[1]).reshape(shape)
        for of_kind in (ticket, ~ticket)
    )
    return some, of_tickets, of_alarms


def _placed(network: Network, elements: Ints) -> tuple[Ints, Ints]:
    """These elements once each, and the place of each element among them: what is none of them has the place behind the last, as the
    filling of a lineage has."""
    seen = np.zeros(len(network.ids), bool)
    seen[elements] = True
    some = np.flatnonzero(seen)
    place = np.full(len(network.ids) + 1, len(some))
    place[some] = np.arange(len(some))
    return some, place


@lru_cache(maxsize=8)
def _log_gamma(most: int, offset: float) -> Floats:
    """Its logarithm, at offset, 1 + offset, ... most + offset."""
    return np.array([math.lgamma(number + offset) for number in range(most + 1)])


def _failed(tickets: Ints, alarms: Ints, silent: Ints, weighing: Weighing) -> Floats:
    everybody, own = tickets + alarms + silent, weighing.speaking
    # as many as ever hang beneath one, in powers of two: made once and not for each number
    most = 1 << int(everybody.max(initial=1)).bit_length()
    speaks, silence, all_of = (_log_gamma(most, offset) for offset in (own, 1.0, 1 + 2 * own))
    likely = speaks[tickets] + speaks[alarms] + silence[silent] - all_of[everybody]
    return np.asarray(likely + math.lgamma(1 + 2 * own) - 2 * math.lgamma(own), np.float64)


def _subscribers_say(counted: _Counted, backgrounds: Sequence[Background]) -> Floats:
    """The log of a Bayes factor, by cell."""
    everybody = counted.tickets + counted.alarms + counted.silent
    most_calls, most_rings = (
        np.minimum(0.45, np.array(rates) * counted.hours)[counted.look_back]
        for rates in ([one.tickets for one in backgrounds], [one.alarms for one in backgrounds])
    )
    # less than usual is no sign of failure: the night is quiet, and a network may have no alarms at all
    calls = np.minimum(counted.tickets / everybody, most_calls)
    rings = np.minimum(counted.alarms / everybody, most_rings)
    usual = (
        _times_log(counted.tickets, calls)
        + _times_log(counted.alarms, rings)
        + _times_log(counted.silent, 1 - calls - rings)
    )
    return counted.failed - usual


def _times_log(count: Ints, share: Floats) -> Floats:
    return np.asarray(count * np.log(np.where(count > 0, share, 1.0)), np.float64)


def _elements_say(
    network: Network, counted: _Counted, backgrounds: Sequence[Background], weighing: Weighing
) -> Floats:
    """An element's own alarm speaks for it, and less for those above."""
    some, place = _placed(network, counted.some)
    said = np.zeros((len(some) + 1, len(backgrounds)))
    usual = np.minimum(1.0, np.array([one.element_alarms for one in backgrounds]) * counted.hours)
    for depth, column in enumerate(network.lineage[counted.alarmed].T):
        likely = weighing.element_speaks if depth == 0 else weighing.beneath_speaks
        np.add.at(said, place[column], counted.still.T * np.maximum(0.0, np.log(likely / usual)))
    return said[:-1].T


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
    counted: _Counted,
    failed: Sequence[int],
    background: Background,
    weighing: Weighing,
) -> list[Background]:
    """Of each look-back, the background by what came that these failures do not explain, where it is more than chance would bring."""
    others = float(size[network.parent == NONE].sum() - size[list(failed)].sum())
    rest: Flags = heard.subscriber != NONE
    if failed:
        explained = np.asarray(np.isin(network.lineage, failed).any(axis=1), np.bool_)
        rest &= ~explained[heard.element]
    came = [_since(rest & of_kind, counted.begin) for of_kind in (heard.ticket, ~heard.ticket)]

    def louder(rate: float, hours: float, came: int) -> float:
        usual = others * rate * hours
        if came <= usual + 2 * math.sqrt(usual) + 2:
            return rate
        return min(weighing.most_unrest * rate, came / max(others * hours, 1))

    return [
        msgspec.structs.replace(
            background,
            tickets=louder(background.tickets, hours, tickets),
            alarms=louder(background.alarms, hours, alarms),
        )
        for hours, tickets, alarms in zip(counted.hours.tolist(), *came, strict=True)
    ]


def _since(flags: Flags, begin: Ints) -> list[int]:
    """How many stand from each of these places on."""
    so_far = np.concatenate(([0], np.cumsum(flags)))
    return [int(one) for one in so_far[-1] - so_far[begin]]
