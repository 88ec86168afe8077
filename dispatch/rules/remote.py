"""Line 2 from afar: what needs the subscriber's consent, where a fault lies by what was measured, and what it is escalated as."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from db.records import Contact, ContactEntry, Subscriber, Ticket
from db.states import ConsentAnswer, HistoryKind, Localisation, Relation
from dispatch.bounded import Code, Count, Language, Name, StrictWire, Text
from dispatch.bounded import Sequence as SequenceNumber
from dispatch.errors import ConsentMissing
from dispatch.rules.escalations import ContactIn, DiagnosisIn, EscalationIn, ReadingIn, TermsIn


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One reading. `minimum` and `maximum`: within which it is good; None: there is no such limit."""

    quantity: str
    value: float
    unit: str
    minimum: float | None = None
    maximum: float | None = None

    @property
    def good(self) -> bool:
        return (self.minimum is None or self.value >= self.minimum) and (
            self.maximum is None or self.value <= self.maximum
        )


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A subscriber's end of the network, as it is. `online`: the terminal answers; `changed_at`: since when that is so."""

    online: bool
    measures: list[Measure]
    changed_at: datetime | None = None


class RemoteAction(StrEnum):
    """What line 2 can do from afar."""

    RESTART_PORT = "restart_port"
    CONFIGURE_PORT = "configure_port"
    RESTART_TERMINAL = "restart_terminal"
    REINSTALL_ROUTER = "reinstall_router"
    WIFI_ON = "wifi_on"
    WIFI_OFF = "wifi_off"
    WIFI_NAME = "wifi_name"
    WIFI_PASSWORD = "wifi_password"


NEEDS_CONSENT = frozenset(
    {
        RemoteAction.REINSTALL_ROUTER,
        RemoteAction.WIFI_ON,
        RemoteAction.WIFI_OFF,
        RemoteAction.WIFI_NAME,
        RemoteAction.WIFI_PASSWORD,
    }
)
"""What belongs to the subscriber, or changes how it works for them."""


def agreed_to(entries: Sequence[ContactEntry], ticket_id: UUID) -> set[str]:
    """Actions that the subscriber agreed to on this ticket; the last answer counts."""
    answers: dict[str, bool] = {}
    for entry in sorted(entries, key=lambda one: (one.at, one.contact_entry_id)):
        if entry.ticket_id == ticket_id and entry.kind is HistoryKind.AGREED:
            answers |= dict.fromkeys(entry.facts.get("actions", ()), entry.facts["accepted"])
    return {action for action, accepted in answers.items() if accepted}


class AskedFor(msgspec.Struct, frozen=True, kw_only=True):
    """Something remote, for a ticket. `accepted` None: nobody has answered yet, or need not be asked. What was agreed to is done only
    with `done_at`."""

    action: str
    accepted: bool | None
    person: str
    at: datetime
    done_at: datetime | None = None


def asked_for(entries: Sequence[ContactEntry], ticket_id: UUID) -> list[AskedFor]:
    """Each action as it stands, in the order in which they first came up."""
    found: dict[str, AskedFor] = {}
    for entry in sorted(entries, key=lambda one: (one.at, one.contact_entry_id)):
        if entry.ticket_id != ticket_id:
            continue
        said = entry.facts
        if entry.kind is HistoryKind.AGREED:
            for action in said.get("actions", ()):
                found[action] = AskedFor(
                    action=action, accepted=said["accepted"], person=said["person"], at=entry.at
                )
        elif entry.kind is HistoryKind.ACTED:
            before = found.get(said["action"])
            asked = before or AskedFor(action=said["action"], accepted=None, person="", at=entry.at)
            found[said["action"]] = msgspec.structs.replace(asked, done_at=entry.at)
        elif entry.kind is HistoryKind.HANDED_OVER and said.get("asked"):
            before = found.get(said["asked"])
            # what was agreed to and is not done yet stays agreed to
            if before is None or before.accepted is False or before.done_at is not None:
                found[said["asked"]] = AskedFor(action=said["asked"], accepted=None, person="", at=entry.at)
    return list(found.values())


def verify_agreed(action: RemoteAction, agreed: Collection[str]) -> None:
    """Raises `ConsentMissing`."""
    if action in NEEDS_CONSENT and action not in agreed:
        raise ConsentMissing(action=action)


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """Where the fault seems to lie, and as what it would go to the field; None where it need not."""

    localised: Localisation
    fault_class: str | None


def proposed(measured: Measured) -> Proposed:
    """By the first thing that is wrong on the way from the network to the subscriber."""
    if not measured.online and not measured.measures:
        return Proposed(localised=Localisation.LINE, fault_class="cable_break")
    bad = {one.quantity for one in measured.measures if not one.good}
    if "rx_power" in bad:
        return Proposed(localised=Localisation.LINE, fault_class="cable_break")
    if bad & {"port_speed", "port_errors"}:
        return Proposed(localised=Localisation.EQUIPMENT, fault_class="equipment_failure")
    if bad:
        return Proposed(localised=Localisation.SUBSCRIBER, fault_class=None)
    return Proposed(localised=Localisation.SUBSCRIBER, fault_class=None)


def last_measured(entries: Sequence[ContactEntry], ticket: Ticket) -> Measured | None:
    """Of this ticket."""
    tested = [one for one in entries if one.ticket_id == ticket.ticket_id and one.kind is HistoryKind.TESTED]
    newest = max(tested, key=lambda one: (one.at, one.contact_entry_id), default=None)
    return None if newest is None else msgspec.convert(newest.facts, Measured)


class TermsAnswered(StrictWire):
    """The terms of a paid visit as they were read out, and what was answered. Who asked and when is known."""

    terms_version: SequenceNumber
    language: Language
    answer: ConsentAnswer
    person: Name
    capacity: Name


def terms_answered(entries: Sequence[ContactEntry], ticket_id: UUID) -> tuple[TermsAnswered, datetime] | None:
    """What was last answered on this ticket, and when."""
    said = [
        entry
        for entry in entries
        if entry.ticket_id == ticket_id and entry.kind is HistoryKind.AGREED and "terms" in entry.facts
    ]
    last = max(said, key=lambda one: (one.at, one.contact_entry_id), default=None)
    return None if last is None else (msgspec.convert(last.facts["terms"], TermsAnswered), last.at)


class LineTwoFound(StrictWire):
    """What goes to the field. `terms`: where the visit may be paid and they were not answered on the ticket before."""

    fault_class: Code
    summary: Text
    affected: Count = 1
    terms: TermsAnswered | None = None


def escalation_of(
    found: LineTwoFound,
    ticket: Ticket,
    subscriber: Subscriber,
    contact: Contact | None,
    entries: Sequence[ContactEntry],
    staff_name: str,
    now: datetime,
) -> EscalationIn:
    """With the last that was measured, and whom to reach on site: who was named for it, or else who called."""
    measured = last_measured(entries, ticket)
    answered = terms_answered(entries, ticket.ticket_id) if found.terms is None else (found.terms, now)
    return EscalationIn(
        source=ticket.source,
        ticket_number=ticket.ticket_number,
        sequence=1
        + sum(one.ticket_id == ticket.ticket_id and one.kind is HistoryKind.ESCALATED for one in entries),
        contract=subscriber.contract,
        fault_class=found.fault_class,
        reported_at=ticket.reported_at,
        diagnosis=DiagnosisIn(
            summary=found.summary,
            readings=[
                ReadingIn(quantity=one.quantity, value=one.value, unit=one.unit)
                for one in ([] if measured is None else measured.measures)
            ],
        ),
        affected=found.affected,
        contact=_on_site(ticket, subscriber, contact),
        terms=None if answered is None else _terms(*answered, staff_name, ticket),
        network_element_id=ticket.network_element_id,
    )


def _terms(answered: TermsAnswered, at: datetime, staff_name: str, ticket: Ticket) -> TermsIn:
    return TermsIn(
        terms_version=answered.terms_version,
        language=answered.language,
        answer=answered.answer,
        person=answered.person,
        capacity=answered.capacity,
        asked_by=staff_name,
        channel=ticket.channel,
        answered_at=at,
    )


def _on_site(ticket: Ticket, subscriber: Subscriber, contact: Contact | None) -> ContactIn | None:
    if contact is not None:
        return ContactIn(
            name=contact.name, relation=contact.relation, phone=contact.phone, language=contact.language
        )
    name = ticket.caller_name or (subscriber.holder_name if ticket.caller_relation is Relation.HOLDER else "")
    if not name:
        return None
    return ContactIn(
        name=name,
        relation=ticket.caller_relation,
        phone=ticket.caller_phone,
        language=ticket.language or subscriber.language,
    )
