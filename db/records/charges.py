"""Price, agreement, closure, money."""

from datetime import datetime
from typing import Any
from uuid import UUID

from db.records.base import Record
from db.states import (
    Action,
    Cause,
    ChargeKind,
    ClosureOutcome,
    ConsentAnswer,
    ConsentMethod,
    ConsentSubject,
    Liability,
    Location,
    WaiverReason,
)


class QuoteLine(Record):
    code: str
    text: str
    quantity: int
    amount_minor: int
    """For one, tax included."""
    tax_basis_points: int


class Quote(Record):
    area_id: UUID
    quote_id: UUID
    job_id: UUID
    visit_id: UUID
    report_id: UUID
    tariff_id: UUID
    lines: list[QuoteLine]
    amount_minor: int
    currency: str
    shown_at: datetime


class Consent(Record):
    area_id: UUID
    consent_id: UUID
    job_id: UUID
    subject: ConsentSubject
    quote_id: UUID | None
    terms_version: int | None
    answer: ConsentAnswer
    amount_minor: int
    currency: str
    language: str
    text_hash: bytes
    method: ConsentMethod
    person: str
    capacity: str
    asked_by: UUID
    device_id: UUID | None
    agreed_at: datetime
    recorded_at: datetime
    evidence: dict[str, Any]
    content_hash: bytes


class Closure(Record):
    area_id: UUID
    closure_id: UUID
    job_id: UUID
    visit_id: UUID
    technician_id: UUID
    location: Location
    cause: Cause
    action: Action
    liability: Liability
    outcome: ClosureOutcome
    consent_id: UUID | None
    confirmed_by: str
    closed_at: datetime
    in_force: bool


class Charge(Record):
    area_id: UUID
    charge_id: UUID
    job_id: UUID
    kind: ChargeKind
    consent_id: UUID
    consent_subject: ConsentSubject
    consent_answer: ConsentAnswer
    consent_amount_minor: int
    closure_id: UUID
    closure_liability: Liability
    amount_minor: int
    currency: str
    charged_at: datetime
    replaces_charge_id: UUID | None = None
    """What was charged before for the same, was taken back, and is owed after all."""


class ChargeReversal(Record):
    area_id: UUID
    charge_reversal_id: UUID
    charge_id: UUID
    reason: str
    reversed_at: datetime
    reversed_by: UUID | None


class ChargeWaiver(Record):
    area_id: UUID
    charge_waiver_id: UUID
    job_id: UUID
    kind: ChargeKind
    consent_id: UUID
    closure_id: UUID
    amount_minor: int
    currency: str
    reason: WaiverReason
    proof: dict[str, Any]
    waived_at: datetime
