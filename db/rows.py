"""Rows to Structs and back: the only place that knows how asyncpg hands values over."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from types import GenericAlias, NoneType, UnionType
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args
from uuid import UUID

import asyncpg
import msgspec

from db.errors import translated

if TYPE_CHECKING:
    Conn = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:
    Conn = asyncpg.Connection

R = TypeVar("R")

_AS_THEY_COME = (UUID, datetime, date, timedelta, bytes)


async def prepare_connection(conn: Conn) -> None:
    """Teach a fresh connection JSON: `jsonb` goes from anything msgspec can encode, and comes undecoded, because only
    the record knows of which type it is."""
    await conn.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda raw: msgspec.Raw(raw[1:]),
    )


@cache
def _in_json(record: type) -> dict[str, Any]:
    """The fields that may come as JSON, with their types: those that hold more than one plain value."""
    return {field.name: field.type for field in msgspec.structs.fields(record) if not _is_plain(field.type)}


def _is_plain(of: object) -> bool:
    if isinstance(of, UnionType):
        return all(_is_plain(option) for option in get_args(of))
    plain = (str, int, float, UUID, date, timedelta, bytes, NoneType)
    return isinstance(of, type) and not isinstance(of, GenericAlias) and issubclass(of, plain)


def to_record(record: type[R], row: "asyncpg.Record | Mapping[str, Any]") -> R:
    """The row as that Struct; columns it does not know are passed over. Raises `msgspec.ValidationError`."""
    values = dict(row)
    for name, of in _in_json(record).items():
        if isinstance(raw := values.get(name), msgspec.Raw):
            values[name] = msgspec.json.decode(raw, type=of)
    return msgspec.convert(values, record, builtin_types=_AS_THEY_COME)


async def fetch_all(conn: Conn, record: type[R], sql: str, *values: object) -> list[R]:
    with translated():
        return [to_record(record, row) for row in await conn.fetch(sql, *values)]


async def fetch_one(conn: Conn, record: type[R], sql: str, *values: object) -> R | None:
    with translated():
        row = await conn.fetchrow(sql, *values)
    return None if row is None else to_record(record, row)


async def fetch_value(conn: Conn, sql: str, *values: object) -> Any:  # noqa: ANN401
    """The first column of the first row, or None."""
    with translated():
        return await conn.fetchval(sql, *values)


async def fetch_column(conn: Conn, sql: str, *values: object) -> list[Any]:
    """The first column of every row."""
    with translated():
        return [row[0] for row in await conn.fetch(sql, *values)]


async def execute(conn: Conn, sql: str, *values: object) -> int:
    """Run it; how many rows it touched."""
    with translated():
        status = await conn.execute(sql, *values)
    return int(status.rpartition(" ")[2]) if status[-1:].isdigit() else 0


def _plain(value: object) -> object:
    """JSON as PostgreSQL reads it back into columns: bytes in its hex form."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return value


def as_json_rows(records: Iterable[msgspec.Struct]) -> list[dict[str, object]]:
    """What `jsonb_populate_recordset` takes: one object per record, one member per column."""
    rows = cast("list[dict[str, object]]", msgspec.to_builtins(list(records), builtin_types=(bytes,)))
    return [{column: _plain(value) for column, value in row.items()} for row in rows]


async def execute_rows(conn: Conn, sql: str, records: Sequence[msgspec.Struct]) -> int:
    """Run it for all of these (its only argument, as `as_json_rows`); how many rows it touched. Nothing is asked for none."""
    return await execute(conn, sql, as_json_rows(records)) if records else 0
