"""Reasons as data: facts for sentences, all by index, costs in seconds of travel."""

from __future__ import annotations

import msgspec

from optimizer.check import Cause
from optimizer.problem import Record
from optimizer.result import Block, Cost, Result


class Instead(Record, frozen=True):
    """Another place of a stop. `cost` is what the plan would cost more with it there, all other stops in their order;
    negative where it would cost less (the search ran out of time before it saw that)."""

    shift: int
    start: int
    cost: int


class Reason(Record, frozen=True):
    """Why a stop stands where it does.

    `cost` is the plan with the stop minus the plan without it, part by part, its own prize aside: what it delays and who then
    works longer are in it (where the others cannot be served without it, because a detour can be shorter, it is `own`). `own` is the part of it that the stop has to itself: the way there, its outage and lateness, its
    churn. `left_out` is what doing without it would cost instead; None for a job that is never left out. Of two who go together
    both are those of the two, for neither is done alone. What is passed by at a depot for the stop's sake is in its cost. `instead` is the
    cheapest place in any other shift; None if there is none, and then `blocks` counts the other shifts by what blocks each.
    """

    job: int
    shift: int
    start: int
    cost: Cost
    own: Cost
    left_out: int | None
    instead: Instead | None = None
    blocks: dict[Block, int] = msgspec.field(default_factory=dict[Block, int])


class Bar(Record, frozen=True):
    """What keeps a job from being forced somewhere. Of the facts, those that the cause has: the names it lacks, the seconds it
    is too long, the shift, the other job (a mandatory one that would find no place; a partner)."""

    cause: Cause
    shift: int | None = None
    job: int | None = None
    lacks: tuple[str, ...] = ()
    seconds: int | None = None


class Moved(Record, frozen=True):
    """Another job that a forced one moves. `before` and `after` are shifts, None without a place; `seconds` is how much later
    it starts where it stays in its shift (negative: earlier)."""

    job: int
    before: int | None
    after: int | None
    seconds: int = 0


class Forced(Record, frozen=True):
    """What becomes of the plan when a job is forced upon a technician.

    Either `result` is the plan then, true to the oracle, which costs `cost` more than the one before, part by part (less, where
    negative: the search had not found it), with the job in `shift` at `start`, and others `moved`; or `bars` say what prevents
    it. The plan found is a good one, not the best of all: a search could still make it cheaper, never dearer.
    """

    job: int
    technician: int
    result: Result | None = None
    cost: Cost = Cost()
    shift: int | None = None
    start: int | None = None
    moved: tuple[Moved, ...] = ()
    bars: tuple[Bar, ...] = ()
