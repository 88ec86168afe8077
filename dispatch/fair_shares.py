"""What a plan takes as done before, of each technician: the balance of the ledger up to the day before."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from db.queries import fairness
from db.rows import Conn
from dispatch.rules.fairness import BALANCED_OVER, balances


async def debts_of(conn: Conn, homes: Sequence[UUID], first_on: date) -> dict[UUID, int]:
    """Seconds above the average of the technician's home area; nobody's where there is no ledger yet."""
    until = first_on - timedelta(days=1)
    rows = await fairness.list_fairness_days(conn, homes, until - BALANCED_OVER, until)
    found: dict[UUID, int] = {}
    for home in homes:
        found |= balances([row for row in rows if row.area_id == home], until)
    return {technician: minutes * 60 for technician, minutes in found.items()}
