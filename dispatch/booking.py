"""A subscriber is on the line: windows are offered, one is taken. Several transactions, and the days in memory between."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
import numpy as np

from db.pool import Database
from db.records import Nothing, SlotOffer, WouldFit
from dispatch.actors import Actor
from dispatch.errors import DaysImpossible, NotBookable, VisitStarted
from dispatch.flows import slots
from dispatch.horizon import Horizon, Horizons
from dispatch.planning import local_day
from dispatch.rules.running import Day, day_of
from dispatch.rules.slots import (
    HORIZON_DAYS,
    Able,
    Priced,
    Window,
    eligible,
    hours_of,
    offers_of,
    windows_of,
)
from dispatch.rules.standing import asked_stop, at, unix
from optimizer.rounds import Stop

CANDIDATES = 3
"""Technician-days that are tried for a window, cheapest first: each is locked while it is booked."""
TRIES = 3
"""A candidate may fill up between looking and locking; then others are looked for."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the subscriber can and cannot."""

    first_on: date | None = None
    last_on: date | None = None
    excluded: frozenset[UUID] = frozenset()
    """Technicians who must not come."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A job against the days in memory."""

    horizon: Horizon
    wanted: slots.Wanted
    stop: Stop
    able: Able
    excluded: frozenset[UUID]

    def price(self, windows: Sequence[Window], most: int = 1, able: Able | None = None) -> list[list[Priced]]:
        """By window, cheapest first."""
        visit = self.wanted.visit
        without = None
        stood = None if visit is None else self.horizon.rows.get(day_of(visit))
        # one that is about to start cannot be moved any more, nor one that went elsewhere since this was read
        if visit is not None and stood is not None and self.wanted.job.job_id in stood.visits:
            without = (day_of(visit), self.wanted.job.job_id)
        found = self.horizon.standing.price(
            self.stop,
            [window.seconds for window in windows],
            np.array((able or self.able).mask, bool),
            most=most,
            without=without,
        )
        return [
            [Priced(window, one, one.key) for one in ones]
            for window, ones in zip(windows, found, strict=True)
        ]


def question(horizon: Horizon, wanted: slots.Wanted, excluded: frozenset[UUID], now: datetime) -> Question:
    """Which technician-days could, and what they would have to do."""
    visit = wanted.visit
    published = -1 if visit is None or visit.assigned_at is None else unix(visit.planned_start_at)
    stop = asked_stop(
        horizon.standing, wanted.area, wanted.job, wanted.kind, wanted.place, published=published
    )
    able = eligible(horizon.rows, wanted.kind, wanted.area, local_day(wanted.area, now), excluded)
    return Question(horizon=horizon, wanted=wanted, stop=stop, able=able, excluded=excluded)


async def quote(
    database: Database, horizons: Horizons, *, job_id: UUID, asked: Asked, actor: Actor, now: datetime
) -> slots.Quoted:
    """Windows for the job, kept with an expiry; or why there is none and what would help.

    Raises `UnknownJob`, `NotBookable`, `VisitStarted`, `DaysImpossible`.
    """
    async with database.begin(actor.areas, snapshot=True) as conn:
        wanted = await slots.wanted(conn, areas_seen=actor.areas, job_id=job_id)
        horizon = horizons.of(wanted.area.area_id)
        await horizon.refresh(conn, wanted.area, now)
        offers, nothing = _priced(horizon, wanted, asked, now)
    return await database.transact(
        actor.areas,
        lambda conn: slots.keep_quote(
            conn,
            wanted=wanted,
            offers=offers,
            nothing=nothing,
            excluded=asked.excluded,
            actor=actor,
            now=now,
        ),
    )


def _priced(
    horizon: Horizon, wanted: slots.Wanted, asked: Asked, now: datetime
) -> tuple[list[SlotOffer], Nothing | None]:
    area = wanted.area
    today = local_day(area, now)
    last = today + timedelta(days=HORIZON_DAYS - 1)
    soonest = max(today, wanted.job.earliest_on or today)
    first_on, last_on = asked.first_on or min(soonest, last), asked.last_on or last
    if not today <= first_on <= last_on <= last:
        raise DaysImpossible(pointer="/firstOn", today=today)
    asking = question(horizon, wanted, asked.excluded, now)
    hours = hours_of(horizon.rows.values())
    windows = windows_of(area, hours, first_on, last_on, now)
    priced = [ones[0] for ones in asking.price(windows) if ones]
    sunk = asking.stop.outage * (unix(now) - horizon.standing.origin)
    offers = offers_of(priced, area.settings.offers, sunk)
    if offers:
        return offers, None
    return [], _nothing(asking, windows, windows_of(area, hours, today, last, now), now)


def _nothing(
    asking: Question, windows: Sequence[Window], all_windows: Sequence[Window], now: datetime
) -> Nothing:
    """Why, and the smallest thing that would make it possible: another day, else one bound given up."""
    days = {window.on_day for window in windows}
    full = sum(1 for day in asking.able.days if day[2] in days)
    blocks = {**asking.able.out, **({"full": full} if full else {}), **({} if windows else {"shift": 1})}
    other = [
        ones[0] for ones in asking.price([window for window in all_windows if window not in windows]) if ones
    ]
    would: list[WouldFit] = []
    if other:
        soonest = min(other, key=lambda one: one.found.start)
        would.append(WouldFit(code="days", value="", earliest_at=at(soonest.found.start)))
    for code in ("excluded", "part", "tool", "skill"):
        if (fit := _without_bound(asking, code, windows, now)) is not None:
            would.append(fit)
    return Nothing(blocks=blocks, would=would)


def _without_bound(asking: Question, code: str, windows: Sequence[Window], now: datetime) -> WouldFit | None:
    """Whether there would be room if this bound alone were given up."""
    if not asking.able.out.get(code):
        return None
    kind, area = asking.wanted.kind, asking.wanted.area
    given_up = {
        "skill": msgspec.structs.replace(kind, skills=[]),
        "tool": msgspec.structs.replace(kind, tools=[]),
        "part": msgspec.structs.replace(kind, parts={}),
        "excluded": kind,
    }[code]
    excluded = frozenset[UUID]() if code == "excluded" else asking.excluded
    able = eligible(asking.horizon.rows, given_up, area, local_day(area, now), excluded)
    found = [ones[0] for ones in asking.price(windows, able=able) if ones]
    if not found:
        return None
    value = {"skill": kind.skills, "tool": kind.tools, "part": sorted(kind.parts), "excluded": []}[code]
    soonest = min(found, key=lambda one: one.found.start)
    return WouldFit(code=code, value=", ".join(value), earliest_at=at(soonest.found.start))


async def book(
    database: Database, horizons: Horizons, *, slot_quote_id: UUID, number: int, actor: Actor, now: datetime
) -> slots.Booked | slots.Quoted:
    """Take an offer; other windows when somebody was faster. Raises `UnknownSlotQuote`, `UnknownOffer`, `QuoteExpired`,
    `NotBookable`, `VisitStarted`."""
    async with database.begin(actor.areas, snapshot=True) as conn:
        kept = (await slots.get_quote(conn, areas_seen=actor.areas, slot_quote_id=slot_quote_id)).quote
    offer = slots.offer_of(kept, number)
    window = Window(offer.on_day, offer.earliest_at, offer.latest_at)
    excluded = frozenset(kept.excluded)
    for _ in range(TRIES):
        candidates = await _candidates(database, horizons, kept.job_id, window, excluded, actor, now)
        booked = await database.transact(
            actor.areas,
            lambda conn, candidates=candidates: slots.book(
                conn, quote=kept, number=number, candidates=candidates, actor=actor, now=now
            ),
        )
        if booked is not None:
            return booked
        if not candidates:
            break
    asked = Asked(excluded=excluded)
    return await quote(database, horizons, job_id=kept.job_id, asked=asked, actor=actor, now=now)


async def place(
    database: Database, horizons: Horizons, *, area_id: UUID, job_id: UUID, actor: Actor, now: datetime
) -> bool:
    """A window that line 2 has promised gets its place among the rounds. Whether it has one: where nothing is free, the
    next plan has to find it."""
    async with database.begin(actor.areas, snapshot=True) as conn:
        promise = await slots.find_promise(conn, area_id=area_id, job_id=job_id, now=now)
    if promise is None:
        return False
    window = Window(promise.earliest_at.date(), promise.earliest_at, promise.latest_at)
    for _ in range(TRIES):
        try:
            candidates = await _candidates(database, horizons, job_id, window, frozenset(), actor, now)
            placed = await database.transact(
                actor.areas,
                lambda conn, candidates=candidates: slots.place(
                    conn, area_id=area_id, job_id=job_id, candidates=candidates, actor=actor, now=now
                ),
            )
        except (NotBookable, VisitStarted):
            return False
        if placed or not candidates:
            return placed
    return False


async def _candidates(
    database: Database,
    horizons: Horizons,
    job_id: UUID,
    window: Window,
    excluded: frozenset[UUID],
    actor: Actor,
    now: datetime,
) -> list[Day]:
    """Where the window goes best as things stand now. Nowhere where somebody is at the job or it is over: what that means is
    decided under the locks, for a booking may be asked for again after its technician has arrived."""
    async with database.begin(actor.areas, snapshot=True) as conn:
        try:
            wanted = await slots.wanted(conn, areas_seen=actor.areas, job_id=job_id)
        except (NotBookable, VisitStarted):
            return []
        horizon = horizons.of(wanted.area.area_id)
        await horizon.refresh(conn, wanted.area, now)
        asking = question(horizon, wanted, excluded, now)
        return [one.day for one in asking.price([window], most=CANDIDATES)[0]]
