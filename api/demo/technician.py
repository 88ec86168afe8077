"""A technician's day: goes where the phone says, does the work, reports it. What is behind a door is learnt there."""

from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from api.demo.faults import Fate
from api.demo.phone import Phone
from api.demo.work import Attendance, Step, steps_of
from db.states import JobState, VisitState
from dispatch.rules.phone import VisibleJob, VisibleVisit

OVERTIME = timedelta(minutes=60)
"""So long after the shift's end nobody sets out any more."""
ONLY_ONCE = frozenset({Fate.NO_ACCESS, Fate.FORGETFUL, Fate.PART_MISSING})
EARLY_TRAVEL = timedelta(minutes=12)
"""How long it takes to a visit that is done out of turn."""


class Person:
    """One technician, with one phone, on one day."""

    def __init__(
        self,
        phone: Phone,
        *,
        technician_id: UUID,
        name: str,
        on: date,
        shift: tuple[datetime, datetime],
        doors: dict[str, Fate],
        seed: str,
    ) -> None:
        self.phone = phone
        self.technician_id = technician_id
        self.name = name
        self.on = on
        self.shift = shift
        self.insists_on: UUID | None = None
        """A visit that this person goes to next, whatever the hour."""
        self.began: set[UUID] = set()
        self._doors = doors
        self._seed = seed
        self._free_at = shift[0]
        self._looked_at = shift[0]
        self._job_id: UUID | None = None
        self._visit_id: UUID | None = None
        self._steps: list[Step] = []
        self._arrived = False

    @property
    def busy_until(self) -> datetime:
        return self._steps[-1].at if self._steps else self._free_at

    def act(self, now: datetime) -> None:
        """Everything that this person does up to now."""
        while True:
            self._give_up_what_was_taken_back()
            if not self._steps and not self._set_out(now):
                break
            self._report(now)
            if self._steps:
                break
        self._looked_at = max(now, self.shift[0])

    def _report(self, now: datetime) -> None:
        assert self._job_id is not None, "on a visit"
        while self._steps and self._steps[0].at <= now:
            step = self._steps.pop(0)
            self._arrived = self._arrived or step.kind == "arrived"
            self.phone.record(step.kind, self._job_id, step.body, step.at, step.event_id, step.needs)
            self._free_at = step.at
            if not self._steps and self._visit_id == self.insists_on:
                self.insists_on = None

    def _give_up_what_was_taken_back(self) -> None:
        """On the way to a visit that the phone no longer shows: turn round."""
        if self._steps and not self._arrived and self._visit_id != self.insists_on:
            shown = self._visits().get(self._visit_id) if self._visit_id else None
            if shown is None or shown[1].state is VisitState.CANCELLED:
                self._steps = []
                self._free_at = self._looked_at

    def _visits(self) -> dict[UUID | None, tuple[VisibleJob, VisibleVisit]]:
        return {
            visit.visit_id: (job, visit)
            for job in self.phone.rows.values()
            for visit in job.visits
            if visit.on_day == self.on
        }

    def waiting_visits(self) -> list[tuple[VisibleJob, VisibleVisit]]:
        """What the phone shows as still to do, in the order of the round."""
        waiting = [
            (job, visit)
            for job, visit in self._visits().values()
            if visit.state is VisitState.PUBLISHED
            and visit.visit_id not in self.began
            and job.state not in (JobState.CLOSED, JobState.CANCELLED)
        ]
        return sorted(waiting, key=lambda found: (found[1].planned_start_at, found[1].sequence))

    def _set_out(self, now: datetime) -> bool:
        """Leave for the next visit if it is time."""
        waiting = self.waiting_visits()
        insisted = [found for found in waiting if found[1].visit_id == self.insists_on]
        if not waiting:
            return False
        job, visit = (insisted or waiting)[0]
        random = Random(f"{self._seed} {job.place.address} {job.holder_name} {len(job.visits)}")
        travel = timedelta(seconds=visit.travel_seconds) * random.uniform(0.85, 1.1)
        leave = max(self._free_at, self._looked_at)
        if insisted:
            travel = EARLY_TRAVEL
        else:
            leave = max(leave, visit.planned_arrival_at - timedelta(seconds=visit.travel_seconds))
        if leave > now or leave > self.shift[1] + OVERTIME:
            return False
        planned = visit.planned_end_at - visit.planned_start_at
        attendance = Attendance(
            job=job,
            visit=visit,
            fate=self._fate(job),
            leave_at=leave,
            arrive_at=leave + travel,
            length=planned * random.uniform(0.72, 1.06),
        )
        self._job_id, self._visit_id, self._arrived = job.job_id, visit.visit_id, False
        self.began.add(visit.visit_id)
        self._steps = steps_of(attendance, random)
        return True

    def _fate(self, job: VisibleJob) -> Fate:
        """Whoever is not at home is there the next time; nobody forgets twice."""
        door = "" if job.contact is None else job.contact.phone
        fate = self._doors.get(door, Fate.FIXED)
        if fate in ONLY_ONCE:
            self._doors[door] = Fate.FIXED
        return fate
