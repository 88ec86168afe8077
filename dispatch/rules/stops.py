"""A visit with what a reader of a round wants beside it."""

from datetime import datetime

from db.records import Appointment, Job, JobKindVersion, Place, Visit
from db.records.base import Record
from dispatch.rules.expected import ExpectedVisit, Risk


class RoundStop(Record):
    """Of a round, as lists, maps and the board show it."""

    visit: Visit
    job: Job
    kind: JobKindVersion
    place: Place
    window: Appointment | None
    together_with: list[str]
    """Who else comes, by name: first whose visit it is."""
    joined: bool = False
    """The visit is somebody else's: the technician of this round comes to help."""
    expected: ExpectedVisit | None = None
    """Of a live visit of a day that runs."""

    @property
    def arrival_at(self) -> datetime:
        """When somebody was there; else when somebody will be, by all that is known."""
        if self.visit.arrived_at is not None:
            return self.visit.arrived_at
        return self.visit.planned_arrival_at if self.expected is None else self.expected.arrival_at

    @property
    def end_at(self) -> datetime:
        """When it ended, or will."""
        if self.visit.ended_at is not None:
            return self.visit.ended_at
        return self.visit.planned_end_at if self.expected is None else self.expected.end_at

    @property
    def at_risk(self) -> bool:
        """The promise may be broken, or will be."""
        return self.expected is not None and self.expected.risk in (Risk.TIGHT, Risk.LATE)
