"""Of a subscriber's trouble: its span, what stopped it, which appointments were not kept, what is worked out together."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from db.ids import new_id
from db.records import Appointment, Closure, ContactEntry, JournalEntry, Ticket
from db.states import ActorKind, AppointmentState, HistoryKind, Liability, Localisation, TicketState
from dispatch.rules.credit_tables import StopReason
from dispatch.rules.credits import Span
from dispatch.rules.tickets import BY_THE_FIELD
from dispatch.rules.troubles import (
    Trouble,
    began_at,
    beside,
    broken_of,
    is_complete,
    is_over,
    span_of,
    stops_of,
)
from tests.worlds import NOW, known_id

AREA, JOB = known_id("area"), known_id("job")
DAY = timedelta(days=1)


def ticket(hours: float = 24, since: float = 0, **changes: Any) -> Ticket:
    """Resolved after so many hours; reported so many after now."""
    begun = NOW + timedelta(hours=since)
    said: dict[str, Any] = {
        "area_id": AREA,
        "ticket_id": new_id(),
        "source": "line3",
        "ticket_number": "T-1",
        "subscriber_id": known_id("subscriber"),
        "reported_at": begun,
        "line": 1,
        "state": TicketState.RESOLVED,
        "resolution": "port_restarted",
        "resolved_at": begun + timedelta(hours=hours),
    }
    return Ticket(**{**said, **changes})


def seen_by_line_two(at: datetime, of: Ticket, *, online: bool) -> ContactEntry:
    return ContactEntry(
        area_id=AREA,
        contact_entry_id=new_id(),
        ticket_id=of.ticket_id,
        subscriber_id=of.subscriber_id,
        at=at,
        line=2,
        staff_id=None,
        kind=HistoryKind.TESTED,
        facts={"online": online, "measures": [], "changed_at": None},
    )


def closure(liability: Liability, at: datetime) -> Closure:
    facts = {
        "area_id": AREA,
        "closure_id": new_id(),
        "job_id": JOB,
        "visit_id": new_id(),
        "technician_id": new_id(),
        "location": "drop",
        "cause": "weather",
        "action": "resplice",
        "liability": liability,
        "outcome": "done",
        "consent_id": None,
        "confirmed_by": "",
        "closed_at": at,
        "in_force": True,
    }
    return msgspec.convert(facts, Closure, builtin_types=(UUID, datetime))


def appointment(state: AppointmentState, day: int, promised: datetime = NOW) -> Appointment:
    earliest = NOW + day * DAY
    return Appointment(
        area_id=AREA,
        appointment_id=new_id(),
        job_id=JOB,
        state=state,
        earliest_at=earliest,
        latest_at=earliest + timedelta(hours=2),
        slot_quote_id=None,
        promised_at=promised,
        promised_by=new_id(),
        arrived_at=None,
    )


def said(action: str, at: datetime, subject_id: UUID | None = None, **facts: Any) -> JournalEntry:
    return JournalEntry(
        area_id=AREA,
        n=1,
        at=at,
        actor_kind=ActorKind.STAFF,
        actor_id=None,
        action=action,
        job_id=JOB,
        subject_id=subject_id,
        facts=facts,
    )


def test_what_the_terminal_said_when_line_two_first_looked_decides_whether_anything_worked() -> None:
    one = ticket()
    dark, light = seen_by_line_two(NOW, one, online=False), seen_by_line_two(NOW + DAY, one, online=True)
    assert is_complete(Trouble(ticket=one))
    assert is_complete(Trouble(ticket=one, history=[light, dark]))
    assert not is_complete(Trouble(ticket=one, history=[light]))


def test_a_trouble_ends_with_its_recorded_restoration_and_with_nothing_else() -> None:
    found = span_of(Trouble(ticket=ticket()))
    assert found is not None
    assert (found.begin_at, found.end_at) == (NOW, NOW + DAY)
    assert span_of(Trouble(ticket=ticket(resolution=BY_THE_FIELD))) is None
    assert span_of(Trouble(ticket=ticket(localised=Localisation.SUBSCRIBER))) is None
    assert is_over(Trouble(ticket=ticket()))
    assert not is_over(Trouble(ticket=ticket(state=TicketState.ESCALATED, resolved_at=None)))


def test_what_the_last_closure_says_counts_more_than_what_line_two_thought() -> None:
    one = ticket(localised=Localisation.SUBSCRIBER)
    ours, theirs = closure(Liability.OPERATOR, NOW + DAY), closure(Liability.SUBSCRIBER, NOW)
    assert span_of(Trouble(ticket=one, closures=[ours, theirs])) is not None
    assert span_of(Trouble(ticket=ticket(), closures=[theirs])) is None


def test_force_majeure_stops_the_clock_from_the_first_report_on() -> None:
    storm = closure(Liability.FORCE_MAJEURE, NOW + DAY)
    (stop,) = stops_of(Trouble(ticket=ticket(), closures=[storm]))
    assert (stop.reason, stop.begin_at, stop.end_at) == (StopReason.FORCE_MAJEURE, NOW, NOW + DAY)


def test_the_subscribers_wish_stops_it_until_the_next_promise_and_never_longer_than_the_trouble() -> None:
    wish = said("appointment.cancelled", NOW + timedelta(hours=6))
    (stop,) = stops_of(Trouble(ticket=ticket(), entries=[wish]))
    assert stop.end_at == NOW + DAY
    again = appointment(AppointmentState.KEPT, 1, promised=NOW + timedelta(hours=8))
    before = appointment(AppointmentState.CANCELLED, 1)
    (stop,) = stops_of(Trouble(ticket=ticket(), entries=[wish], appointments=[before, again]))
    assert (stop.reason, stop.end_at) == (StopReason.SUBSCRIBER_WISH, NOW + timedelta(hours=8))
    late = said("appointment.cancelled", NOW + 2 * DAY)
    assert stops_of(Trouble(ticket=ticket(), entries=[late])) == []


def test_a_window_that_was_moved_when_it_was_over_was_missed_and_one_moved_before_was_not() -> None:
    over = appointment(AppointmentState.MOVED, 1)
    ahead = appointment(AppointmentState.MOVED, 3, promised=over.latest_at + timedelta(minutes=1))
    last = appointment(AppointmentState.KEPT, 4, promised=NOW + 2 * DAY)
    broken = broken_of(Trouble(ticket=ticket(), appointments=[last, ahead, over]))
    assert [one.appointment_id for one in broken] == [over.appointment_id]


def test_what_is_cancelled_after_its_time_was_missed_and_by_whom_is_in_the_journal() -> None:
    ours, theirs = (appointment(AppointmentState.CANCELLED, day) for day in (1, 2))
    entries = [
        said("appointment.cancelled", NOW, theirs.appointment_id),
        said("job.cancelled", ours.latest_at + timedelta(hours=1)),
    ]
    broken = broken_of(Trouble(ticket=ticket(), appointments=[ours, theirs], entries=entries))
    assert [(one.appointment_id, one.cancelled_at) for one in broken] == [(ours.appointment_id, None)]
    # nobody had come: that its subscriber gave it up then takes nothing away
    given_up = said("appointment.cancelled", theirs.latest_at + timedelta(minutes=1), theirs.appointment_id)
    broken = broken_of(Trouble(ticket=ticket(), appointments=[theirs], entries=[given_up]))
    assert [(one.appointment_id, one.cancelled_at) for one in broken] == [(theirs.appointment_id, None)]


def test_what_a_mass_outage_calls_off_is_ours_and_stops_no_clock() -> None:
    window = appointment(AppointmentState.CANCELLED, 1)
    at = window.earliest_at - timedelta(hours=3)
    off = said("appointment.cancelled", at, window.appointment_id, outage=True)
    trouble = Trouble(ticket=ticket(48), appointments=[window], entries=[off])
    assert stops_of(trouble) == []
    assert [(one.appointment_id, one.cancelled_at) for one in broken_of(trouble)] == [
        (window.appointment_id, at)
    ]


def test_troubles_that_overlap_through_a_third_are_worked_out_together() -> None:
    first, second, third, apart = (
        Trouble(ticket=ticket(hours, since)) for hours, since in ((24, 0), (48, 20), (24, 60), (5, 200))
    )
    assert beside(first, [apart, third, second, first]) == [first, second, third]
    assert beside(apart, [first, second, third]) == [apart]
    # a mass outage joins what lies on either side of it
    dark = Span(begin_at=began_at(second), end_at=began_at(apart))
    assert beside(dark, [apart, third, second, first, dark]) == [dark, apart, third, second, first]
