"""What people decide of an outage: the words in which they say it, and what it is afterwards."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from db.records import Outage
from db.states import AlarmSeverity, OutageState
from dispatch.bounded import Code, Instant, StrictWire, is_absurd
from dispatch.errors import InstantImpossible, OutOfRange, TransitionRefused

FARTHEST = timedelta(days=30)
"""Nobody expects an end later than this."""


class AcceptanceIn(StrictWire):
    """`networkElementId`: where it is another than was proposed. `jobId`: the job there whose visit mends the element; null: as the
    rule says. `faultClass`: as what it goes to the field, if no job there mends it; else as most of those that it explains."""

    network_element_id: UUID | None = None
    expected_at: Instant | None = None
    fault_class: Code | None = None
    job_id: UUID | None = None


class RaisedIn(StrictWire):
    """`since`: null: with the first report there, or the first sign of what was proposed. `jobId` as in the acceptance."""

    since: Instant | None = None
    expected_at: Instant | None = None
    fault_class: Code | None = None
    job_id: UUID | None = None


class ExpectedIn(StrictWire):
    """Null: nobody knows."""

    expected_at: Instant | None


class RestorationIn(StrictWire):
    """`restoredAt`: null: now. `notMended`: jobs of subscribers who say that theirs does not work all the same."""

    restored_at: Instant | None = None
    not_mended: Annotated[list[UUID], Meta(max_length=1000)] = msgspec.field(default_factory=list[UUID])


class AlarmIn(StrictWire):
    """Of an element, or of the terminal of a contract. `id`: as the system that sends it calls it; the same again is the same
    alarm. `clearedAt`: it is over."""

    id: Code
    raised_at: Instant
    network_element_id: UUID | None = None
    contract: Code | None = None
    severity: AlarmSeverity = AlarmSeverity.MAJOR
    cleared_at: Instant | None = None


class AlarmsIn(StrictWire):
    """`source`: the system that sends them."""

    source: Code
    alarms: Annotated[list[AlarmIn], Meta(min_length=1, max_length=1000)]


def verify_expected(expected_at: datetime | None, now: datetime) -> None:
    """Raises `OutOfRange`: it has passed, or is absurdly far."""
    if expected_at is not None and not now < expected_at <= now + FARTHEST:
        raise OutOfRange(pointer="/expectedAt")


def verify_since(since: datetime | None, now: datetime) -> None:
    """Raises `InstantImpossible`."""
    if since is not None and (is_absurd(since, now) or since > now):
        raise InstantImpossible(pointer="/since")


def accepted(
    outage: Outage,
    element_id: UUID,
    affected: int,
    here: Sequence[Outage],
    expected_at: datetime | None,
    staff_id: UUID,
    now: datetime,
) -> Outage:
    """`here`: what is open on its branch, which it takes over: it began when the first of them did."""
    return msgspec.structs.replace(
        outage,
        network_element_id=element_id,
        state=OutageState.ACCEPTED,
        since=min([outage.since, *(one.since for one in here)]),
        affected=affected,
        accepted_at=now,
        accepted_by=staff_id,
        expected_at=expected_at,
        version=outage.version + 1,
    )


def taken_over(outage: Outage, now: datetime) -> Outage:
    """By a larger one."""
    return msgspec.structs.replace(
        outage, state=OutageState.WITHDRAWN, ended_at=now, version=outage.version + 1
    )


def refused(outage: Outage, now: datetime) -> Outage:
    """Raises `TransitionRefused`."""
    if outage.state is not OutageState.PROPOSED:
        raise TransitionRefused(state=outage.state)
    return msgspec.structs.replace(
        outage, state=OutageState.REFUSED, ended_at=now, version=outage.version + 1
    )


def expected(outage: Outage, expected_at: datetime | None, now: datetime) -> Outage:
    """Raises `TransitionRefused`, `OutOfRange`."""
    if outage.state is not OutageState.ACCEPTED:
        raise TransitionRefused(state=outage.state)
    verify_expected(expected_at, now)
    return msgspec.structs.replace(outage, expected_at=expected_at, version=outage.version + 1)


def restored(outage: Outage, restored_at: datetime | None, now: datetime) -> Outage:
    """Raises `TransitionRefused`, `InstantImpossible` where that was before it began, or is to come."""
    if outage.state is not OutageState.ACCEPTED:
        raise TransitionRefused(state=outage.state)
    at = restored_at or now
    if not outage.since <= at <= now:
        raise InstantImpossible(pointer="/restoredAt")
    return msgspec.structs.replace(
        outage, state=OutageState.RESTORED, restored_at=at, ended_at=now, version=outage.version + 1
    )
