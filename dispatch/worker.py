"""`line3 worker`: takes durable work from the queue, and does what falls due by time alone. Any number of them."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec

from db import queue
from db.errors import DatabaseError, Unavailable
from db.pool import Database
from db.queries import areas, jobs, reports
from db.records import PlanRun
from db.rows import Conn
from dispatch.actors import worker
from dispatch.clock import Clock
from dispatch.exchange import apply_left_over
from dispatch.flows import answers, plans, reviews, rounds
from dispatch.planning import KIND, PlanWork
from dispatch.rules.reports import PENDING_FOR
from dispatch.solver import SolveFailed, Solver
from optimizer.check import check
from optimizer.result import Progress, Result

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
SOLVES_AT_ONCE = 1
"""In one worker: a solve takes a whole core. Start more workers for more."""
PROGRESS_SECONDS = 0.5


class FencedOff(Exception):
    """Another attempt owns the run now."""


class Worker:
    """One process's worker: handlers of the queue, and the ticking."""

    def __init__(self, database: Database, clock: Clock, solver: Solver | None = None) -> None:
        self._database = database
        self._clock = clock
        self._solver = solver or Solver()
        self._solving = asyncio.Semaphore(SOLVES_AT_ONCE)
        self._hourly_at = 0.0

    async def run(self, url: str, stop: asyncio.Event) -> None:
        """Until `stop` is set. `url` is the application's."""
        self._solver.warm_up()
        ticking = asyncio.create_task(self._tick(stop))
        try:
            await queue.run(url, {KIND: self.plan}, stop=stop)
        finally:
            stop.set()
            await ticking
            await self._solver.close()

    async def plan(self, work: queue.Work) -> None:
        """Solve one run. At-least-once: a later attempt takes over, an earlier one then saves nothing."""
        async with self._solving:
            await self._plan(work)

    async def _plan(self, work: queue.Work) -> None:
        asked = msgspec.json.decode(work.payload, type=PlanWork)
        seen = await self._areas()
        actor = worker(asked.area_id)
        begun = await self._database.transact(
            seen,
            lambda conn: plans.begin(
                conn, area_id=asked.area_id, plan_run_id=asked.plan_run_id, now=self._clock()
            ),
        )
        if begun is None:
            return
        run = begun.run
        try:
            result = await self._solved(begun)
        except FencedOff:
            return
        except SolveFailed as error:
            why = str(error)
            await self._database.transact(
                seen, lambda conn: plans.fail(conn, run=run, why=why, actor=actor, now=self._clock())
            )
            return
        plan = await self._database.transact(
            seen,
            lambda conn: plans.save(
                conn, run=run, prepared=begun.prepared, result=result, actor=actor, now=self._clock()
            ),
        )
        if plan is not None and run.publish:
            await self._database.transact(
                seen,
                lambda conn: plans.publish(
                    conn, area_id=run.area_id, plan_id=plan.plan_id, actor=actor, now=self._clock()
                ),
            )

    async def _solved(self, begun: plans.Begun) -> Result:
        """A result that the oracle agrees with here too: what differs was damaged on the way, or is a bug."""
        result = await self._solver.solve(
            begun.prepared.problem,
            begun.prepared.warm,
            seconds=begun.run.budget.total_seconds(),
            seed=begun.run.seed,
            on_progress=self._progress_of(begun),
        )
        # the last progress came before the last improvement, or not at all
        last = Progress(
            seconds=result.seconds,
            cost=result.cost.total,
            unassigned=len(result.unassigned),
            budget_seconds=begun.run.budget.total_seconds(),
        )
        await self._note(begun.run, last)
        if violations := check(begun.prepared.problem, result):
            raise SolveFailed(
                "; ".join(f"{violation.cause}: {violation.says}" for violation in violations[:5])
            )
        return result

    def _progress_of(self, begun: plans.Begun) -> Callable[[Progress], Awaitable[bool]]:
        """Writes progress at most every half second; answers whether somebody asked the run to stop."""
        last = 0.0

        async def on_progress(progress: Progress) -> bool:
            nonlocal last
            if time.monotonic() - last < PROGRESS_SECONDS:
                return False
            last = time.monotonic()
            return await self._note(begun.run, progress)

        return on_progress

    async def _note(self, run: PlanRun, progress: Progress) -> bool:
        facts: dict[str, object] = msgspec.to_builtins(progress)
        stop = await self._database.transact(
            [run.area_id], lambda conn: plans.note_progress(conn, run=run, progress=facts)
        )
        if stop is None:
            raise FencedOff
        return stop

    async def _areas(self) -> list[UUID]:
        async with self._database.begin() as conn:
            return [area.area_id for area in await areas.list_areas(conn)]

    async def _tick(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.tick()
            except DatabaseError as error:
                log.warning("worker.tick_failed", extra={"kind": type(error).__name__})
            except Exception as error:
                log.error("worker.tick_failed", extra={"kind": type(error).__name__}, exc_info=error)
            try:
                await asyncio.wait_for(stop.wait(), TICK_SECONDS)
            except TimeoutError:
                continue

    async def tick(self) -> None:
        """What falls due by time: visibility, events left over, visits nobody began, missed promises, reports that waited
        too long."""
        seen = await self._areas()
        now = self._clock()
        hourly = time.monotonic() >= self._hourly_at
        if hourly:
            self._hourly_at = time.monotonic() + 3600
        for area_id in seen:
            actor = worker(area_id)
            if hourly:
                await self._due(seen, partial(answers.forget, area_id=area_id, now=now))
            await self._due(seen, partial(rounds.show_and_hide, area_id=area_id, now=now))
            await apply_left_over(self._database, area_id=area_id, seen=seen, now=now)
            await self._due(
                seen, partial(rounds.take_back_never_begun, area_id=area_id, actor=actor, now=now)
            )
            for job_id in await self._overdue(area_id, now):
                await self._due(
                    seen,
                    partial(reviews.settle_overdue, area_id=area_id, job_id=job_id, actor=actor, now=now),
                )

    async def _due(self, seen: list[UUID], flow: Callable[[Conn], Awaitable[object]]) -> None:
        """A bug with one job must not stop what falls due for all the others."""
        try:
            await self._database.transact(seen, flow)
        except Unavailable:
            raise
        except Exception as error:
            log.error("worker.due_failed", extra={"kind": type(error).__name__}, exc_info=error)

    async def _overdue(self, area_id: UUID, now: datetime) -> list[UUID]:
        async with self._database.begin([area_id]) as conn:
            promised = await jobs.list_overdue_appointment_jobs(conn, area_id, now)
            waiting = await reports.list_overdue_pending_jobs(conn, area_id, now - PENDING_FOR)
        return sorted({*promised, *waiting})
