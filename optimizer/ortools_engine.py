"""The OR-Tools engine: regret insertion, guided local search in OR-Tools' routing model, exact repair and polish.

The signature of `solve` is the whole interface of an engine; a stronger one slips in by offering the same.

What the routing model says of the problem is a close relaxation, and every plan that it finds is timed, repaired and priced
exactly here (`Draft`), so that only exact plans are ever compared, kept or reported:
- the model's clock stands still during the commonest break of each day, wherever that catches the technician;
- a job both dark and due counts its outage only; `published_start` counts only as lateness; unfairness not at all;
- frozen stops are cut off: their shift starts where and when the last of them ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final, cast

from ortools.constraint_solver import routing_enums_pb2

from optimizer.construct import Halted, fill, hurry
from optimizer.draft import Draft
from optimizer.ground import Ground
from optimizer.ortools_model import Model, cp
from optimizer.polish import insert_profitable, polish, ruin, shake
from optimizer.problem import BadProblem, Problem
from optimizer.result import Result, Route
from optimizer.schedule import Timing, timing
from optimizer.watch import Keeper, OnProgress, Watch

NAME: Final = "ortools"
ASK_EVERY: Final = 64
"""Neighbours between two looks at the clock (about a million a second are tried)."""
HOUR_S: Final = 3_600
ROUNDS_MAX: Final = 1_000
ROUNDS_COUNTED: Final = 4
"""Turns that share the iterations where these are the limit."""
CLOSE: Final = 1.003
"""The model's plans up to this much above its best are timed and priced exactly, too."""

enums = cast(Any, routing_enums_pb2)


def solve(
    problem: Problem,
    *,
    seconds: float = 10.0,
    seed: int = 0,
    warm: Sequence[Route] = (),
    on_progress: OnProgress | None = None,
    should_stop: Halted | None = None,
    stall_share: float = 0.5,
    iterations: int | None = None,
) -> Result:
    """Solve within `seconds` of wall-clock time, all told; raises `BadProblem`.

    `warm`: routes to start from; they are repaired and filled up, and given up only for something cheaper.
    `on_progress` hears of each better plan. `should_stop` is asked all the time: true means "good enough".
    `stall_share`: give up after this share of `seconds` without a better plan.
    `iterations`: neighbours that the routing model may look at, instead of the clock: the same answer every time.
    The result's `unassigned` carry no reasons yet (`explain.explained` adds them).
    """
    if not known_to_model(problem):
        raise BadProblem("engine", "depots, partners, levels, speeds and durations are for the search engine")
    watch = Watch(seconds, stall_share, should_stop, iterations is not None)
    ground = Ground(problem)
    keeper = Keeper(ground, watch, on_progress)
    for draft in _starts(ground, warm, watch):
        keeper.offer(draft)
        better = draft.copy()
        polish(better, watch.at_share(0.4))
        keeper.offer(better)
    _rounds(keeper, seed, iterations)
    _polish(keeper, watch.over)
    return keeper.best.result(engine=NAME, seconds=watch.elapsed(), stopped_by=watch.stopped_by)


def known_to_model(problem: Problem) -> bool:
    """The routing model says everything but depots, partners, levels, speeds and a price on being away."""
    return not (
        problem.depots
        or problem.weights.duration
        or any(job.partner is not None or job.service_by_level for job in problem.jobs)
        or any(technician.speed_percent != 100 for technician in problem.technicians)
    )


def _polish(keeper: Keeper, halted: Halted) -> None:
    best = keeper.best.copy()
    polish(best, halted)
    keeper.offer(best)


def _rounds(keeper: Keeper, seed: int, iterations: int | None) -> None:
    """Search and polish in turns: the polish is exact where the model is not.

    In between, single neighbourhoods are emptied and refilled exactly (`shake`), for as long: with hundreds of jobs that
    finds more than OR-Tools does. OR-Tools' search takes the same way from the same start, whatever its seed: each turn but the first starts from the
    best plan without the jobs around a random one, and takes longer the longer nothing better has been found.
    """
    random, watch = Random(seed), keeper.watch
    seconds = max(1.0, watch.seconds / 20)
    if iterations is not None:
        iterations = iterations // ROUNDS_COUNTED + 1
    for turn in range(ROUNDS_MAX if iterations is None else ROUNDS_COUNTED):
        if watch.halted():
            return
        model = Model(keeper.ground)
        if not model.jobs:
            return
        before, start = keeper.price, keeper.best.copy()
        if turn:
            ruin(start, random, min(40, 2 + len(model.jobs) // 10))
        Search(keeper, model, start, iterations, seconds).run()
        if not watch.halted():
            _polish(keeper, watch.halted)
        if iterations is None:
            keeper.offer(shake(keeper.best, random, watch.for_seconds(seconds)))
        seconds *= 1.0 if keeper.price < before else 1.3


def _starts(ground: Ground, warm: Sequence[Route], watch: Watch) -> Iterator[Draft]:
    """The present routes filled up; a plan from nothing in a hurry; one by regret. Each may be the best by far."""
    enough = watch.at_share(0.3)
    if warm:
        draft = Draft.of(ground, warm)
        fill(draft, enough)
        yield draft
    for construct in (hurry, fill):
        if construct is hurry or not enough():
            draft = Draft(ground)
            construct(draft, enough)
            yield draft


class Search:
    """One guided local search over a model, from a start; the keeper hears of every plan worth a look."""

    def __init__(
        self, keeper: Keeper, model: Model, start: Draft, iterations: int | None, seconds: float
    ) -> None:
        self.keeper, self.model, self.start, self.iterations = keeper, model, start, iterations
        self.seconds = seconds
        self.least = 1 << 62
        self.asked = 0
        self.known: dict[tuple[int, tuple[int, ...]], Timing | None] = {}

    def run(self) -> None:
        """Search until the watch says stop."""
        routing, watch = self.model.routing, self.keeper.watch
        routing.AddSearchMonitor(routing.solver().CustomLimit(self._halted))
        routing.AddAtSolutionCallback(self._found)
        parameters = self._parameters()
        routing.CloseModelWithParameters(parameters)
        if watch.halted():
            return
        start = routing.ReadAssignmentFromRoutes(self.model.rows_from(self.start), True)
        if start is None:
            routing.SolveWithParameters(parameters)
        else:
            routing.SolveFromAssignmentWithParameters(start, parameters)

    def _parameters(self) -> object:
        parameters = cp.DefaultRoutingSearchParameters()
        parameters.first_solution_strategy = enums.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
        parameters.local_search_metaheuristic = enums.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        parameters.time_limit.FromSeconds(HOUR_S)
        if self.iterations is None:
            left = self.keeper.watch.seconds * 0.92 - self.keeper.watch.elapsed()
            parameters.time_limit.FromMilliseconds(int(1000 * max(0.01, min(left, self.seconds))))
        parameters.lns_time_limit.FromMilliseconds(100)
        return parameters

    def _halted(self) -> bool:
        self.asked += 1
        if self.iterations is not None and self.asked > self.iterations:
            return True
        return self.asked % ASK_EVERY == 0 and self.keeper.watch.halted()

    def _found(self) -> None:
        """Time and price the plan that the model has found, if the model thinks it is among its best."""
        cost = int(self.model.routing.CostVar().Value())
        if cost >= self.least * CLOSE:
            return
        self.least = min(self.least, cost)
        draft = self._draft()
        if draft.price() < self.keeper.price * 1.02:
            insert_profitable(draft)
        self.keeper.offer(draft)

    def _draft(self) -> Draft:
        """The model's plan made exact: rows that have no true schedule lose stops, cheapest first."""
        ground = self.keeper.ground
        draft = Draft(ground)
        for shift, row in zip(self.model.shifts, self.model.rows_now(), strict=True):
            whole = [*ground.chains[shift], *row]
            while row and self._times(shift, whole) is None:
                victim = min(row, key=lambda job: ground.left_out[job])
                row.remove(victim)
                whole.remove(victim)
            if row:
                draft.put(shift, whole, self._times(shift, whole))
        return draft

    def _times(self, shift: int, row: list[int]) -> Timing | None:
        key = shift, tuple(row)
        if key not in self.known:
            if len(self.known) > 200_000:
                self.known.clear()
            self.known[key] = timing(self.keeper.ground, shift, row)
        return self.known[key]
