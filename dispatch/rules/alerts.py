"""What a dispatcher should look at now, as against what is open already."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.records import Alert, Appointment, Report, VisitCrew
from db.states import AlertKind
from dispatch.rules.expected import ExpectedDay, ExpectedVisit, Risk

OF_RISK = {Risk.LATE: AlertKind.PROMISE_LATE, Risk.TIGHT: AlertKind.PROMISE_TIGHT}
NEEDS_A_PLAN = frozenset({AlertKind.PROMISE_LATE, AlertKind.PROMISE_UNPLACED})
"""When one of these opens, somebody else may be able to keep the promise."""


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is true now."""

    kind: AlertKind
    subject_id: UUID
    job_id: UUID | None = None
    technician_id: UUID | None = None
    facts: Mapping[str, object] = msgspec.field(default_factory=dict[str, object])


OF_DAYS = frozenset(
    {
        AlertKind.PROMISE_LATE,
        AlertKind.PROMISE_TIGHT,
        AlertKind.TECHNICIAN_LATE,
        AlertKind.TECHNICIAN_SILENT,
        AlertKind.PROMISE_UNPLACED,
    }
)
"""Whoever reads the days knows these without the alerts."""


class Difference(msgspec.Struct, frozen=True):
    """What becomes of the alerts."""

    opened: Sequence[Alert]
    followed: Sequence[Alert]
    """Open as before, but what is known of them is something else by now."""
    closed: Sequence[Alert]


def of_days(days: Iterable[ExpectedDay]) -> list[Raised]:
    """Promises at risk, technicians who are late or silent."""
    found: list[Raised] = []
    for day in days:
        found += [_at_risk(day, item) for item in day.visits if item.risk in OF_RISK]
        if day.late is not None:
            facts = {"visitId": day.late.visit.visit_id, "expectedStartAt": day.late.start_at}
            found.append(_of_technician(AlertKind.TECHNICIAN_LATE, day, day.late, facts))
        if day.silent is not None:
            facts = {"visitId": day.silent.visit.visit_id}
            found.append(_of_technician(AlertKind.TECHNICIAN_SILENT, day, day.silent, facts))
    return found


def _at_risk(day: ExpectedDay, item: ExpectedVisit) -> Raised:
    assert item.promise is not None, "what is at risk is promised"
    assert item.risk is not None, "asked of what is at risk"
    return Raised(
        kind=OF_RISK[item.risk],
        subject_id=item.promise.appointment_id,
        job_id=item.visit.job_id,
        technician_id=day.technician_id,
        facts={
            "visitId": item.visit.visit_id,
            "expectedArrivalAt": item.arrival_at,
            "latestAt": item.promise.latest_at,
        },
    )


def _of_technician(
    kind: AlertKind, day: ExpectedDay, item: ExpectedVisit, facts: Mapping[str, object]
) -> Raised:
    planned = {"plannedStartAt": item.visit.planned_start_at}
    return Raised(
        kind=kind,
        subject_id=day.technician_id,
        job_id=item.visit.job_id,
        technician_id=day.technician_id,
        facts={**facts, **planned},
    )


def of_unplaced(promises: Iterable[Appointment]) -> list[Raised]:
    """Something is promised and nobody goes."""
    return [
        Raised(
            kind=AlertKind.PROMISE_UNPLACED,
            subject_id=promise.appointment_id,
            job_id=promise.job_id,
            facts={"earliestAt": promise.earliest_at, "latestAt": promise.latest_at},
        )
        for promise in promises
    ]


def of_missing(reports: Iterable[Report]) -> list[Raised]:
    """`reports`: of a missing part, of jobs that wait for it. One alert for a job."""
    last = {report.job_id: report for report in reports}
    return [
        Raised(
            kind=AlertKind.PART_MISSING,
            subject_id=report.visit_id,
            job_id=report.job_id,
            technician_id=report.technician_id,
            facts={"code": report.body.get("code")},
        )
        for report in last.values()
    ]


def unanswered(
    asked: Iterable[Report], crew: Sequence[VisitCrew], skills: Mapping[UUID, Collection[str]]
) -> list[Report]:
    """Of the reports that ask for help: those that nobody answered by joining that visit since, with the skills asked for.
    `skills`: of the crew, by technician."""
    return [
        report
        for report in asked
        if not any(
            row.visit_id == report.visit_id
            and row.joined_at >= (report.received_at if report.clock_suspect else report.corrected_at)
            and not lacking(report, skills.get(row.technician_id, ()))
            for row in crew
        )
    ]


def lacking(asked: Report, skills: Collection[str]) -> list[str]:
    """What was asked for and is not among the skills."""
    return sorted(set(asked.body["skills"]) - set(skills))


def of_asked(reports: Iterable[Report]) -> list[Raised]:
    """`reports`: that ask for a second technician, where none was given. One alert for a visit: of the first."""
    first: dict[UUID, Report] = {}
    for report in reports:
        first.setdefault(report.visit_id, report)
    return [
        Raised(
            kind=AlertKind.HELP_ASKED,
            subject_id=report.report_id,
            job_id=report.job_id,
            technician_id=report.technician_id,
            facts={"visitId": report.visit_id, "skills": report.body["skills"]},
        )
        for report in first.values()
    ]


def difference(
    raised: Sequence[Raised],
    present: Sequence[Alert],
    area_id: UUID,
    new_id: Callable[[], UUID],
    now: datetime,
) -> Difference:
    """What is true and not open opens; what is open and still true follows what is known; what is no longer true closes."""
    known = {alert.alert_id: alert for alert in present}
    alerts = true_now(raised, present, area_id, new_id, now)
    still = {alert.alert_id for alert in alerts}
    return Difference(
        opened=[alert for alert in alerts if alert.alert_id not in known],
        followed=[alert for alert in alerts if alert.alert_id in known and alert != known[alert.alert_id]],
        closed=[alert for alert in present if alert.alert_id not in still],
    )


def true_now(
    raised: Sequence[Raised],
    present: Sequence[Alert],
    area_id: UUID,
    new_id: Callable[[], UUID],
    now: datetime,
) -> list[Alert]:
    """What was raised as alerts; what is open already stays so since when it was."""
    known = {(alert.kind, alert.subject_id): alert for alert in present}
    found: list[Alert] = []
    for key, alert in {
        (one.kind, one.subject_id): _alert(one, area_id, new_id, now) for one in raised
    }.items():
        if (open_alert := known.get(key)) is not None:
            alert = msgspec.structs.replace(
                alert, alert_id=open_alert.alert_id, opened_at=open_alert.opened_at
            )
        found.append(alert)
    return found


def _alert(one: Raised, area_id: UUID, new_id: Callable[[], UUID], now: datetime) -> Alert:
    return Alert(
        area_id=area_id,
        alert_id=new_id(),
        kind=one.kind,
        subject_id=one.subject_id,
        job_id=one.job_id,
        technician_id=one.technician_id,
        facts=msgspec.to_builtins(dict(one.facts)),
        opened_at=now,
        closed_at=None,
    )
