"""Boards that want to hear what changes in their area, and how far planning runs are.

What is told are ids of what entries of the journal have touched, never what became of it: a board reads that as it always does.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from uuid import UUID

import msgspec

from db.pool import Database
from db.queries import board, journal, plans
from db.records import JournalEntry, PlanRun, Visit
from db.rows import Conn
from db.states import PlanRunState, VisitState
from dispatch.listening import Listener, Listeners

MOST_ENTRIES = 200
"""Whoever has missed more reads everything anew."""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What entries of the journal up to `n` have touched."""

    n: int
    kinds: list[str] = msgspec.field(default_factory=list[str])
    visit_ids: list[UUID] = msgspec.field(default_factory=list[UUID])
    job_ids: list[UUID] = msgspec.field(default_factory=list[UUID])
    technician_ids: list[UUID] = msgspec.field(default_factory=list[UUID])
    days: list[date] = msgspec.field(default_factory=list[date])
    too_many: bool = False


class RunSaid(msgspec.Struct, frozen=True):
    """How far a planning run is, and the plan that came of it."""

    run: PlanRun
    plan_id: UUID | None


class BoardStream(Listener):
    """One board. `after`: the number in its area's journal up to which it has heard; None: it begins now."""

    def __init__(self, session_id: UUID, area_id: UUID, after: int | None) -> None:
        super().__init__(session_id)
        self.area_id = area_id
        self.told = after
        self._waiting: list[Changed | RunSaid] = []
        self._runs: dict[UUID, PlanRun] = {}

    async def said(self, seconds: float) -> list[Changed | RunSaid]:
        """What there is, as soon as there is something; nothing when nothing came for so long, or the stream has ended."""
        await self._wait(seconds)
        waiting, self._waiting = self._waiting, []
        return [] if self.ended else waiting

    def hear(self, changed: Changed) -> None:
        self.told = changed.n
        self._waiting.append(changed)
        self.wake()

    def follows(self, run: PlanRun) -> bool:
        """It has heard of it, and not of its end."""
        return run.plan_run_id in self._runs

    def follow(self, runs: Iterable[RunSaid]) -> None:
        """Those that go on, and the end of those that did."""
        for one in runs:
            known = self._runs.get(one.run.plan_run_id)
            going_on = one.run.state in (PlanRunState.QUEUED, PlanRunState.RUNNING)
            if one.run != known and (going_on or self.follows(one.run)):
                self._runs[one.run.plan_run_id] = one.run
                self._waiting.append(one)
                self.wake()
            if not going_on:
                self._runs.pop(one.run.plan_run_id, None)


class BoardStreams(Listeners[BoardStream]):
    """Of one process."""

    def open(self, session_id: UUID, area_id: UUID, after: int | None) -> AbstractContextManager[BoardStream]:
        return self._opened(BoardStream(session_id, area_id, after))

    async def _look(self, database: Database, open_now: Sequence[BoardStream]) -> None:
        area_ids = sorted({stream.area_id for stream in open_now})
        async with database.begin(area_ids, snapshot=True) as conn:
            newest = {row.area_id: row.n for row in await board.list_journal_ns(conn, area_ids)}
            runs = await _runs(conn, area_ids, open_now)
            for area_id in area_ids:
                mine = [stream for stream in open_now if stream.area_id == area_id]
                await _tell(conn, area_id, newest.get(area_id, 0), mine)
        for stream in open_now:
            stream.follow(one for one in runs if one.run.area_id == stream.area_id)

    async def _allowed(
        self, conn: Conn, asked: Sequence[BoardStream], used_after: datetime
    ) -> set[BoardStream]:
        rows = await board.list_board_sessions(conn, [stream.session_id for stream in asked], used_after)
        good = {(row.session_id, row.area_id) for row in rows}
        return {stream for stream in asked if (stream.session_id, stream.area_id) in good}


async def _tell(conn: Conn, area_id: UUID, newest: int, streams: Sequence[BoardStream]) -> None:
    """Each what it has not heard. Most have heard the same, so mostly one question serves them all."""
    behind: dict[int, list[BoardStream]] = {}
    for stream in streams:
        if stream.told is None:
            stream.told = newest
        elif not 0 <= newest - stream.told <= MOST_ENTRIES:
            # a number below the known one as well: then the database was restored
            stream.hear(Changed(n=newest, too_many=True))
        elif stream.told < newest:
            behind.setdefault(stream.told, []).append(stream)
    for told, those in behind.items():
        changed = await _changed(conn, area_id, await journal.list_journal(conn, area_id, told, MOST_ENTRIES))
        for stream in those:
            stream.hear(changed)


async def _changed(conn: Conn, area_id: UUID, entries: Sequence[JournalEntry]) -> Changed:
    job_ids = sorted({entry.job_id for entry in entries if entry.job_id is not None})
    visits = [
        visit
        for visit in await plans.list_visits_of_jobs(conn, area_id, job_ids)
        if visit.state is not VisitState.DRAFT
    ]
    subjects = {entry.subject_id for entry in entries if entry.subject_id is not None}
    versions = await board.list_plans_named(conn, area_id, sorted(subjects - set(job_ids)))
    days = {visit.on_day for visit in visits} | {day for entry in entries for day in _days_in(entry)}
    days |= {version.first_on for version in versions} | {version.last_on for version in versions}
    return Changed(
        n=entries[-1].n,
        kinds=sorted({entry.action for entry in entries}),
        visit_ids=sorted(visit.visit_id for visit in visits),
        job_ids=job_ids,
        technician_ids=sorted(_technicians_in(entries, visits)),
        days=sorted(days),
    )


def _days_in(entry: JournalEntry) -> list[date]:
    said = entry.facts.get("onDay")
    return [date.fromisoformat(said)] if isinstance(said, str) else []


def _technicians_in(entries: Iterable[JournalEntry], visits: Collection[Visit]) -> set[UUID]:
    """Whose visits they are, and whom the entries name."""
    found = {visit.technician_id for visit in visits}
    for entry in entries:
        if entry.action.startswith("technician.") and entry.subject_id is not None:
            found.add(entry.subject_id)
        named = (entry.facts.get(name) for name in ("technicianId", "from", "to"))
        found |= {UUID(said) for said in named if isinstance(said, str) and len(said) == 36}
    return found


async def _runs(conn: Conn, area_ids: Sequence[UUID], streams: Sequence[BoardStream]) -> list[RunSaid]:
    return [
        RunSaid(
            run,
            await plans.find_plan_of_run(conn, run.area_id, run.plan_run_id)
            if any(stream.follows(run) for stream in streams) and run.state is PlanRunState.DONE
            else None,
        )
        for run in await board.list_last_runs(conn, area_ids)
    ]
