"""What subscribers get back, and by which terms."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from db.records.base import Record
from db.states import CreditLineKind, CreditWay


class CreditTableVersion(Record):
    """What is owed for time without service and for appointments that were not kept, from a day on. Versioned, never edited."""

    area_id: UUID
    table_version: int
    scheme: str
    currency: str
    valid_from: date
    outage: dict[str, Any]
    appointment: dict[str, Any] | None
    """None: they are not credited."""
    stops: list[str]
    complete_only: bool
    rounding: str


class Credit(Record):
    """Of one trouble: a ticket's, or a mass outage's. `claimed_by` None: nobody had to ask."""

    area_id: UUID
    credit_id: UUID
    subscriber_id: UUID
    ticket_id: UUID | None
    outage_id: UUID | None
    amount_minor: int
    currency: str
    claimed_by: UUID | None
    credited_at: datetime
    leaves_by: CreditWay


class CreditLine(Record):
    """What for, with the facts of the calculation. `on_day` of a month: its first."""

    area_id: UUID
    credit_line_id: UUID
    credit_id: UUID
    subscriber_id: UUID
    kind: CreditLineKind
    on_day: date
    appointment_id: UUID | None
    before_minor: int
    amount_minor: int
    table_version: int
    facts: dict[str, Any]


class CreditExport(Record):
    """A file of the credits of a period that were in none before."""

    area_id: UUID
    export_id: UUID
    first_on: date
    last_on: date
    exported_at: datetime
    exported_by: UUID


class CreditExported(Record):
    """In which file a credit is."""

    area_id: UUID
    credit_id: UUID
    export_id: UUID
    leaves_by: CreditWay = CreditWay.FILE
    """Never another: the foreign key says so of the credit."""
