"""What decides: the questions a world asks of a policy, and what a policy may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeAlias

from optimizer.problem import Window
from optimizer.simulate.stream import DAY_S, Fault, Stream

LEAST_LEFT_S = 300
"""Work that has already taken its time is expected to take this much longer."""


class Go(NamedTuple):
    """Drive to this fault now, and mend it."""

    fault: int


class Rest(NamedTuple):
    """Take the break now, here."""


class Wait(NamedTuple):
    """Stay here until then, unless something happens."""

    until: int


Step: TypeAlias = Go | Rest | Wait | None
"""None: there is nothing to do; at the end of the shift the technician goes home."""


class Busy(NamedTuple):
    """What is known of what a technician is doing."""

    fault: Fault | None
    """None: a break."""
    left_at: int
    drive_s: int
    """As expected."""
    earliest: int
    """No work begins before; of a break, its end."""
    arrived_at: int | None = None
    """None: still on the way."""


class Sight:
    """The world as a dispatcher sees it: what was reported, promised and told so far. What is to come is not in it."""

    def __init__(self, stream: Stream) -> None:
        self.now = 0
        self.crew, self.points = stream.crew, stream.points
        self.expected, self.distance = stream.expected, stream.distance
        self.open: dict[int, Fault] = {}
        """Reported, and nobody on the way."""
        self.promises: dict[int, Window] = {}
        """Of open faults; a promise that can no longer be kept is none."""
        self.places = [worker.home for worker in stream.crew]
        """Where each technician is, or will be once free."""
        self.busy: dict[int, Busy] = {}
        self.rested: set[tuple[int, int]] = set()
        """Had their break: technician and day."""
        self.gone: set[tuple[int, int]] = set()
        """Went home."""

    @property
    def today(self) -> int:
        return self.now // DAY_S

    @property
    def midnight(self) -> int:
        return self.today * DAY_S

    def window(self, fault: Fault) -> Window | None:
        """The promise that can still be kept."""
        promised = self.promises.get(fault.number)
        return promised if promised is not None and promised.latest >= self.now else None

    def drive_s(self, origin: int, target: int) -> int:
        """As expected."""
        return int(self.expected[origin, target])

    def free_at(self, technician: int) -> int:
        """When the technician is expected to be free, on shift."""
        begins = self.midnight + self.crew[technician].start
        busy = self.busy.get(technician)
        if busy is None:
            return max(self.now, begins)
        if busy.fault is None:
            return busy.earliest
        arrives = busy.arrived_at
        if arrives is None:
            arrives = max(self.now, busy.left_at + busy.drive_s)
        ends = max(arrives, busy.earliest) + busy.fault.service_s
        return ends if self.now < ends else self.now + LEAST_LEFT_S

    def has_rested(self, technician: int) -> bool:
        """Today, or there is no break to take."""
        return self.crew[technician].rest is None or (technician, self.today) in self.rested

    def idle(self) -> list[int]:
        """On shift, and with nothing to do."""
        return [
            number
            for number, worker in enumerate(self.crew)
            if number not in self.busy
            and (number, self.today) not in self.gone
            and self.now >= self.midnight + worker.start
        ]


class Policy(Protocol):
    """A way to run the days, made for one `Sight`. It is asked at the instants of the world, and answers at once."""

    @property
    def moves(self) -> int:
        """Visits that changed hands, or moved by more than half an hour, because a plan was changed after it was out."""
        ...

    def offers(self, fault: Fault, windows: Sequence[Window]) -> Sequence[Window]:
        """Of the windows that suit the subscriber, those that are offered. The earliest of them becomes a promise."""
        ...

    def reported(self, fault: Fault) -> None:
        """It is open now; `Sight.promises` has what was promised."""
        ...

    def step(self, technician: int) -> Step:
        """What an idle technician does next."""
        ...

    def wakes_at(self) -> int | None:
        """When `wake` is to be called next, by all that is known now."""
        ...

    def wake(self) -> None:
        """The hour has come."""
        ...
