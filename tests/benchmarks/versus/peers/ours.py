"""line3's own optimizer, called as the solving process calls it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

from optimizer.cities import Shape
from optimizer.days import Weather, day
from optimizer.result import Progress, Result, Route
from optimizer.solve import solve as solved
from tests.benchmarks.versus.terms import Budget, Found, Row, Terms
from tests.benchmarks.versus.told import common


def version() -> str:
    try:
        return installed("line3")
    except PackageNotFoundError:
        return "this checkout"


def prepare() -> None:
    """What is compiled, or loaded from the compiler's cache, belongs to the start of a process, like anybody's imports."""
    tiny = day(6, 2, shape=Shape.CENTRE, weather=Weather.CALM, seed=0)
    solved(common(tiny), seconds=0.5, stall_share=1.0)


def solve(terms: Terms, budget: Budget) -> Found:
    """The whole time is used: it does not stop on a stall."""
    trace: list[tuple[float, float]] = []

    def note(progress: Progress) -> None:
        trace.append((budget.elapsed(), float(progress.cost)))

    result = call(terms, budget, note)
    return Found(
        rows=tuple(map(_row, result.routes)),
        cost=float(result.cost.total),
        trace=(*trace, (budget.elapsed(), float(result.cost.total))),
        result=result,
    )


def _row(route: Route) -> Row:
    jobs = tuple(stop.job for stop in route.stops)
    if route.supply is None:
        return Row(shift=route.shift, jobs=jobs)
    return Row(shift=route.shift, jobs=jobs, depot=route.supply.depot, before=route.supply.before)


def call(terms: Terms, budget: Budget, note: object) -> Result:
    """The one place that knows how the optimizer is called."""
    return solved(
        terms.problem,
        seconds=terms.seconds - budget.elapsed(),
        seed=terms.seed,
        on_progress=note,  # pyright: ignore[reportArgumentType]
        should_stop=budget.over,
        stall_share=1.0,
        threads=terms.threads,
    )
