"""Slot quotes, and proposals for emergencies."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import Proposal, SlotQuote
from db.rows import Conn, execute, execute_rows, fetch_one

INSERT_QUOTES = "INSERT INTO slot_quote SELECT * FROM jsonb_populate_recordset(NULL::slot_quote, $1)"


async def insert_quotes(conn: Conn, quotes: Sequence[SlotQuote]) -> None:
    await execute_rows(conn, INSERT_QUOTES, quotes)


FIND_QUOTE = "SELECT * FROM slot_quote WHERE area_id = ANY ($1::uuid[]) AND slot_quote_id = $2"


async def find_quote(conn: Conn, area_ids: Sequence[UUID], slot_quote_id: UUID) -> SlotQuote | None:
    return await fetch_one(conn, SlotQuote, FIND_QUOTE, area_ids, slot_quote_id)


DELETE_STALE_QUOTES = """
DELETE FROM slot_quote
WHERE area_id = $1 AND expires_at < $2
  AND NOT EXISTS (
      SELECT FROM appointment
      WHERE appointment.area_id = slot_quote.area_id AND appointment.slot_quote_id = slot_quote.slot_quote_id
  )
"""


async def delete_stale_quotes(conn: Conn, area_id: UUID, expired_before: datetime) -> int:
    """Those that nobody booked."""
    return await execute(conn, DELETE_STALE_QUOTES, area_id, expired_before)


INSERT_PROPOSALS = "INSERT INTO proposal SELECT * FROM jsonb_populate_recordset(NULL::proposal, $1)"


async def insert_proposals(conn: Conn, proposals: Sequence[Proposal]) -> None:
    await execute_rows(conn, INSERT_PROPOSALS, proposals)


FIND_PROPOSAL = "SELECT * FROM proposal WHERE area_id = ANY ($1::uuid[]) AND proposal_id = $2"


async def find_proposal(conn: Conn, area_ids: Sequence[UUID], proposal_id: UUID) -> Proposal | None:
    return await fetch_one(conn, Proposal, FIND_PROPOSAL, area_ids, proposal_id)


ACCEPT_PROPOSAL = """
UPDATE proposal
SET accepted_at = $3, accepted_option = $4, plan_id = $5
WHERE area_id = $1 AND proposal_id = $2 AND accepted_at IS NULL
"""


async def accept_proposal(
    conn: Conn, area_id: UUID, proposal_id: UUID, at: datetime, option: int, plan_id: UUID | None
) -> int:
    """Nothing where somebody has accepted it."""
    return await execute(conn, ACCEPT_PROPOSAL, area_id, proposal_id, at, option, plan_id)
