"""What is versioned and never edited: job kinds with their checklists, tariffs, terms, agreements."""

from datetime import datetime, timedelta
from uuid import UUID

from db.records.base import Record


class ChecklistItem(Record):
    code: str
    text: dict[str, str]
    """By language."""
    required: bool = True


class LineTest(Record):
    """What the line must show before the visit may be closed as done; warn bounds are for the technician."""

    quantity: str
    unit: str
    minimum: float
    maximum: float
    warn_below: float | None = None
    warn_above: float | None = None


class JobKindVersion(Record):
    area_id: UUID
    kind: str
    kind_version: int
    title: dict[str, str]
    fault_classes: list[str]
    skills: list[str]
    tools: list[str]
    parts: dict[str, int]
    service_duration: timedelta
    setup_duration: timedelta
    priority: int
    due_duration: timedelta
    checklist: list[ChecklistItem]
    photos: list[str]
    line_test: LineTest | None
    chargeable: bool
    interruptible: bool
    valid_from: datetime


class Tariff(Record):
    area_id: UUID
    tariff_id: UUID
    tariff_version: int
    currency: str
    valid_from: datetime


class TariffLine(Record):
    area_id: UUID
    tariff_id: UUID
    code: str
    text: dict[str, str]
    amount_minor: int
    tax_basis_points: int


class TermsText(Record):
    area_id: UUID
    terms_version: int
    language: str
    text: str
    call_out_minor: int
    currency: str
    valid_from: datetime


class AgreementText(Record):
    """The words under which price lines are agreed to on site."""

    area_id: UUID
    agreement_version: int
    language: str
    text: str
    valid_from: datetime
