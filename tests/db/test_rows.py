"""Rows to Structs and back: every type there is, there and back again."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import msgspec
import pytest

from db.ids import new_id
from db.queries import kinds, plans, technicians
from db.rows import Conn, as_json_rows, execute, fetch_all, fetch_column, fetch_one, fetch_value, to_record
from tests.builders import place, received, visit_of
from tests.worlds import NOW, quiet_street, small_town


async def test_a_world_comes_back_as_it_went(conn: Conn) -> None:
    await place(conn)
    area_id = small_town.area_id
    assert await kinds.list_kinds(conn, area_id) == sorted(small_town.made.kinds, key=lambda kind: kind.kind)
    assert await technicians.list_technicians(conn, [area_id]) == small_town.technicians
    found = await technicians.list_technician_days(conn, area_id, date.min, date.max)
    assert {(day.technician_id, day.on_day): day for day in found} == {
        (day.technician_id, day.on_day): day for day in small_town.made.days
    }


async def test_instants_in_any_zone_and_to_the_microsecond_come_back_in_utc(conn: Conn) -> None:
    await place(conn)
    job = await received(conn)
    at = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=3)))
    visit = visit_of(job, small_town.technicians[0], at, travel_duration=timedelta(seconds=1.5))
    await plans.insert_visits(conn, [visit])
    found = await plans.find_visit(conn, visit.area_id, visit.visit_id)
    assert found == visit
    assert found is not None
    assert found.planned_start_at.tzinfo == UTC


async def test_a_document_that_is_none_is_null_not_a_json_null(conn: Conn) -> None:
    await place(conn)
    sql = "SELECT count(*) FROM job_kind_version WHERE line_test IS NULL AND kind = 'wifi_setup'"
    assert await fetch_value(conn, sql) == 1


async def test_columns_that_a_record_does_not_know_are_passed_over(conn: Conn) -> None:
    class Small(msgspec.Struct):
        a: int

    assert await fetch_one(conn, Small, "SELECT 1 AS a, 2 AS b") == Small(a=1)
    assert await fetch_one(conn, Small, "SELECT 1 AS a WHERE false") is None
    assert await fetch_all(conn, Small, "SELECT generate_series(1, 2) AS a") == [Small(a=1), Small(a=2)]
    assert await fetch_column(conn, "SELECT generate_series(1, 2)") == [1, 2]
    with pytest.raises(msgspec.ValidationError):
        to_record(Small, {"a": "one"})


async def test_execute_says_how_many_rows_it_touched(conn: Conn) -> None:
    await place(conn, quiet_street)
    assert await execute(conn, "UPDATE subscriber SET version = 2") == 2
    assert await execute(conn, "UPDATE subscriber SET version = 2 WHERE false") == 0
    assert await execute(conn, "SET LOCAL lock_timeout = '1s'") == 0


async def test_documents_of_any_shape_come_back_as_they_went(conn: Conn) -> None:
    class Row(msgspec.Struct):
        document: Any

    values: list[object] = [{}, [], {"a": [1, 2.5, None, True, "é\\n\"'; drop table job"]}, "text", 2**53]
    for value in values:
        assert await fetch_one(conn, Row, "SELECT $1::jsonb AS document", value) == Row(value)


def test_bytes_go_as_postgresqls_hex() -> None:
    class Row(msgspec.Struct):
        raw: bytes
        at: datetime
        length: timedelta

    row = Row(raw=b"\x00\xff", at=NOW, length=timedelta(minutes=90))
    assert as_json_rows([row]) == [{"raw": "\\x00ff", "at": "2026-11-24T05:00:00Z", "length": "PT5400S"}]


def test_ids_are_uuidv7_in_the_order_of_their_making() -> None:
    made = [new_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {(one.version, one.variant) for one in made} == {(7, UUID(int=made[0].int).variant)}
    milliseconds = [one.int >> 80 for one in made]
    assert milliseconds == sorted(milliseconds)
