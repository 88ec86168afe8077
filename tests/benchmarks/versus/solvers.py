"""Who takes part: what each can be told, and at which settings it runs. Knows no adapter, so nothing has to be installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from optimizer.problem import Problem
from tests.benchmarks.versus.peers.loads import alike, loads
from tests.benchmarks.versus.told import Trait


class Solver(NamedTuple):
    """`key` is the adapter's module, `package` what to install. `settings` offers all that are worth trying for a problem, the
    one that did best in trials first; the choice sees the kind and size of the problem, never which one it is."""

    key: str
    name: str
    package: str
    words: frozenset[Trait]
    single_threaded: bool
    seeded: bool
    settings: Callable[[Problem], tuple[str, ...]]


def _ours(_: Problem) -> tuple[str, ...]:
    return ("default",)


def _pyvrp(problem: Problem) -> tuple[str, ...]:
    """Depots hand out loads, but no skills; the smallest fleet is looked for among equals that must serve all."""
    alone = len(alike(problem, loads(problem))) == 1 and all(job.mandatory for job in problem.jobs)
    if problem.weights.shift_used and alone:
        return ("fleet", "plain")
    if problem.depots:
        return ("profiles", "prizes")
    if any(job.skills for job in problem.jobs):
        return ("profiles", "loads")
    return ("plain",)


def _vroom(problem: Problem) -> tuple[str, ...]:
    """The highest that comes to its end in about a minute of one core: 20 s for level 5 at 200 jobs, 28 for 2 at 500."""
    bounds = ((250, 5), (600, 3), (1_200, 1))
    best = next((level for most, level in bounds if len(problem.jobs) <= most), 0)
    return tuple(str(level) for level in sorted(range(6), key=lambda level: (abs(level - best), level)))


def _vrpcli(problem: Problem) -> tuple[str, ...]:
    values = any(job.prize for job in problem.jobs)
    return ("pools", "pool", "unassigned") if values else ("pools", "pool")


def _ortools(_: Problem) -> tuple[str, ...]:
    return ("light", "guided", "tabu", "annealing")


SOLVERS = (
    Solver("ours", "line3", "line3", frozenset(Trait), False, True, _ours),
    Solver(
        "pyvrp",
        "PyVRP",
        "pyvrp",
        frozenset({Trait.SHIFTS, Trait.DURATION, Trait.DEPOTS, Trait.TOOLS}),
        True,
        True,
        _pyvrp,
    ),
    Solver("vroom", "VROOM", "pyvroom", frozenset({Trait.SHIFTS}), False, False, _vroom),
    Solver(
        "ortools",
        "OR-Tools",
        "ortools",
        frozenset({Trait.SHIFTS, Trait.DURATION, Trait.DEPOTS, Trait.TOOLS, Trait.OUTAGE}),
        True,
        False,
        _ortools,
    ),
    Solver("vrpcli", "vrp-cli", "vrp-cli", frozenset({Trait.SHIFTS}), False, False, _vrpcli),
)
