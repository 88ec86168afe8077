"""Credits of a period with what became of them, and the files in which people took them along."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import CreditExport
from db.records.base import Record
from db.records.credits import Credit
from db.rows import Conn, execute_rows, fetch_all, fetch_column


class CreditOfPeriod(Credit):
    """A credit, whose it is, and since when it is in a file, or billing has it. `ticket_number` empty: it is of an outage."""

    contract: str
    ticket_number: str
    export_id: UUID | None
    exported_at: datetime | None
    billed_at: datetime | None


LIST_CREDITS_BETWEEN = """
SELECT credit.*, subscriber.contract, coalesce(ticket.ticket_number, '') AS ticket_number,
       export.export_id, export.exported_at, outbox.delivered_at AS billed_at
FROM credit
JOIN subscriber USING (area_id, subscriber_id)
LEFT JOIN ticket USING (area_id, ticket_id)
LEFT JOIN credit_exported USING (area_id, credit_id)
LEFT JOIN credit_export AS export ON export.area_id = credit.area_id AND export.export_id = credit_exported.export_id
LEFT JOIN outbox ON outbox.area_id = credit.area_id AND outbox.kind = 'credit' AND outbox.subject_id = credit.credit_id
WHERE credit.area_id = $1 AND credit.credited_at >= $2 AND credit.credited_at < $3
ORDER BY credit.credited_at DESC, credit.credit_id DESC
LIMIT $4
"""


async def list_credits_between(
    conn: Conn, area_id: UUID, first: datetime, last: datetime, limit: int
) -> list[CreditOfPeriod]:
    """Newest first."""
    return await fetch_all(conn, CreditOfPeriod, LIST_CREDITS_BETWEEN, area_id, first, last, limit)


class CreditTotal(Record):
    """Of one currency. `owed`: that are for a file, and in none yet."""

    currency: str
    credits: int
    amount_minor: int
    exported: int
    exported_minor: int
    owed: int
    owed_minor: int


LIST_TOTALS = """
SELECT currency, count(*) AS credits, sum(amount_minor)::bigint AS amount_minor,
       count(export_id) AS exported,
       coalesce(sum(amount_minor) FILTER (WHERE export_id IS NOT NULL), 0)::bigint AS exported_minor,
       count(*) FILTER (WHERE credit.leaves_by = 'file' AND export_id IS NULL) AS owed,
       coalesce(sum(amount_minor) FILTER (WHERE credit.leaves_by = 'file' AND export_id IS NULL), 0)::bigint AS owed_minor
FROM credit
LEFT JOIN credit_exported USING (area_id, credit_id)
WHERE credit.area_id = $1 AND credited_at >= $2 AND credited_at < $3
GROUP BY currency
ORDER BY currency
"""


async def list_totals(conn: Conn, area_id: UUID, first: datetime, last: datetime) -> list[CreditTotal]:
    """Also of those that are not listed."""
    return await fetch_all(conn, CreditTotal, LIST_TOTALS, area_id, first, last)


INSERT_EXPORTS = "INSERT INTO credit_export SELECT * FROM jsonb_populate_recordset(NULL::credit_export, $1)"


async def insert_exports(conn: Conn, exports: Sequence[CreditExport]) -> None:
    await execute_rows(conn, INSERT_EXPORTS, exports)


EXPORT_CREDITS = """
INSERT INTO credit_exported (area_id, credit_id, export_id)
SELECT area_id, credit_id, $4
FROM credit
WHERE area_id = $1 AND credited_at >= $2 AND credited_at < $3 AND leaves_by = 'file'
ORDER BY credit_id
ON CONFLICT DO NOTHING
RETURNING credit_id
"""


async def export_credits(
    conn: Conn, area_id: UUID, first: datetime, last: datetime, export_id: UUID
) -> list[UUID]:
    """Those that are for a file, and in none yet: of two at once, the second waits for the first and finds none of them left."""
    return await fetch_column(conn, EXPORT_CREDITS, area_id, first, last, export_id)


class ExportListed(CreditExport):
    """With how much is in it. `credits` 0: it is not there."""

    credits: int


LIST_EXPORTS = """
SELECT credit_export.*, count(credit_id) AS credits
FROM credit_export
JOIN credit_exported USING (area_id, export_id)
WHERE area_id = $1 AND ($2::uuid IS NULL OR export_id = $2)
GROUP BY area_id, export_id
ORDER BY exported_at DESC, export_id DESC
LIMIT 100
"""


async def list_exports(conn: Conn, area_id: UUID, export_id: UUID | None = None) -> list[ExportListed]:
    """Newest first; or this one alone."""
    return await fetch_all(conn, ExportListed, LIST_EXPORTS, area_id, export_id)


LIST_CREDITS_OF_EXPORT = """
SELECT credit.*, subscriber.contract, coalesce(ticket.ticket_number, '') AS ticket_number,
       export.export_id, export.exported_at, NULL::timestamptz AS billed_at
FROM credit_exported
JOIN credit_export AS export USING (area_id, export_id)
JOIN credit USING (area_id, credit_id)
JOIN subscriber USING (area_id, subscriber_id)
LEFT JOIN ticket USING (area_id, ticket_id)
WHERE credit_exported.area_id = $1 AND credit_exported.export_id = $2
ORDER BY credit.credited_at, credit.credit_id
"""


async def list_credits_of_export(conn: Conn, area_id: UUID, export_id: UUID) -> list[CreditOfPeriod]:
    return await fetch_all(conn, CreditOfPeriod, LIST_CREDITS_OF_EXPORT, area_id, export_id)
