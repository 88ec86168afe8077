"""The clock of a line: how long it has worked on a ticket, less the pauses that are allowed; when it warns and when it is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from db.records import SupportLine, Ticket, TicketPause
from db.states import TicketState


class LineClock(msgspec.Struct, frozen=True, kw_only=True):
    """`due_at` None: the line has no limit, or its clock stands still."""

    spent_seconds: int
    limit_seconds: int | None
    paused: bool
    warning: bool
    overrun: bool
    due_at: datetime | None


def clock_of(
    ticket: Ticket, pauses: Sequence[TicketPause], lines: Sequence[SupportLine], now: datetime
) -> LineClock | None:
    """None where nobody works on it."""
    if ticket.line_began_at is None or ticket.state is not TicketState.IN_PROGRESS:
        return None
    line = line_of(ticket.line, lines)
    still = stood_still(pauses, ticket.line_began_at, now)
    paused = any(pause.ended_at is None for pause in pauses)
    spent = max(timedelta(), now - ticket.line_began_at - still)
    limit = None if line.limit_minutes is None else timedelta(minutes=line.limit_minutes)
    return LineClock(
        spent_seconds=int(spent.total_seconds()),
        limit_seconds=None if limit is None else int(limit.total_seconds()),
        paused=paused,
        warning=limit is not None and limit - timedelta(minutes=line.warn_minutes) <= spent < limit,
        overrun=limit is not None and spent >= limit,
        due_at=None if limit is None or paused else now + (limit - spent),
    )


def line_of(number: int, lines: Sequence[SupportLine]) -> SupportLine:
    """A line that is not configured has no limit."""
    return next((line for line in lines if line.number == number), SupportLine(number=number))


def stood_still(pauses: Sequence[TicketPause], began_at: datetime, now: datetime) -> timedelta:
    """Pauses since then; they never overlap, because a clock that stands is not stopped again."""
    return sum(
        (
            (pause.ended_at or now) - max(pause.began_at, began_at)
            for pause in pauses
            if (pause.ended_at or now) > began_at
        ),
        timedelta(),
    )
