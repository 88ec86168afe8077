"""What if: asked of the days as they are, and tried by a worker. Two searches, one with what is supposed and one without."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from db.pool import Database
from db.records import SupposedChange, WhatIf, WhatIfProgress
from dispatch.actors import Actor
from dispatch.clock import Clock
from dispatch.errors import DaysImpossible
from dispatch.flows import plans, what_ifs
from dispatch.rules.plans import Prepared, State, carried, prepare
from dispatch.rules.supposing import answer_of, suppose
from dispatch.solver import SolveFailed, Solver, verify
from dispatch.travelling import Travelled
from optimizer.check import check
from optimizer.refit import refit
from optimizer.result import Progress, Result

PROGRESS_SECONDS = 0.5

Travelling = Callable[[State], Awaitable[Travelled]]


async def ask(
    database: Database,
    *,
    area_id: UUID,
    on_day: date,
    changes: Sequence[SupposedChange],
    budget: timedelta | None,
    seed: int,
    actor: Actor,
    now: datetime,
) -> WhatIf:
    """Raises `DaysImpossible`, `NotSupposable`."""
    state = await _read(database, actor.areas, area_id, on_day, now)
    return await database.transact(
        actor.areas,
        lambda conn: what_ifs.ask(
            conn, state=state, changes=changes, budget=budget, seed=seed, actor=actor, now=now
        ),
    )


async def _read(
    database: Database, seen: Sequence[UUID], area_id: UUID, on_day: date, now: datetime
) -> State:
    """Raises `DaysImpossible`."""
    async with database.begin(seen, snapshot=True) as conn:
        first_on, last_on = await what_ifs.days_meant(conn, area_id=area_id, on_day=on_day, now=now)
        return await plans.read_days(conn, area_id=area_id, first_on=first_on, last_on=last_on, now=now)


async def try_out(
    database: Database,
    solver: Solver,
    travelling: Travelling,
    clock: Clock,
    *,
    area_id: UUID,
    what_if_id: UUID,
    seen: Sequence[UUID],
) -> None:
    """Answer it, or say why not. Done again, it finds it done. `seen`: the areas that the worker may look into."""
    async with database.begin(seen, snapshot=True) as conn:
        trial = await what_ifs.find_open(conn, area_id=area_id, what_if_id=what_if_id)
    if trial is None:
        return
    asked, searching = trial.asked, _Searching(database, solver, trial.asked, seen)
    try:
        state = await _read(database, seen, area_id, asked.on_day, clock())
        supposed = suppose(state, asked.changes, trial.depots)
        before, after = [prepare(side, (await travelling(side)).ways) for side in (state, supposed)]
        without, with_it = await searching.search(before), await searching.search(after)
    except (DaysImpossible, SolveFailed) as error:
        why = str(error)
        await database.transact(seen, lambda conn: what_ifs.fail(conn, asked=asked, why=why, now=clock()))
        return
    left = before, await _better(before, without, after, with_it)
    right = after, await _better(after, with_it, before, without)
    found = answer_of(state, left, right)
    await database.transact(seen, lambda conn: what_ifs.answer(conn, asked=asked, found=found, now=clock()))


async def _better(own: Prepared, found: Result, other: Prepared, theirs: Result) -> Result:
    """What the search found, or what the other one found, where that is better here too."""
    taken_over = await asyncio.to_thread(refit, own.problem, carried(theirs, other, own))
    if taken_over.cost.total >= found.cost.total or check(own.problem, taken_over):
        return found
    return taken_over


class _Searching:
    """Both searches, whose progress is one."""

    def __init__(self, database: Database, solver: Solver, asked: WhatIf, seen: Sequence[UUID]) -> None:
        self._database = database
        self._solver = solver
        self._asked = asked
        self._seen = seen
        self._done_s = 0.0
        self._said_at = 0.0

    async def search(self, prepared: Prepared) -> Result:
        """Raises `SolveFailed`."""
        seconds = self._asked.budget.total_seconds()
        result = await self._solver.solve(
            prepared.problem,
            prepared.warm,
            seconds=seconds,
            seed=self._asked.seed,
            on_progress=self._on_progress,
        )
        verify(prepared.problem, result)
        self._done_s += seconds
        return result

    async def _on_progress(self, progress: Progress) -> bool:
        if time.monotonic() - self._said_at < PROGRESS_SECONDS:
            return False
        self._said_at = time.monotonic()
        asked = self._asked
        said = WhatIfProgress(
            seconds=self._done_s + progress.seconds, budget_seconds=2 * asked.budget.total_seconds()
        )
        await self._database.transact(
            self._seen,
            lambda conn: what_ifs.note_progress(
                conn, area_id=asked.area_id, what_if_id=asked.what_if_id, progress=said
            ),
        )
        return False
