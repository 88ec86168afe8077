"""Alerts: open while they are true."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import Alert
from db.rows import Conn, execute, execute_rows, fetch_all

INSERT_ALERTS = """
INSERT INTO alert SELECT * FROM jsonb_populate_recordset(NULL::alert, $1)
ON CONFLICT DO NOTHING
"""


async def insert_alerts(conn: Conn, alerts: Sequence[Alert]) -> int:
    """Two workers may notice the same: it is kept once."""
    return await execute_rows(conn, INSERT_ALERTS, alerts)


LIST_OPEN_ALERTS = "SELECT * FROM alert WHERE area_id = $1 AND closed_at IS NULL ORDER BY opened_at, alert_id"


async def list_open_alerts(conn: Conn, area_id: UUID) -> list[Alert]:
    return await fetch_all(conn, Alert, LIST_OPEN_ALERTS, area_id)


FOLLOW_ALERTS = """
UPDATE alert
SET job_id = new.job_id, technician_id = new.technician_id, facts = new.facts
FROM jsonb_populate_recordset(NULL::alert, $1) AS new
WHERE alert.area_id = new.area_id AND alert.alert_id = new.alert_id AND alert.closed_at IS NULL
"""


async def follow_alerts(conn: Conn, alerts: Sequence[Alert]) -> None:
    """What is known of them now; they stay open since when they were."""
    await execute_rows(conn, FOLLOW_ALERTS, alerts)


CLOSE_ALERTS = """
UPDATE alert
SET closed_at = $3
WHERE area_id = $1 AND alert_id = ANY ($2::uuid[]) AND closed_at IS NULL
"""


async def close_alerts(conn: Conn, area_id: UUID, alert_ids: Sequence[UUID], at: datetime) -> int:
    return await execute(conn, CLOSE_ALERTS, area_id, alert_ids, at)
