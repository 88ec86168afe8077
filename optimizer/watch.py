"""When to stop, and the best plan so far: what every engine needs around its search."""

from __future__ import annotations

import time
from collections.abc import Callable

from optimizer.construct import Halted
from optimizer.draft import Draft
from optimizer.ground import Ground
from optimizer.result import Progress, StoppedBy

OnProgress = Callable[[Progress], None]


class Watch:
    """The clock, the request to stop, the stall: one place that decides when enough is enough."""

    def __init__(
        self,
        seconds: float,
        stall_share: float,
        should_stop: Halted | None,
        endless: bool,
        used: float = 0.92,
    ) -> None:
        """`used`: share of the time after which the search stops; what is left is for the polish and the answer."""
        self.began = self.improved = time.monotonic()
        self.seconds = seconds
        self.used = used
        self.stall = seconds * stall_share
        self.should_stop = should_stop
        self.endless = endless
        self.stopped_by = StoppedBy.COMPLETE

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began

    def halted(self) -> bool:
        """The search should stop: asked, out of time but for what follows, or stalled."""
        if self.should_stop is not None and self.should_stop():
            self.stopped_by = StoppedBy.REQUEST
        elif self.endless:
            return False
        elif self.elapsed() > self.seconds * self.used - 0.05:
            self.stopped_by = StoppedBy.TIME
        elif time.monotonic() - self.improved > self.stall:
            self.stopped_by = StoppedBy.STALL
        return self.stopped_by != StoppedBy.COMPLETE

    def left(self) -> float:
        """Seconds until the search should stop."""
        return max(0.0, self.seconds * self.used - 0.05 - self.elapsed())

    def progress(self, cost: float, unassigned: int) -> Progress:
        """What a listener is told of a better plan."""
        return Progress(
            seconds=self.elapsed(), cost=round(cost), unassigned=unassigned, budget_seconds=self.seconds
        )

    def over(self) -> bool:
        """The polish should stop, too."""
        return self.stopped_by == StoppedBy.REQUEST or not (
            self.endless or self.elapsed() < self.seconds * 0.97
        )

    def for_seconds(self, seconds: float) -> Halted:
        """True once so much more time has passed, or the search should stop."""
        until = time.monotonic() + seconds
        return lambda: time.monotonic() > until or self.halted()

    def at_share(self, share: float) -> Halted:
        """True once a share of the time has passed, or on request."""

        def passed() -> bool:
            if self.should_stop is not None and self.should_stop():
                self.stopped_by = StoppedBy.REQUEST
                return True
            return not self.endless and self.elapsed() > self.seconds * share

        return passed


class Keeper:
    """The best exact plan so far."""

    def __init__(self, ground: Ground, watch: Watch, on_progress: OnProgress | None) -> None:
        self.ground = ground
        self.watch = watch
        self.on_progress = on_progress
        self.best = Draft(ground)
        self.price = self.best.price()

    def offer(self, draft: Draft) -> None:
        """Keep the draft if it is better; the caller does not change it afterwards."""
        price = draft.price()
        if price < self.price - 0.01:
            self.best, self.price = draft, price
            self.watch.improved = time.monotonic()
            if self.on_progress is not None:
                self.on_progress(self._progress())

    def _progress(self) -> Progress:
        return Progress(
            seconds=self.watch.elapsed(),
            cost=round(self.price),
            unassigned=len(self.best.left_out()),
            budget_seconds=self.watch.seconds,
        )
