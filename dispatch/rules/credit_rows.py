"""Terms and lines of credit as rows, and back."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from db.records import Credit, CreditLine, CreditTableVersion
from db.states import CreditLineKind
from dispatch.rules.credit_tables import CreditTable
from dispatch.rules.credits import AppointmentLine, DayLine, Line, MonthLine

CREDIT = "credit"
"""Its kind in the outbox: for billing."""
_KINDS = {
    DayLine: CreditLineKind.DAY,
    MonthLine: CreditLineKind.MONTH,
    AppointmentLine: CreditLineKind.APPOINTMENT,
}


def table_of(row: CreditTableVersion) -> CreditTable:
    """The newest of those that are valid counts, so none has to end."""
    facts = {
        "scheme": row.scheme,
        "version": row.table_version,
        "currency": row.currency,
        "valid_from": row.valid_from,
        "valid_until": None,
        "outage": row.outage,
        "appointment": row.appointment,
        "stops": row.stops,
        "complete_only": row.complete_only,
        "rounding": row.rounding,
    }
    return msgspec.convert(facts, CreditTable)


def row_of(table: CreditTable, area_id: UUID) -> CreditTableVersion:
    return CreditTableVersion(
        area_id=area_id,
        table_version=table.version,
        scheme=table.scheme,
        currency=table.currency,
        valid_from=table.valid_from,
        outage=msgspec.to_builtins(table.outage),
        appointment=None if table.appointment is None else msgspec.to_builtins(table.appointment),
        stops=[reason.value for reason in table.stops],
        complete_only=table.complete_only,
        rounding=table.rounding.value,
    )


def line_of(row: CreditLine) -> Line:
    return msgspec.convert(row.facts, DayLine | MonthLine | AppointmentLine)


def line_row(line: Line, line_id: UUID, credit: Credit) -> CreditLine:
    return CreditLine(
        area_id=credit.area_id,
        credit_line_id=line_id,
        credit_id=credit.credit_id,
        subscriber_id=credit.subscriber_id,
        kind=_KINDS[type(line)],
        on_day=line.on_day,
        appointment_id=line.appointment_id if isinstance(line, AppointmentLine) else None,
        before_minor=line.before_minor if isinstance(line, MonthLine) else 0,
        amount_minor=line.amount_minor,
        table_version=line.version,
        facts=msgspec.to_builtins(line),
    )


def bill_of(credit: Credit, lines: Sequence[CreditLine]) -> dict[str, object]:
    """What billing gets: the whole of it once, under its own id."""
    return {**msgspec.to_builtins(credit), "lines": msgspec.to_builtins(list(lines))}
