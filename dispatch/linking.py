"""By the link the subscriber moves and cancels as a desk does: the same windows, the same locks, the same promises."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from db.pool import Database
from db.states import JobState
from dispatch import booking
from dispatch.actors import Actor
from dispatch.errors import (
    AppointmentMissing,
    LinkLocked,
    NotBookable,
    UnknownSlotQuote,
    VisitStarted,
    WrongDigits,
)
from dispatch.flows import links, slots
from dispatch.horizon import Horizons
from dispatch.rules.links import CancelReason


async def quote(database: Database, horizons: Horizons, *, actor: Actor, now: datetime) -> slots.Quoted:
    """Windows for the link's job, best first, or why there is none. Raises `TooManyWindows`, `NotBookable`, `OutageHolds`,
    `VisitStarted`."""
    async with database.begin(actor.areas) as conn:
        await links.verify_may_ask(conn, actor=actor, now=now)
    with _too_late():
        return await booking.quote(
            database, horizons, job_id=_job_of(actor), asked=booking.Asked(), actor=actor, now=now
        )


async def move(
    database: Database,
    horizons: Horizons,
    *,
    slot_quote_id: UUID,
    number: int,
    digits: str,
    actor: Actor,
    now: datetime,
) -> slots.Booked | slots.Quoted:
    """Another window in the place of the one before; again it is the same; other windows when somebody was faster. Raises
    `WrongDigits`, `LinkLocked`, `UnknownSlotQuote` (of another job, too) and what `booking.book` does."""
    await _verify(database, digits, actor, now)
    async with database.begin(actor.areas) as conn:
        found = await slots.get_quote(conn, areas_seen=actor.areas, slot_quote_id=slot_quote_id)
    if found.quote.job_id != _job_of(actor):
        raise UnknownSlotQuote()
    with _too_late():
        return await booking.book(
            database, horizons, slot_quote_id=slot_quote_id, number=number, actor=actor, now=now
        )


async def cancel(
    database: Database, *, digits: str, reason: CancelReason, actor: Actor, now: datetime
) -> None:
    """Nobody comes, and the job waits for another window. Again changes nothing. Raises `WrongDigits`, `LinkLocked`,
    `VisitStarted`."""
    await _verify(database, digits, actor, now)

    try:
        await database.transact(
            actor.areas,
            lambda conn: slots.cancel_appointment(
                conn,
                areas_seen=actor.areas,
                job_id=_job_of(actor),
                version=None,
                reason="",
                chosen=reason,
                actor=actor,
                now=now,
            ),
        )
    except AppointmentMissing:
        # the answer got lost, or there was nothing to cancel: either way nobody comes
        return


@contextmanager
def _too_late() -> Generator[None]:
    """To a desk a job in progress takes no window; its subscriber is told that somebody is on the way."""
    try:
        yield
    except NotBookable as error:
        if error.facts.get("state") is JobState.IN_PROGRESS:
            raise VisitStarted() from error
        raise


async def _verify(database: Database, digits: str, actor: Actor, now: datetime) -> None:
    checked = await database.transact(
        actor.areas, lambda conn: links.check_digits(conn, actor=actor, digits=digits, now=now)
    )
    if checked.right:
        return
    if checked.left == 0:
        raise LinkLocked()
    raise WrongDigits(pointer="/digits", triesLeft=checked.left)


def _job_of(actor: Actor) -> UUID:
    assert actor.job_id is not None, "the guard has let a link in"
    return actor.job_id
