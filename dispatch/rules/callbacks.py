"""Asking whether it is mended: when a call is due, and what each answer makes of it."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from db.records import AreaSettings, Callback, Job
from db.states import CallbackState, JobState
from dispatch.errors import NotInHand

HELD_FOR = timedelta(minutes=30)
"""Whoever took a call and did nothing about it for so long has left it to the next."""


class CallbackOutcome(StrEnum):
    """What came of one call."""

    FIXED = "fixed"
    NOT_FIXED = "not_fixed"
    NOT_REACHED = "not_reached"
    DECLINED = "declined"


_STATE = {
    CallbackOutcome.FIXED: CallbackState.FIXED,
    CallbackOutcome.NOT_FIXED: CallbackState.NOT_FIXED,
    CallbackOutcome.DECLINED: CallbackState.DECLINED,
}


def planned(
    job: Job, ticket_id: UUID, settings: AreaSettings, callback_id: UUID, now: datetime
) -> Callback | None:
    """For a closed job; None where it is not, or where the area asks nobody."""
    if settings.callback_hours is None or job.state is not JobState.CLOSED or job.closed_at is None:
        return None
    return Callback(
        area_id=job.area_id,
        callback_id=callback_id,
        job_id=job.job_id,
        ticket_id=ticket_id,
        subscriber_id=job.subscriber_id,
        closing=job.reopened,
        state=CallbackState.DUE,
        due_at=job.closed_at + timedelta(hours=settings.callback_hours),
        made_at=now,
    )


def taken(callback: Callback, staff_id: UUID, now: datetime) -> Callback:
    return msgspec.structs.replace(callback, state=CallbackState.TAKEN, staff_id=staff_id, taken_at=now)


def verify_in_hand(callback: Callback, staff_id: UUID) -> None:
    """Raises `NotInHand`: it waits, is somebody else's, or is over."""
    if callback.state is not CallbackState.TAKEN or callback.staff_id != staff_id:
        raise NotInHand(state=callback.state, staffId=callback.staff_id)


def after_call(
    callback: Callback, outcome: CallbackOutcome, settings: AreaSettings, now: datetime
) -> Callback:
    """Whoever was not reached is called again later, until it was tried as often as the area says."""
    if outcome is not CallbackOutcome.NOT_REACHED:
        return msgspec.structs.replace(callback, state=_STATE[outcome], ended_at=now)
    tries = callback.tries + 1
    if tries >= settings.callback_tries:
        return msgspec.structs.replace(callback, state=CallbackState.GIVEN_UP, tries=tries, ended_at=now)
    return msgspec.structs.replace(
        callback,
        state=CallbackState.DUE,
        tries=tries,
        due_at=now + timedelta(minutes=settings.callback_again_minutes),
    )
