"""Terms of credit, and what was credited by them."""

from collections.abc import Sequence
from uuid import UUID

from db.records import Credit, CreditLine, CreditTableVersion, Subscriber
from db.rows import Conn, execute_rows, fetch_all, fetch_column, fetch_one, fetch_value

INSERT_TABLES = (
    "INSERT INTO credit_table_version SELECT * FROM jsonb_populate_recordset(NULL::credit_table_version, $1)"
)


async def insert_tables(conn: Conn, tables: Sequence[CreditTableVersion]) -> None:
    await execute_rows(conn, INSERT_TABLES, tables)


LIST_TABLES = "SELECT * FROM credit_table_version WHERE area_id = $1 ORDER BY table_version"


async def list_tables(conn: Conn, area_id: UUID) -> list[CreditTableVersion]:
    return await fetch_all(conn, CreditTableVersion, LIST_TABLES, area_id)


LOCK_SUBSCRIBER = "SELECT * FROM subscriber WHERE area_id = $1 AND subscriber_id = $2 FOR NO KEY UPDATE"


async def lock_subscriber(conn: Conn, area_id: UUID, subscriber_id: UUID) -> Subscriber | None:
    """Of two who work out what one subscriber is owed, the second waits and sees what the first has credited."""
    return await fetch_one(conn, Subscriber, LOCK_SUBSCRIBER, area_id, subscriber_id)


FIND_AREA_OF_SUBSCRIBER = (
    "SELECT area_id FROM subscriber WHERE area_id = ANY ($1::uuid[]) AND subscriber_id = $2"
)


async def find_area_of_subscriber(conn: Conn, area_ids: Sequence[UUID], subscriber_id: UUID) -> UUID | None:
    return await fetch_value(conn, FIND_AREA_OF_SUBSCRIBER, area_ids, subscriber_id)


LIST_DARK_UNCREDITED = """
SELECT subscriber_id
FROM subscriber
WHERE area_id = $1 AND network_element_id = ANY ($2::uuid[])
  AND NOT EXISTS (
      SELECT FROM credit
      WHERE credit.area_id = subscriber.area_id AND credit.subscriber_id = subscriber.subscriber_id AND credit.outage_id = $3
  )
ORDER BY subscriber_id
"""


async def list_dark_uncredited(
    conn: Conn, area_id: UUID, element_ids: Sequence[UUID], outage_id: UUID
) -> list[UUID]:
    """Who hangs there, and was not credited for this outage before."""
    return await fetch_column(conn, LIST_DARK_UNCREDITED, area_id, element_ids, outage_id)


INSERT_CREDITS = "INSERT INTO credit SELECT * FROM jsonb_populate_recordset(NULL::credit, $1)"


async def insert_credits(conn: Conn, credits: Sequence[Credit]) -> None:
    await execute_rows(conn, INSERT_CREDITS, credits)


INSERT_LINES = "INSERT INTO credit_line SELECT * FROM jsonb_populate_recordset(NULL::credit_line, $1)"


async def insert_lines(conn: Conn, lines: Sequence[CreditLine]) -> None:
    """Raises `UniqueViolated` where one of them was credited before: that is a bug, never an answer."""
    await execute_rows(conn, INSERT_LINES, lines)


LIST_CREDITS_OF_SUBSCRIBER = """
SELECT *
FROM credit
WHERE area_id = $1 AND subscriber_id = $2
ORDER BY credited_at DESC, credit_id DESC
"""


async def list_credits_of_subscriber(conn: Conn, area_id: UUID, subscriber_id: UUID) -> list[Credit]:
    """Newest first."""
    return await fetch_all(conn, Credit, LIST_CREDITS_OF_SUBSCRIBER, area_id, subscriber_id)


LIST_LINES_OF_SUBSCRIBER = """
SELECT *
FROM credit_line
WHERE (area_id, credit_id) IN (SELECT area_id, credit_id FROM credit WHERE area_id = $1 AND subscriber_id = $2)
ORDER BY on_day, credit_line_id
"""


async def list_lines_of_subscriber(conn: Conn, area_id: UUID, subscriber_id: UUID) -> list[CreditLine]:
    """Of all that was ever credited."""
    return await fetch_all(conn, CreditLine, LIST_LINES_OF_SUBSCRIBER, area_id, subscriber_id)


LIST_CREDITS = """
SELECT *
FROM credit
WHERE area_id = $1 AND credit_id > $2 AND leaves_by = 'billing'
ORDER BY credit_id
LIMIT $3
"""


async def list_credits(conn: Conn, area_id: UUID, after: UUID, limit: int) -> list[Credit]:
    """That leave by billing, in the order of their making."""
    return await fetch_all(conn, Credit, LIST_CREDITS, area_id, after, limit)


FIND_CREDIT = "SELECT * FROM credit WHERE area_id = ANY ($1::uuid[]) AND credit_id = $2"


async def find_credit(conn: Conn, area_ids: Sequence[UUID], credit_id: UUID) -> Credit | None:
    return await fetch_one(conn, Credit, FIND_CREDIT, area_ids, credit_id)


LIST_LINES = """
SELECT *
FROM credit_line
WHERE area_id = $1 AND credit_id = ANY ($2::uuid[])
ORDER BY on_day, credit_line_id
"""


async def list_lines(conn: Conn, area_id: UUID, credit_ids: Sequence[UUID]) -> list[CreditLine]:
    return await fetch_all(conn, CreditLine, LIST_LINES, area_id, credit_ids)
