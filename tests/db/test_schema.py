"""The schema, read back from a real server: what the house says of it in architecture.md sections 7 and 10."""

import importlib
import inspect
import pkgutil
import re
import types
import typing
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from db import migrate, queries, states
from db import records as record_modules
from db.ids import new_id
from db.records import Record
from db.rows import Conn
from tests.conftest import Server

OUTSIDE = {
    "installation",
    "area",
    "staff",
    "staff_area_role",
    "session",
    "sign_in_failure",
    "token",
    "contract_directory",
    "account_directory",
    "phone_directory",
    "address_directory",
    "ticket_directory",
    "device_directory",
    "schema_migration",
}
"""Tables that exist before one knows the area."""
FROM_THE_FIRST = [
    "area",
    "depot",
    "staff",
    "staff_area_role",
    "session",
    "device",
    "technician",
    "skill",
    "technician_day",
    "stock",
    "stock_move",
    "job_kind_version",
    "tariff",
    "tariff_line",
    "terms_text",
    "subscriber",
    "contact",
    "place",
    "network_element",
    "ticket",
    "escalation",
    "job",
    "appointment",
    "slot_quote",
    "visit",
    "visit_crew",
    "plan",
    "plan_run",
    "round",
    "contract_directory",
    "account_directory",
    "phone_directory",
    "address_directory",
    "ticket_directory",
    "inbox",
    "report",
    "photo",
    "quote",
    "consent",
    "closure",
    "charge",
    "charge_reversal",
    "token",
    "idempotency_key",
    "review",
    "feed",
    "feed_change",
    "outbox",
    "journal",
    "journal_counter",
]
TABLE_OF = {"InboxEvent": "inbox", "JournalEntry": "journal", "OutboxMessage": "outbox"}
PARTS = {
    "FaultRow",
    "HouseRow",
    "AreaSettings",
    "CheckAnswer",
    "CheckStep",
    "ChecklistItem",
    "Diagnosis",
    "Elsewhere",
    "Hours",
    "LetterHead",
    "PlanWeights",
    "LineTest",
    "MovedAside",
    "Nothing",
    "Obstacle",
    "OutageEvidence",
    "PatternShift",
    "PlannedRoute",
    "RouteStop",
    "SlotOffer",
    "SupportLine",
    "WouldFit",
    "WouldHelp",
    "QuoteLine",
    "Reading",
    "RunProgress",
    "RunTravel",
    "SupposedChange",
    "Tried",
    "UnassignedJob",
    "WhatIfAnswer",
    "WhatIfProgress",
    "WhatIfSide",
    "WouldMove",
    "Record",
}
"""Records inside a column, not rows."""
CHECKED_BY = {
    states.Role: "staff_role_is_known",
    states.AbsenceReason: "absence_reason_is_known",
    states.FoundBy: "place_found_by_is_known",
    states.Relation: "contact_relation_is_known",
    states.StockKind: "stock_kind_is_known",
    states.JobState: "job_state_is_known",
    states.HoldReason: "job_hold_reason_is_known",
    states.VisitState: "visit_state_is_known",
    states.VisitEnd: "visit_end_reason_is_known",
    states.AppointmentState: "appointment_state_is_known",
    states.PlanRunState: "plan_run_state_is_known",
    states.PlanState: "plan_state_is_known",
    states.InboxStatus: "inbox_status_is_known",
    states.ReportStatus: "report_status_is_known",
    states.ReviewReason: "review_reason_is_known",
    states.ReviewState: "review_state_is_known",
    states.Location: "closure_location_is_known",
    states.Cause: "closure_cause_is_known",
    states.Action: "closure_action_is_known",
    states.Liability: "closure_liability_is_known",
    states.ClosureOutcome: "closure_outcome_is_known",
    states.ConsentSubject: "consent_subject_is_known",
    states.ConsentAnswer: "consent_answer_is_known",
    states.ConsentMethod: "consent_method_is_known",
    states.ChargeKind: "charge_kind_is_known",
    states.CallbackState: "callback_state_is_known",
    states.ComplaintState: "complaint_state_is_known",
    states.ConversationState: "written_conversation_state_is_known",
    states.CreditLineKind: "credit_line_kind_is_known",
    states.CreditWay: "credit_leaves_by_is_known",
    states.WaiverReason: "charge_waiver_reason_is_known",
    states.ActorKind: "journal_actor_is_known",
    states.FeedOp: "feed_change_op_is_known",
    states.PlanOrigin: "plan_origin_is_known",
    states.AlertKind: "alert_kind_is_known",
    states.Channel: "ticket_channel_is_known",
    states.TicketState: "ticket_state_is_known",
    states.VerifiedBy: "ticket_verified_by_is_known",
    states.Localisation: "ticket_localised_is_known",
    states.PauseReason: "ticket_pause_reason_is_known",
    states.TerminalFault: "simulated_terminal_fault_is_known",
    states.OutageState: "outage_state_is_known",
    states.AlarmSeverity: "alarm_severity_is_known",
    states.HistoryKind: "contact_entry_kind_is_known",
}


async def column(conn: Conn, sql: str, *values: object) -> list[Any]:
    return [row[0] for row in await conn.fetch(sql, *values)]


async def tables(conn: Conn) -> set[str]:
    return set(
        await column(
            conn, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        )
    )


async def test_every_table_that_was_decided_from_day_one_exists(conn: Conn) -> None:
    assert set(FROM_THE_FIRST) <= await tables(conn)


async def test_every_closed_list_equals_the_check_of_its_column(conn: Conn) -> None:
    enums = {
        found for _, found in inspect.getmembers(states, inspect.isclass) if issubclass(found, StrEnum)
    } - {StrEnum}
    assert enums == set(CHECKED_BY)
    rows = await conn.fetch(
        "SELECT conname, pg_get_constraintdef(oid) AS said FROM pg_constraint WHERE contype = 'c'"
    )
    said = {row["conname"]: set(re.findall(r"'([^']*)'::text", row["said"])) for row in rows}
    assert {enum.__name__: said[name] for enum, name in CHECKED_BY.items()} == {
        enum.__name__: {member.value for member in enum} for enum in CHECKED_BY
    }


ROWS = [(name, getattr(record_modules, name)) for name in record_modules.__all__ if name not in PARTS]


def table_of(name: str) -> str:
    return TABLE_OF.get(name) or re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize(("name", "record"), ROWS, ids=[name for name, _ in ROWS])
async def test_a_records_fields_are_its_tables_columns(conn: Conn, name: str, record: type[Record]) -> None:
    """In any order: rows travel by name."""
    sql = "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped"
    assert set(await column(conn, sql, table_of(name))) == set(record.__struct_fields__)


@pytest.mark.parametrize(("name", "record"), ROWS, ids=[name for name, _ in ROWS])
async def test_a_field_may_be_none_exactly_where_the_column_may_be_null(
    conn: Conn, name: str, record: type[Record]
) -> None:
    sql = (
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attnotnull"
    )
    hints = typing.get_type_hints(record)
    optional = {field for field, hint in hints.items() if type(None) in typing.get_args(hint)}
    assert set(await column(conn, sql, table_of(name))) == optional


Query = tuple[str, str, str, Any]


def statements() -> Iterator[Query]:
    """Each constant of db/queries with the function below it: (module, name, sql, function)."""
    for found in pkgutil.iter_modules(queries.__path__):
        module = importlib.import_module(f"db.queries.{found.name}")
        source = inspect.getsource(module)
        for name, function in re.findall(
            r"^([A-Z_]+)(?:: str)? = (?:.|\n)*?^async def (\w+)", source, re.MULTILINE
        ):
            yield found.name, name, getattr(module, name), getattr(module, function)


QUERIES = list(statements())


def test_the_statements_are_found() -> None:
    assert len(QUERIES) > 80


def record_of(function: Any) -> type[Record] | None:
    """The record in the function's return annotation, if there is one."""
    answer = typing.get_type_hints(function)["return"]
    options = [answer, *typing.get_args(answer)]
    for option in options:
        if (
            isinstance(option, type)
            and not isinstance(option, types.GenericAlias)
            and issubclass(option, msgspec.Struct)
        ):
            return typing.cast("type[Record]", option)
    return None


@pytest.mark.parametrize("query", QUERIES, ids=[f"{query[0]}.{query[1]}" for query in QUERIES])
async def test_a_statement_prepares_and_answers_its_record(conn: Conn, query: Query) -> None:
    _, _, sql, function = query
    prepared = await conn.prepare(sql)
    wanted = len(inspect.signature(function).parameters) - 1
    record = record_of(function)
    if record is not None:
        assert {attribute.name for attribute in prepared.get_attributes()} == set(record.__struct_fields__)
    assert len(prepared.get_parameters()) >= wanted


async def test_the_area_leads_every_key_of_what_belongs_to_an_area(conn: Conn) -> None:
    sql = """
    SELECT c.conrelid::regclass::text AS of_table, c.conname, c.contype::text AS kind, c.confrelid::regclass::text AS to_table,
           (SELECT attname FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = c.conkey[1]) AS leading,
           (SELECT attname FROM pg_attribute WHERE attrelid = c.confrelid AND attnum = c.confkey[1]) AS led_to
    FROM pg_constraint AS c
    WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('p', 'u', 'f')
    """
    wrong = [
        tuple(row)
        for row in await conn.fetch(sql)
        if row["of_table"] not in OUTSIDE
        and row["to_table"] not in OUTSIDE - {"area"}
        and (row["leading"] != "area_id" or (row["kind"] == "f" and row["led_to"] != "area_id"))
    ]
    assert wrong == []


async def test_the_area_leads_every_unique_index_too(conn: Conn) -> None:
    sql = """
    SELECT indrelid::regclass::text AS of_table, indexrelid::regclass::text AS name,
           (SELECT attname FROM pg_attribute WHERE attrelid = indrelid AND attnum = indkey[0]) AS leading
    FROM pg_index
    JOIN pg_class ON pg_class.oid = indrelid
    WHERE relnamespace = 'public'::regnamespace AND indisunique
    """
    found = [tuple(row) for row in await conn.fetch(sql)]
    assert [row for row in found if row[0] not in OUTSIDE and row[2] != "area_id"] == []


async def test_an_areas_rows_refer_to_other_tables_by_area_alone(conn: Conn) -> None:
    """Foreign keys never cross areas, but for people and the area itself."""
    sql = """
    SELECT DISTINCT confrelid::regclass::text
    FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype = 'f'
    """
    assert OUTSIDE & set(await column(conn, sql)) == {"area", "staff"}


async def test_deleting_a_row_never_searches_a_whole_table(conn: Conn) -> None:
    """Drafts and quotes are deleted by the thousand; for each PostgreSQL asks every table that refers to it."""
    sql = """
    SELECT conrelid::regclass::text, conname
    FROM pg_constraint
    WHERE contype = 'f' AND confrelid = ANY (ARRAY['visit', 'slot_quote']::regclass[])
      AND NOT EXISTS (
          SELECT FROM pg_index
          WHERE indrelid = conrelid AND indkey[0] = conkey[1] AND indkey[1] = conkey[2]
            AND (indpred IS NULL OR pg_get_expr(indpred, indrelid) LIKE '%IS NOT NULL%')
      )
    """
    assert [tuple(row) for row in await conn.fetch(sql)] == []


async def test_nothing_is_used_that_a_distributed_postgresql_lacks(conn: Conn) -> None:
    public = "'public'::regnamespace"
    triggers = "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal AND relnamespace = "
    enums = "SELECT typname FROM pg_type WHERE typtype IN ('e', 'd') AND typnamespace = "
    exclusions = "SELECT conname FROM pg_constraint WHERE contype = 'x' AND connamespace = "
    sequences = "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = "
    functions = "SELECT proname FROM pg_proc WHERE pronamespace = "
    for sql in (triggers, enums, exclusions, sequences, functions):
        assert await column(conn, sql + public) == []


async def test_every_constraint_we_name_is_a_sentence_and_checks_are_all_named(conn: Conn) -> None:
    sql = """
    SELECT conname FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype = 'c' AND conname LIKE '%\\_check'
    """
    assert await column(conn, sql) == []


async def test_the_migrations_give_the_same_schema_as_schema_sql(server: Server) -> None:
    """An old database, brought forward, equals a new one."""
    names = [f"{server.template}_{new_id().hex[-8:]}" for _ in range(2)]
    shapes: list[list[tuple[Any, ...]]] = []
    for number, name in enumerate(names):
        await server.create(name)
        try:
            conn = await asyncpg.connect(server.owner_url(name))
            if number:
                await old(conn)
            await migrate.migrate(server.owner_url(name))
            shapes.append([tuple(row) for row in await conn.fetch(SHAPE)])
            await conn.close()
        finally:
            await server.drop(name)
    assert shapes[0] == shapes[1]
    assert len(shapes[0]) > 400


async def old(conn: Conn) -> None:
    """A database as the very first release left it: its schema.sql is kept beside this test."""
    await conn.execute((Path(__file__).parent / "first.sql").read_text("utf-8"))
    await conn.execute("CREATE TABLE schema_migration (number integer PRIMARY KEY, at timestamptz NOT NULL)")
    await conn.execute("INSERT INTO schema_migration VALUES (1, now())")


SHAPE = """
SELECT attrelid::regclass::text AS of_table, attname::text AS name, format_type(atttypid, atttypmod) AS said, attnotnull::text AS more
FROM pg_attribute
JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), contype::text
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT tablename::text, indexname::text, indexdef, ''
FROM pg_indexes
WHERE schemaname = 'public'
UNION ALL
SELECT tablename::text, policyname::text, qual, ''
FROM pg_policies
WHERE schemaname = 'public'
UNION ALL
SELECT relname::text, 'acl', relacl::text, relforcerowsecurity::text
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
ORDER BY 1, 2, 3
"""
