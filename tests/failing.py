"""A made-up network in which elements fail: who calls, what alarms, what comes in while nothing has failed.

Times are seconds from the story's begin. All chance comes from the seed.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from db.records import NetworkElement
from dispatch.rules.bursts import Sign, SignKind
from dispatch.rules.networks import Network, network_of

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
KINDS = ("olt", "splitter", "cabinet", "segment", "house")
BRANCHES = ((4, 4), (6, 10), (3, 5), (2, 4), (3, 7))
"""How many of each hang on one of the kind before, from and to."""
FEWEST_DARK = 16


@dataclass(frozen=True)
class Habits:
    """How people and terminals behave. What differs from one outage to the next is drawn between two bounds."""

    subscribers: int = 4_000
    tickets_an_hour: float = 30.0
    wrong: float = 0.1
    """Of all tickets, those that name a house picked at random."""
    alarms_an_hour: float = 60.0
    """Of single terminals: people unplug them."""
    watched: float = 1.0
    """Of the terminals, those whose alarms reach us."""
    missing: float = 0.1
    """Of their alarms, those that do not."""
    alarm_delay: float = 45.0
    """Mean, exponential."""
    element_alarms_an_hour: float = 0.5
    """Of elements that have not failed."""
    speaking_kinds: Sequence[str] = ("olt",)
    """Kinds with power and an address of their own: splitters and cables have none."""
    calling: tuple[float, float] = (0.2, 0.6)
    """The share that calls."""
    call_delay: tuple[float, float] = (5 * 60.0, 15 * 60.0)
    """Median; the delays are log-normal."""
    call_spread: float = 1.0


@dataclass(frozen=True)
class Failure:
    """An element is dark from then on."""

    element: int
    at: float


@dataclass(frozen=True)
class Story:
    """Signs in the order in which they come."""

    network: Network
    failures: Sequence[Failure]
    signs: Sequence[tuple[float, Sign]]
    of: dict[UUID, int] = field(default_factory=dict[UUID, int])
    """Which failure a sign comes from."""


def grown(rng: random.Random, habits: Habits) -> tuple[Network, list[str]]:
    """A network, and the kind of each element by its number."""
    elements = list[NetworkElement]()
    level: list[UUID | None] = [None]
    for kind, (low, high) in zip(KINDS, BRANCHES, strict=True):
        below = list[UUID | None]()
        for parent in level:
            for _ in range(rng.randint(low, high)):
                made = _element(rng, parent, kind)
                elements.append(made)
                below.append(made.network_element_id)
        level = below
    weights = [rng.lognormvariate(0, 0.8) for _ in level]
    houses = rng.choices([house for house in level if house is not None], weights, k=habits.subscribers)
    network = network_of(elements, {_uuid(rng): house for house in houses})
    kinds = {element.network_element_id: element.kind for element in elements}
    return network, [kinds[element_id] for element_id in network.ids]


def _element(rng: random.Random, parent: UUID | None, kind: str) -> NetworkElement:
    own = _uuid(rng)
    return NetworkElement(
        area_id=UUID(int=1), network_element_id=own, parent_id=parent, kind=kind, name=kind, place_id=None
    )


def _uuid(rng: random.Random) -> UUID:
    return UUID(int=rng.getrandbits(128))


class Teller:
    """Tells what comes in between two times, failures and all."""

    def __init__(self, seed: int, habits: Habits) -> None:
        self.rng, self.habits = random.Random(seed), habits
        self.network, self.kinds = grown(self.rng, habits)
        self.homes = list(self.network.home_of.items())
        self.houses = [number for number, kind in enumerate(self.kinds) if kind == "house"]
        self.watched = {who for who, _ in self.homes if self.rng.random() < habits.watched}
        self.signs = list[tuple[float, Sign]]()
        self.of = dict[UUID, int]()

    def fails(self, at: float, beside: Sequence[Failure] = ()) -> Failure:
        """An element at random of those that darken enough, on no branch of the others."""
        able = [
            element
            for element in range(len(self.kinds))
            if self.network.size[element] >= FEWEST_DARK
            and not any(self.network.on_one_branch(element, other.element) for other in beside)
        ]
        return Failure(self.rng.choice(able), at)

    def told(self, until: float, failures: Sequence[Failure] = ()) -> Story:
        rng, habits = self.rng, self.habits
        for at in self._when(habits.tickets_an_hour, until):
            self._calls(at, *rng.choice(self.homes))
        for at in self._when(habits.alarms_an_hour * habits.watched, until):
            who, home = rng.choice(self.homes)
            self._says(at, SignKind.ALARM, home, who)
        speaking = [element for element, kind in enumerate(self.kinds) if kind in habits.speaking_kinds]
        for at in self._when(habits.element_alarms_an_hour if speaking else 0, until):
            self._says(at, SignKind.ALARM, rng.choice(speaking), None)
        for number, failure in enumerate(failures):
            self._goes_dark(number, failure)
        self.signs = sorted((one for one in self.signs if one[0] < until), key=lambda one: one[0])
        return Story(self.network, failures, self.signs, self.of)

    def _goes_dark(self, number: int, failure: Failure) -> None:
        rng, habits, before = self.rng, self.habits, len(self.signs)
        share, median = rng.uniform(*habits.calling), rng.uniform(*habits.call_delay)
        dark = self.network.beneath(failure.element)
        for who, home in self.homes:
            if not dark[home]:
                continue
            if who in self.watched and rng.random() >= habits.missing:
                self._says(failure.at + rng.expovariate(1 / habits.alarm_delay), SignKind.ALARM, home, who)
            if rng.random() < share:
                delay = rng.lognormvariate(math.log(median), habits.call_spread)
                self._calls(failure.at + delay, who, home)
        for element, kind in enumerate(self.kinds):
            if dark[element] and kind in habits.speaking_kinds and rng.random() >= habits.missing:
                self._says(
                    failure.at + rng.expovariate(1 / habits.alarm_delay), SignKind.ALARM, element, None
                )
        self.of |= {sign.sign_id: number for _, sign in self.signs[before:]}

    def _when(self, an_hour: float, until: float) -> list[float]:
        found, at = list[float](), 0.0
        while an_hour > 0 and (at := at + self.rng.expovariate(an_hour / 3600)) < until:
            found.append(at)
        return found

    def _calls(self, at: float, who: UUID, home: int) -> None:
        wrong = self.rng.random() < self.habits.wrong
        self._says(at, SignKind.TICKET, self.rng.choice(self.houses) if wrong else home, who)

    def _says(self, at: float, kind: SignKind, element: int, who: UUID | None) -> None:
        sign = Sign(
            sign_id=_uuid(self.rng),
            kind=kind,
            at=instant(at),
            element_id=self.network.ids[element],
            subscriber_id=who,
        )
        self.signs.append((at, sign))


def instant(at: float) -> datetime:
    return BEGIN + timedelta(seconds=at)
