"""What was supposed of a day, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import Place, WhatIf, WhatIfProgress
from db.rows import Conn, execute, execute_rows, fetch_one

INSERT_WHAT_IFS = "INSERT INTO what_if SELECT * FROM jsonb_populate_recordset(NULL::what_if, $1)"


async def insert_what_ifs(conn: Conn, asked: Sequence[WhatIf]) -> None:
    await execute_rows(conn, INSERT_WHAT_IFS, asked)


FIND_WHAT_IF = "SELECT * FROM what_if WHERE area_id = $1 AND what_if_id = $2"


async def find_what_if(conn: Conn, area_id: UUID, what_if_id: UUID) -> WhatIf | None:
    return await fetch_one(conn, WhatIf, FIND_WHAT_IF, area_id, what_if_id)


NOTE_TRIAL = "UPDATE what_if SET progress = $3 WHERE area_id = $1 AND what_if_id = $2 AND ended_at IS NULL"


async def note_trial(conn: Conn, area_id: UUID, what_if_id: UUID, progress: WhatIfProgress) -> int:
    return await execute(conn, NOTE_TRIAL, area_id, what_if_id, progress)


END_WHAT_IFS = """
UPDATE what_if
SET ended_at = new.ended_at, failure = new.failure, answer = new.answer
FROM jsonb_populate_recordset(NULL::what_if, $1) AS new
WHERE what_if.area_id = new.area_id AND what_if.what_if_id = new.what_if_id AND what_if.ended_at IS NULL
"""


async def end_what_ifs(conn: Conn, ended: Sequence[WhatIf]) -> None:
    await execute_rows(conn, END_WHAT_IFS, ended)


DELETE_OLD_WHAT_IFS = "DELETE FROM what_if WHERE area_id = $1 AND asked_at < $2"


async def delete_old_what_ifs(conn: Conn, area_id: UUID, asked_before: datetime) -> int:
    return await execute(conn, DELETE_OLD_WHAT_IFS, area_id, asked_before)


FIND_DEPOT_PLACE = """
SELECT place.*
FROM depot
JOIN place USING (area_id, place_id)
WHERE depot.area_id = $1 AND depot.depot_id = $2
"""


async def find_depot_place(conn: Conn, area_id: UUID, depot_id: UUID) -> Place | None:
    """Where a depot is."""
    return await fetch_one(conn, Place, FIND_DEPOT_PLACE, area_id, depot_id)
