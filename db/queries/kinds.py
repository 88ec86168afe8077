"""What is versioned and never edited: job kinds, tariffs, terms, agreements."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import AgreementText, JobKindVersion, Tariff, TariffLine, TermsText
from db.rows import Conn, execute_rows, fetch_all, fetch_one

INSERT_KINDS = (
    "INSERT INTO job_kind_version SELECT * FROM jsonb_populate_recordset(NULL::job_kind_version, $1)"
)


async def insert_kinds(conn: Conn, kinds: Sequence[JobKindVersion]) -> None:
    await execute_rows(conn, INSERT_KINDS, kinds)


LIST_CURRENT_KINDS = """
SELECT DISTINCT ON (kind) *
FROM job_kind_version
WHERE area_id = $1 AND valid_from <= $2
ORDER BY kind, kind_version DESC
"""


async def list_current_kinds(conn: Conn, area_id: UUID, now: datetime) -> list[JobKindVersion]:
    return await fetch_all(conn, JobKindVersion, LIST_CURRENT_KINDS, area_id, now)


LIST_KINDS = "SELECT * FROM job_kind_version WHERE area_id = $1 ORDER BY kind, kind_version"


async def list_kinds(conn: Conn, area_id: UUID) -> list[JobKindVersion]:
    return await fetch_all(conn, JobKindVersion, LIST_KINDS, area_id)


FIND_KIND = "SELECT * FROM job_kind_version WHERE area_id = $1 AND kind = $2 AND kind_version = $3"


async def find_kind(conn: Conn, area_id: UUID, kind: str, kind_version: int) -> JobKindVersion | None:
    return await fetch_one(conn, JobKindVersion, FIND_KIND, area_id, kind, kind_version)


INSERT_TARIFFS = "INSERT INTO tariff SELECT * FROM jsonb_populate_recordset(NULL::tariff, $1)"


async def insert_tariffs(conn: Conn, tariffs: Sequence[Tariff]) -> None:
    await execute_rows(conn, INSERT_TARIFFS, tariffs)


INSERT_TARIFF_LINES = "INSERT INTO tariff_line SELECT * FROM jsonb_populate_recordset(NULL::tariff_line, $1)"


async def insert_tariff_lines(conn: Conn, lines: Sequence[TariffLine]) -> None:
    await execute_rows(conn, INSERT_TARIFF_LINES, lines)


LIST_TARIFFS = "SELECT * FROM tariff WHERE area_id = $1 ORDER BY tariff_version"


async def list_tariffs(conn: Conn, area_id: UUID) -> list[Tariff]:
    return await fetch_all(conn, Tariff, LIST_TARIFFS, area_id)


LIST_TARIFF_LINES = "SELECT * FROM tariff_line WHERE area_id = $1 ORDER BY tariff_id, code"


async def list_tariff_lines(conn: Conn, area_id: UUID) -> list[TariffLine]:
    return await fetch_all(conn, TariffLine, LIST_TARIFF_LINES, area_id)


INSERT_TERMS = "INSERT INTO terms_text SELECT * FROM jsonb_populate_recordset(NULL::terms_text, $1)"


async def insert_terms(conn: Conn, terms: Sequence[TermsText]) -> None:
    await execute_rows(conn, INSERT_TERMS, terms)


LIST_TERMS = "SELECT * FROM terms_text WHERE area_id = $1 ORDER BY terms_version, language"


async def list_terms(conn: Conn, area_id: UUID) -> list[TermsText]:
    return await fetch_all(conn, TermsText, LIST_TERMS, area_id)


FIND_TERMS = "SELECT * FROM terms_text WHERE area_id = $1 AND terms_version = $2 AND language = $3"


async def find_terms(conn: Conn, area_id: UUID, terms_version: int, language: str) -> TermsText | None:
    return await fetch_one(conn, TermsText, FIND_TERMS, area_id, terms_version, language)


INSERT_AGREEMENTS = (
    "INSERT INTO agreement_text SELECT * FROM jsonb_populate_recordset(NULL::agreement_text, $1)"
)


async def insert_agreements(conn: Conn, texts: Sequence[AgreementText]) -> None:
    await execute_rows(conn, INSERT_AGREEMENTS, texts)


LIST_AGREEMENTS = "SELECT * FROM agreement_text WHERE area_id = $1 ORDER BY agreement_version, language"


async def list_agreements(conn: Conn, area_id: UUID) -> list[AgreementText]:
    return await fetch_all(conn, AgreementText, LIST_AGREEMENTS, area_id)
