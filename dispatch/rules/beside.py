"""A record that waits for a person, beside what the server has of the same: which report, which visit, which job."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec

from db.records import InboxEvent, Job, Report, Review, Visit
from db.states import ReportStatus, VisitState
from dispatch.rules.events import Event, read_event

CLOSURE = "closure"


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """A review with both versions: what the phone recorded and what the server has of it."""

    review: Review
    number: str | None
    technician: str
    kind: str | None
    phone: dict[str, Any]
    server: dict[str, Any]
    known: bool
    """The record became a report of a job."""
    replaces: bool
    """It is a closure, and another one is in force."""


def side_by_side(
    review: Review,
    *,
    events: Sequence[InboxEvent],
    reports: Sequence[Report],
    visits: Sequence[Visit],
    job: Job | None,
    names: Mapping[UUID, str],
) -> Beside:
    """`events`: all that came under its id; `reports`, `visits`: of its job."""
    own = next((row for row in reports if row.report_id == review.event_id), None)
    sent = _sent(review, events)
    kind = sent.kind if sent is not None else None if own is None else own.kind
    said = own.body if sent is None and own is not None else _members(sent)
    recorded_at = sent.recorded_at if sent is not None else None if own is None else own.recorded_at
    other = _counterpart(review, own, kind, reports)
    visit = _visit(said, visits)
    phone = {
        "kind": kind,
        "technician": names.get(review.technician_id, ""),
        "recordedAt": recorded_at,
        **said,
    }
    server = {
        "technician": None if visit is None else names.get(visit.technician_id, ""),
        "visitState": None if visit is None else visit.state,
        "jobState": None if job is None else job.state,
    }
    if other is not None:
        server |= {"kind": other.kind, "recordedAt": _when(other), **other.body}
    return Beside(
        review=review,
        number=None if job is None else job.number,
        technician=names.get(review.technician_id, ""),
        kind=kind,
        phone=phone,
        server=server,
        known=own is not None,
        replaces=kind == CLOSURE and other is not None,
    )


def _sent(review: Review, events: Sequence[InboxEvent]) -> Event | None:
    """What is held: of several contents under one id, the one that the review names."""
    meant = review.facts.get("contentHash")
    held = [event for event in events if meant is None or event.content_hash.hex() == meant]
    return read_event(held[0].raw) if held else None


def _members(sent: Event | None) -> dict[str, Any]:
    body: Any = None if sent is None else sent.body
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}


def _counterpart(
    review: Review, own: Report | None, kind: str | None, reports: Sequence[Report]
) -> Report | None:
    """What is in force in its place: what came first under its id, else the last record of its kind."""
    if own is not None and review.facts.get("contentHash") is not None:
        return own
    same = [
        row
        for row in reports
        if row.kind == kind and row.report_id != review.event_id and row.status is ReportStatus.APPLIED
    ]
    return max(same, key=_when, default=None)


def _when(report: Report) -> datetime:
    return report.received_at if report.clock_suspect else report.corrected_at


def _visit(said: Mapping[str, Any], visits: Sequence[Visit]) -> Visit | None:
    """The one that somebody is sent to now, else the one that the record names."""
    live = [row for row in visits if row.state not in (VisitState.DRAFT, VisitState.CANCELLED)]
    named = [row for row in visits if str(row.visit_id) == str(said.get("visitId"))]
    return next(iter([*live, *named]), None)
