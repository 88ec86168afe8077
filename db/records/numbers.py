"""What happened in a period, counted. Read from what is kept; not rows of any table.

`key` is what a count is of: a day, a technician, a job kind, a district, somebody of support, a line, a channel; empty where that is
not known.
"""

from datetime import date
from uuid import UUID

from db.records.base import Record


class VisitCounts(Record):
    """Of visits, by the day for which they were planned and the technician whose they were."""

    key: str
    visits: int
    """Attended: a technician was there, whatever came of it."""
    no_access: int
    """Of these, nobody opened."""
    quoted: int
    """Of these, a price was shown."""
    declined: int
    """Of those with a price, it was declined."""
    driving_seconds: int
    """From "on my way" to "arrived" of the visits attended; as planned where the phone did not say both, or more than four
    hours lie between. The way home is in it nowhere."""
    published: int
    """Visits that went out, those taken back included."""
    changed: int
    """Of these, given to somebody else, taken back or moved at least once after that."""
    changes: int
    """How often, all together."""


class DayCounts(Record):
    """Of technician-days: worked in the area, neither absent nor merely on call. Who left early or was called counts when a
    visit was attended."""

    key: str
    technician_days: int
    paid_seconds: int
    """Shifts without their breaks, and what came after them."""
    overtime_seconds: int
    """From the end of the shift to the end of the last visit, the second technician's as well."""


class MendedCounts(Record):
    """Of jobs, by the day on which they were mended for the first time, and the technician who did it."""

    key: str
    mended: int
    fixed_first_time: int
    """At the first attendance, and not reopened."""
    came_back: int
    """Reopened, or the same subscriber reported something again within thirty days."""


class RestoredCounts(Record):
    """Of jobs, by the day on which service was restored, and the technician who was there last by then."""

    key: str
    restored: int
    restoring_seconds: int
    """From the first report."""
    restored_in_time: int
    """By the end of the second working day (Monday to Friday) after the day of the report."""


class PromiseCounts(Record):
    """Of promises, by the day on which their window ended, and the technician who was to be there. Those that were moved or
    called off are none, and those that are still open are none yet."""

    key: str
    promises_kept: int
    promises_missed: int


class HandledCounts(Record):
    """Of the contact history, by the day, person, line, channel or district of its entries. `key` None: of the whole period, in which a ticket
    of several parts counts once. Whoever is no person (another system, the worker) counts for no person."""

    key: str | None
    taken: int
    """Tickets that somebody took, or took down."""
    person_days: int
    """Days on which somebody did, one by one."""
    done: int
    """Tickets with which a line was done: handed on to another one, sent to the field or resolved, by what its clock says. Whoever gives
    one back to their own line is not done."""
    self_checked: int
    """Of these, resolved by the self-check."""
    handed_over: int
    escalated: int
    resolved: int
    called_again: int
    """Of those resolved, reopened, or the same subscriber reported something again within thirty days."""
    timed: int
    """Times that a line which has a limit was done with a ticket."""
    in_time: int
    spent_seconds: int
    """Of its clock: pauses are not in it."""
    spent_at: list[int] | None
    """The median, and what nine of ten stay within; None where there is none."""
    waited: int
    """Times that a ticket was taken out of a queue."""
    waited_in_time: int
    waited_seconds: int
    waited_at: list[int] | None
    terms_answered: int
    terms_refused: int
    dark_contacts: int
    """Tickets opened that were linked to an outage."""
    told_first: int
    """Of these, at once: the outage was known."""


class CallbackCounts(Record):
    """Of calls after a visit, by when they were answered and who asked."""

    key: str | None
    asked: int
    """Answered "fixed" or "not fixed"."""
    said_fixed: int


class ComplaintCounts(Record):
    """Of complaints, by when they were taken down and by whom."""

    key: str | None
    complaints: int
    complaints_open: int
    complaints_due: int
    """Answered, or due by now."""
    answered_in_time: int


class BurdenCounts(Record):
    """Of the fairness ledger: one technician, over the days of a week or a month."""

    technician_id: UUID
    first_on: date
    """The day with which that week or month begins."""
    days: int
    overtime_minutes: int
    far_visits: int
    emergencies: int
    weekend_minutes: int
    late_minutes: int
    joined_visits: int
    burden_minutes: int
