"""`line3 worker`: takes durable work from the queue, and does what falls due by time alone. Any number of them."""

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec

from db import queue
from db.errors import DatabaseError, Unavailable
from db.pool import Database
from db.queries import areas, jobs, reports
from db.records import PlanRun, RunTravel
from db.rows import Conn
from db.states import PlanState
from dispatch import booking, trying
from dispatch.actors import worker
from dispatch.bounded import EARLIEST
from dispatch.clock import Clock
from dispatch.delivering import Deliverer
from dispatch.due import do_due
from dispatch.exchange import apply_left_over
from dispatch.flows import (
    accounts,
    alarms,
    alerts,
    answers,
    catalogue,
    fairness,
    lines,
    links,
    messages,
    plans,
    publishing,
    pushes,
    reasons,
    reviews,
    rounds,
    shifts,
    slots,
    supplies,
    what_ifs,
)
from dispatch.following import KIND as FOLLOW
from dispatch.following import Follower
from dispatch.horizon import Horizons
from dispatch.mailing import Postman
from dispatch.outside.push_services import Doorbell, Pushed
from dispatch.planning import (
    EXPLAIN,
    KIND,
    PLACE,
    WHAT_IF,
    WHY_NOT,
    ExplainWork,
    PlaceWork,
    PlanWork,
    WhatIfWork,
    WhyNotWork,
)
from dispatch.rules import churn
from dispatch.rules import reasons as reasoning
from dispatch.rules.plans import Prepared, State, carried, places_of, prepare, versions_of
from dispatch.rules.reports import PENDING_FOR
from dispatch.rules.told_technician import round_changed
from dispatch.rules.ways import pace_of
from dispatch.searching import search_within, within
from dispatch.solver import SolveFailed, Solver, verify
from dispatch.travelling import KEPT_FOR, Travelled, TravelSources, travel_between
from dispatch.warming import compile_all
from dispatch.weighing import Weigher
from optimizer.check import check
from optimizer.explain import Reason
from optimizer.explain import reasons as reasons_of
from optimizer.problem import Problem
from optimizer.refit import refit
from optimizer.result import Progress, Result, Route

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
ALONE = frozenset({KIND, EXPLAIN, WHY_NOT, WHAT_IF})
"""Of each of these one at a time: a solve takes a whole core, and so do reasons. Start more workers for more."""
TURN_SECONDS = 0.0005
"""Reasons are plain Python in a thread: at Python's own 5 ms a turn, the loop would wait that long after each of its waits."""
PROGRESS_SECONDS = 0.5
REFRESHED_EVERY = timedelta(seconds=20)
"""Of the area's clock: how often alerts are brought up to what is true."""


class FencedOff(Exception):
    """Another attempt owns the run now."""


class Worker:
    """One process's worker: handlers of the queue, and the ticking."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        solver: Solver | None = None,
        sources: TravelSources | None = None,
        deliverer: Deliverer | None = None,
        doorbell: Doorbell | None = None,
        postman: Postman | None = None,
    ) -> None:
        """`sources`: of travel times; without any there is the straight line. `deliverer`: to other systems. Without a doorbell
        phones ask by themselves; without a postman no mailbox is read."""
        self._database = database
        self._clock = clock
        self._solver = solver or Solver()
        self._sources = sources or TravelSources()
        self._deliverer = deliverer or Deliverer(database)
        self._doorbell = doorbell
        self._postman = postman
        self._hourly_at = 0.0
        self._refreshed_at: dict[UUID, datetime] = {}
        self._horizons = Horizons()
        self._weigher = Weigher(database)
        self._follower = Follower(database, clock)

    async def run(self, url: str, stop: asyncio.Event) -> None:
        """Until `stop` is set. `url` is the application's."""
        self._solver.warm_up()
        sys.setswitchinterval(TURN_SECONDS)
        await compile_all()
        # other systems may take their time, and nothing that falls due waits for them
        turns = [self.tick, self.deliver, self._follower.follow]
        if self._postman is not None:
            turns.append(self._postman.look)
        beside = [asyncio.create_task(_again_and_again(turn, stop)) for turn in turns]
        try:
            handlers = {
                KIND: self.plan,
                PLACE: self.place,
                EXPLAIN: self.explain,
                WHY_NOT: self.try_out,
                WHAT_IF: self.suppose,
                FOLLOW: self._follower.follow_again,
            }
            if self._doorbell is not None:
                handlers[pushes.KIND] = self.push
            await queue.run(url, handlers, stop=stop, alone=ALONE)
        finally:
            stop.set()
            await asyncio.gather(*beside)
            await self._solver.close()

    async def place(self, work: queue.Work) -> None:
        """Find room for a promise that line 2 made. Done again, it finds it done."""
        asked = msgspec.json.decode(work.payload, type=PlaceWork)
        actor = worker(asked.area_id)
        await booking.place(
            self._database,
            self._horizons,
            area_id=asked.area_id,
            job_id=asked.job_id,
            actor=actor,
            now=self._clock(),
        )

    async def plan(self, work: queue.Work) -> None:
        """Solve one run. At-least-once: a later attempt takes over, an earlier one then saves nothing."""
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
        run, state = begun.run, begun.state
        travelled = await self._travelled(state)
        await self._database.transact(
            seen, lambda conn: plans.note_travel(conn, run=run, said=travelled.said)
        )
        prepared = prepare(state, travelled.ways)
        limit = churn.limit_of(prepared, run.change_budget)
        try:
            result = await search_within(
                partial(self._searched, run, time.monotonic(), prepared),
                prepared,
                limit,
                run.budget.total_seconds(),
            )
            prepared, result = await self._carried_over(run, state, travelled, prepared, result)
            result, moved = await within(prepared, result, limit)
            verify(prepared.problem, result)
        except FencedOff:
            return
        except SolveFailed as error:
            why = str(error)
            await self._database.transact(
                seen, lambda conn: plans.fail(conn, run=run, why=why, actor=actor, now=self._clock())
            )
            return
        said = await self._reasons_of(prepared, result)
        plan = await self._database.transact(
            seen,
            lambda conn: plans.save(
                conn,
                run=run,
                prepared=prepared,
                result=result,
                said=said,
                moved=moved,
                actor=actor,
                now=self._clock(),
            ),
        )
        if plan is not None and run.publish:
            await self._database.transact(
                seen,
                lambda conn: publishing.publish(
                    conn, area_id=run.area_id, plan_id=plan.plan_id, actor=actor, now=self._clock()
                ),
            )

    async def _travelled(self, state: State, then: RunTravel | None = None) -> Travelled:
        """Between no transactions: a router may take its time. `then`: where times came from that these are to agree with."""
        return await travel_between(
            self._database,
            self._sources,
            state.area,
            places_of(state),
            pace_of(state.area, state.days) if then is None else then.pace,
            state.now,
            then,
        )

    async def _reasons_of(self, prepared: Prepared, result: Result) -> tuple[Reason, ...]:
        """A second for the largest areas: in a thread, so that heartbeats go on, and outside of all transactions. A bug in
        them costs no plan."""
        try:
            return await asyncio.to_thread(reasons_of, prepared.problem, result.routes)
        except Exception as error:
            log.error("worker.reasons_failed", extra={"kind": type(error).__name__}, exc_info=error)
            return ()

    async def explain(self, work: queue.Work) -> None:
        """Visits were moved without a search: the reasons of that version anew. Done again, it says the same."""
        asked = msgspec.json.decode(work.payload, type=ExplainWork)
        seen = await self._areas()
        now = self._clock()
        found = await self._database.transact(
            seen,
            lambda conn: plans.look_at(conn, area_id=asked.area_id, plan_id=asked.plan_id, now=now),
        )
        if found.plan.state is PlanState.SUPERSEDED:
            return
        prepared, routes = await self._stood_up(found)
        said, left = await asyncio.to_thread(reasoning.explain_all, prepared, routes)
        await self._database.transact(
            seen,
            lambda conn: reasons.save(
                conn, plan=found.plan, prepared=prepared, visits=found.visits, said=said, left=left, now=now
            ),
        )

    async def try_out(self, work: queue.Work) -> None:
        """Somebody asks why a job is not elsewhere: it is put there, on paper. Done again, it finds it done."""
        asked = msgspec.json.decode(work.payload, type=WhyNotWork)
        seen = await self._areas()
        now = self._clock()
        why_not = await self._database.transact(
            seen, lambda conn: reasons.find_open(conn, area_id=asked.area_id, why_not_id=asked.why_not_id)
        )
        if why_not is None:
            return
        found = await self._database.transact(
            seen,
            lambda conn: plans.look_at(conn, area_id=asked.area_id, plan_id=why_not.plan_id, now=now),
        )
        prepared, routes = await self._stood_up(found)
        tried = await asyncio.to_thread(reasoning.try_out, prepared, routes, why_not)
        await self._database.transact(
            seen, lambda conn: reasons.answer(conn, asked=why_not, tried=tried, now=self._clock())
        )

    async def suppose(self, work: queue.Work) -> None:
        """Somebody asks what the rounds of a day would be with something else in place."""
        asked = msgspec.json.decode(work.payload, type=WhatIfWork)
        await trying.try_out(
            self._database,
            self._solver,
            self._travelled,
            self._clock,
            area_id=asked.area_id,
            what_if_id=asked.what_if_id,
            seen=await self._areas(),
        )

    async def push(self, work: queue.Work) -> None:
        """Phones whose round has changed and whose app is closed are told so, and nothing more."""
        asked = msgspec.json.decode(work.payload, type=pushes.PushWork)
        assert self._doorbell is not None, "without one this work is not taken"
        due = await self._database.transact([asked.area_id], lambda conn: pushes.take_due(conn, asked=asked))
        for one in due:
            became = await self._doorbell.push(one, round_changed(one.language), self._clock())
            log.info("phone.pushed", extra={"kind": became.value, "area": str(one.area_id)})
            if became is Pushed.GONE:
                await self._database.transact([one.area_id], partial(pushes.forget, gone=one))

    async def _stood_up(self, found: plans.AsItStands) -> tuple[Prepared, Sequence[Route]]:
        """The problem of a version's days, on the travel times it was made with, and the orders that it has there."""
        travelled = await self._travelled(found.state, found.travel)
        prepared = prepare(found.state, travelled.ways)
        return prepared, reasoning.routes_as(prepared, found.plan, found.visits)

    async def _searched(
        self, run: PlanRun, since: float, prepared: Prepared, problem: Problem, seconds: float
    ) -> Result:
        """A result that the oracle agrees with here too: what differs was damaged on the way, or is a bug. `since`: when the
        run's first search began."""
        result = await self._solver.solve(
            problem,
            prepared.warm,
            seconds=seconds,
            seed=run.seed,
            on_progress=self._progress_of(run, since),
        )
        # the last progress came before the last improvement, or not at all
        last = Progress(
            seconds=result.seconds,
            cost=result.cost.total,
            unassigned=len(result.unassigned),
            budget_seconds=seconds,
        )
        await self._note(run, since, last)
        verify(problem, result)
        return result

    async def _carried_over(
        self, run: PlanRun, state: State, travelled: Travelled, prepared: Prepared, result: Result
    ) -> tuple[Prepared, Result]:
        """Onto the days as they are by now: what was booked or reported during the search keeps its place, and what was
        found round about it is not lost."""
        seen = await self._areas()
        state_now = await self._database.transact(
            seen, lambda conn: plans.look_again(conn, run=run, now=self._clock())
        )
        if places_of(state_now) != places_of(state):
            travelled = await self._travelled(state_now, travelled.said)
        fresh = prepare(state_now, travelled.ways)
        if versions_of(fresh) == versions_of(prepared):
            return prepared, result
        routes = carried(result, prepared, fresh)
        fitted = await asyncio.to_thread(refit, fresh.problem, routes)
        if check(fresh.problem, fitted):
            return prepared, result
        return fresh, fitted

    def _progress_of(self, run: PlanRun, since: float) -> Callable[[Progress], Awaitable[bool]]:
        """Writes progress at most every half second; answers whether somebody asked the run to stop."""
        last = 0.0

        async def on_progress(progress: Progress) -> bool:
            nonlocal last
            if time.monotonic() - last < PROGRESS_SECONDS:
                return False
            last = time.monotonic()
            return await self._note(run, since, progress)

        return on_progress

    async def _note(self, run: PlanRun, since: float, progress: Progress) -> bool:
        """Of the whole run: a search may be one of several that share its seconds."""
        done = msgspec.structs.replace(
            progress, seconds=time.monotonic() - since, budget_seconds=run.budget.total_seconds()
        )
        facts: dict[str, object] = msgspec.to_builtins(done)
        stop = await self._database.transact(
            [run.area_id], lambda conn: plans.note_progress(conn, run=run, progress=facts)
        )
        if stop is None:
            raise FencedOff
        return stop

    async def _areas(self) -> list[UUID]:
        async with self._database.begin() as conn:
            return [area.area_id for area in await areas.list_areas(conn)]

    async def tick(self) -> None:
        """What falls due by time: visibility, events left over, visits nobody began, missed promises, reports that waited
        too long, parts that somebody carries by now, alerts, what signs say of the network."""
        seen = await self._areas()
        now = self._clock()
        hourly = time.monotonic() >= self._hourly_at
        if hourly:
            self._hourly_at = time.monotonic() + 3600
            await self._due(seen, partial(accounts.forget_failures, now=now))
        for area_id in seen:
            actor = worker(area_id)
            if hourly:
                await self._due(seen, partial(answers.forget, area_id=area_id, now=now))
                await self._due(seen, partial(slots.forget, area_id=area_id, now=now))
                await self._due(seen, partial(plans.forget_travel, area_id=area_id, before=now - KEPT_FOR))
                await self._due(seen, partial(reasons.forget, area_id=area_id, now=now))
                await self._due(seen, partial(what_ifs.forget, area_id=area_id, now=now))
                await self._due(seen, partial(fairness.settle, area_id=area_id, now=now))
                await self._due(seen, partial(reviews.take_up_known, area_id=area_id, actor=actor, now=now))
                await self._due(seen, partial(messages.forget, area_id=area_id, now=now))
                await self._due(seen, partial(links.forget, area_id=area_id, now=now))
                await self._due(seen, partial(alarms.forget, area_id=area_id, now=now))
                await self._due(seen, partial(shifts.settle, area_id=area_id, actor=actor, now=now))
                await self._due(seen, partial(catalogue.tell_phones, area_id=area_id, now=now))
            if self._doorbell is not None:
                await self._due(seen, partial(pushes.ask, area_id=area_id))
            await self._due(seen, partial(rounds.show_and_hide, area_id=area_id, now=now))
            await self._due(seen, partial(links.renew_reopened, area_id=area_id, actor=actor, now=now))
            await apply_left_over(self._database, area_id=area_id, seen=seen, now=now)
            await self._due(
                seen, partial(rounds.take_back_never_begun, area_id=area_id, actor=actor, now=now)
            )
            await self._due(seen, partial(lines.note_overruns, area_id=area_id, actor=actor, now=now))
            await self._due(seen, partial(lines.resolve_mended, area_id=area_id, actor=actor, now=now))
            await self._weigh(area_id, now)
            for job_id in await self._overdue(area_id, now):
                await self._due(
                    seen,
                    partial(reviews.settle_overdue, area_id=area_id, job_id=job_id, actor=actor, now=now),
                )
            if now - self._refreshed_at.get(area_id, EARLIEST) >= REFRESHED_EVERY:
                self._refreshed_at[area_id] = now
                await self._due(
                    seen, partial(supplies.release_supplied, area_id=area_id, actor=actor, now=now)
                )
                await self._due(seen, partial(alerts.refresh, area_id=area_id, actor=actor, now=now))

    async def deliver(self) -> None:
        """What other systems wait for."""
        for area_id in await self._areas():
            await self._deliverer.deliver(area_id, self._clock())

    async def _due(self, seen: list[UUID], flow: Callable[[Conn], Awaitable[object]]) -> None:
        await do_due(self._database, seen, flow)

    async def _weigh(self, area_id: UUID, now: datetime) -> None:
        """What tickets and alarms say of the network. As with all that falls due, a bug in one area stops no other."""
        try:
            await self._weigher.weigh(area_id, now)
        except Unavailable:
            raise
        except Exception as error:
            log.error("worker.due_failed", extra={"kind": type(error).__name__}, exc_info=error)

    async def _overdue(self, area_id: UUID, now: datetime) -> list[UUID]:
        async with self._database.begin([area_id]) as conn:
            promised = await jobs.list_overdue_appointment_jobs(conn, area_id, now)
            waiting = await reports.list_overdue_pending_jobs(conn, area_id, now - PENDING_FOR)
        return sorted({*promised, *waiting})


async def _again_and_again(turn: Callable[[], Awaitable[object]], stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await turn()
        except DatabaseError as error:
            log.warning("worker.tick_failed", extra={"kind": type(error).__name__})
        except Exception as error:
            log.error("worker.tick_failed", extra={"kind": type(error).__name__}, exc_info=error)
        try:
            await asyncio.wait_for(stop.wait(), TICK_SECONDS)
        except TimeoutError:
            continue
