"""Quotes, consents, closures, charges, reversals."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import Charge, ChargeReversal, ChargeWaiver, Closure, Consent, Quote
from db.rows import Conn, execute, execute_rows, fetch_all

INSERT_QUOTES = (
    "INSERT INTO quote SELECT * FROM jsonb_populate_recordset(NULL::quote, $1) ON CONFLICT DO NOTHING"
)


async def insert_quotes(conn: Conn, quotes: Sequence[Quote]) -> int:
    return await execute_rows(conn, INSERT_QUOTES, quotes)


LIST_QUOTES = "SELECT * FROM quote WHERE area_id = $1 AND job_id = $2 ORDER BY shown_at, quote_id"


async def list_quotes(conn: Conn, area_id: UUID, job_id: UUID) -> list[Quote]:
    return await fetch_all(conn, Quote, LIST_QUOTES, area_id, job_id)


LIST_QUOTES_BY_ID = "SELECT * FROM quote WHERE area_id = $1 AND quote_id = ANY ($2::uuid[]) ORDER BY quote_id"


async def list_quotes_by_id(conn: Conn, area_id: UUID, quote_ids: Sequence[UUID]) -> list[Quote]:
    """Of whatever job: an id may have been used before."""
    return await fetch_all(conn, Quote, LIST_QUOTES_BY_ID, area_id, quote_ids)


INSERT_CONSENTS = (
    "INSERT INTO consent SELECT * FROM jsonb_populate_recordset(NULL::consent, $1) ON CONFLICT DO NOTHING"
)


async def insert_consents(conn: Conn, consents: Sequence[Consent]) -> int:
    return await execute_rows(conn, INSERT_CONSENTS, consents)


LIST_CONSENTS = "SELECT * FROM consent WHERE area_id = $1 AND job_id = $2 ORDER BY agreed_at, consent_id"


async def list_consents(conn: Conn, area_id: UUID, job_id: UUID) -> list[Consent]:
    return await fetch_all(conn, Consent, LIST_CONSENTS, area_id, job_id)


LIST_CONSENTS_BY_ID = (
    "SELECT * FROM consent WHERE area_id = $1 AND consent_id = ANY ($2::uuid[]) ORDER BY consent_id"
)


async def list_consents_by_id(conn: Conn, area_id: UUID, consent_ids: Sequence[UUID]) -> list[Consent]:
    """Of whatever job: an id may have been used before."""
    return await fetch_all(conn, Consent, LIST_CONSENTS_BY_ID, area_id, consent_ids)


SAVE_CLOSURES = """
INSERT INTO closure SELECT * FROM jsonb_populate_recordset(NULL::closure, $1)
ON CONFLICT (area_id, closure_id) DO UPDATE
SET in_force = excluded.in_force, outcome = excluded.outcome
"""


async def save_closures(conn: Conn, closures: Sequence[Closure]) -> None:
    """In this order, those not in force first. What a closure says never changes; whether it is in force, and whether the price was declined, may become known later."""
    await execute_rows(conn, SAVE_CLOSURES, closures)


LIST_CLOSURES = "SELECT * FROM closure WHERE area_id = $1 AND job_id = $2 ORDER BY closed_at, closure_id"


async def list_closures(conn: Conn, area_id: UUID, job_id: UUID) -> list[Closure]:
    return await fetch_all(conn, Closure, LIST_CLOSURES, area_id, job_id)


LIST_CLOSURES_BETWEEN = """
SELECT *
FROM closure
WHERE area_id = $1 AND closed_at >= $2 AND closed_at < $3
ORDER BY closed_at, closure_id
"""


async def list_closures_between(conn: Conn, area_id: UUID, first: datetime, last: datetime) -> list[Closure]:
    return await fetch_all(conn, Closure, LIST_CLOSURES_BETWEEN, area_id, first, last)


INSERT_CHARGES = "INSERT INTO charge SELECT * FROM jsonb_populate_recordset(NULL::charge, $1)"


async def insert_charges(conn: Conn, charges: Sequence[Charge]) -> None:
    """Raises `ConstraintViolated` where the schema forbids it: that is a bug, never an answer."""
    await execute_rows(conn, INSERT_CHARGES, charges)


LIST_CHARGES_OF_JOB = "SELECT * FROM charge WHERE area_id = $1 AND job_id = $2 ORDER BY charged_at, charge_id"


async def list_charges_of_job(conn: Conn, area_id: UUID, job_id: UUID) -> list[Charge]:
    return await fetch_all(conn, Charge, LIST_CHARGES_OF_JOB, area_id, job_id)


LIST_CHARGES = "SELECT * FROM charge WHERE area_id = $1 AND charge_id > $2 ORDER BY charge_id LIMIT $3"


async def list_charges(conn: Conn, area_id: UUID, after: UUID, limit: int) -> list[Charge]:
    return await fetch_all(conn, Charge, LIST_CHARGES, area_id, after, limit)


LIST_CHARGES_BETWEEN = """
SELECT *
FROM charge
WHERE area_id = $1 AND charged_at >= $2 AND charged_at < $3
ORDER BY charged_at, charge_id
"""


async def list_charges_between(conn: Conn, area_id: UUID, first: datetime, last: datetime) -> list[Charge]:
    return await fetch_all(conn, Charge, LIST_CHARGES_BETWEEN, area_id, first, last)


INSERT_REVERSALS = """
INSERT INTO charge_reversal SELECT * FROM jsonb_populate_recordset(NULL::charge_reversal, $1)
ON CONFLICT DO NOTHING
"""


async def insert_reversals(conn: Conn, reversals: Sequence[ChargeReversal]) -> int:
    return await execute_rows(conn, INSERT_REVERSALS, reversals)


LIST_REVERSALS = (
    "SELECT * FROM charge_reversal WHERE area_id = $1 AND charge_id = ANY ($2::uuid[]) ORDER BY reversed_at"
)


async def list_reversals(conn: Conn, area_id: UUID, charge_ids: Sequence[UUID]) -> list[ChargeReversal]:
    return await fetch_all(conn, ChargeReversal, LIST_REVERSALS, area_id, charge_ids)


INSERT_WAIVERS = """
INSERT INTO charge_waiver SELECT * FROM jsonb_populate_recordset(NULL::charge_waiver, $1)
ON CONFLICT DO NOTHING
"""


async def insert_waivers(conn: Conn, waivers: Sequence[ChargeWaiver]) -> int:
    return await execute_rows(conn, INSERT_WAIVERS, waivers)


DELETE_WAIVERS = "DELETE FROM charge_waiver WHERE area_id = $1 AND charge_waiver_id = ANY ($2::uuid[])"


async def delete_waivers(conn: Conn, area_id: UUID, waiver_ids: Sequence[UUID]) -> int:
    return await execute(conn, DELETE_WAIVERS, area_id, waiver_ids)


LIST_WAIVERS = (
    "SELECT * FROM charge_waiver WHERE area_id = $1 AND job_id = $2 ORDER BY waived_at, charge_waiver_id"
)


async def list_waivers(conn: Conn, area_id: UUID, job_id: UUID) -> list[ChargeWaiver]:
    return await fetch_all(conn, ChargeWaiver, LIST_WAIVERS, area_id, job_id)
