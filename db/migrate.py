"""`line3 migrate`: schema.sql for a new database, numbered forward-only migrations for a running one.

Run as the owner. Safe when run twice at once: the second waits on an advisory lock and finds it done.
"""

import asyncio
import hashlib
import hmac
import secrets
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from db import queue
from db.errors import translated
from db.rows import Conn

HERE = Path(__file__).parent
APP_ROLE = "line3_app"


def app_password(owner_url: str) -> str:
    """The password of `line3_app`, derived from the owner's URL: every machine that knows that URL can connect as
    the application without a second secret to carry around."""
    parts = urlsplit(owner_url)
    key = (parts.password or owner_url).encode()
    return hmac.new(key, b"line3_app", hashlib.sha256).hexdigest()


def app_url(owner_url: str) -> str:
    """The same database, as `line3_app`."""
    parts = urlsplit(owner_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{APP_ROLE}:{quote(app_password(owner_url))}@{host}"))


def migrations() -> list[tuple[int, str]]:
    """Number and SQL of each file `migrations/NNNN_name.sql`, in order."""
    found = sorted((HERE / "migrations").glob("[0-9]*.sql"))
    return [(int(path.name[:4]), path.read_text("utf-8")) for path in found]


async def migrate(owner_url: str, *, demo: bool = False) -> int:
    """Bring the database to today's schema; the number of the newest migration. `demo` marks it, for ever, as one that
    takes the stepped clock; a database that holds areas is not marked. Raises `db.errors.Unavailable`."""
    with translated():
        conn = await asyncpg.connect(owner_url, timeout=15)
    try:
        with translated():
            await _ensure_role(conn, app_password(owner_url))
            async with conn.transaction():
                number = await _apply(conn)
                if demo:
                    await conn.execute(
                        "UPDATE installation SET demo = true WHERE NOT EXISTS (SELECT FROM area)"
                    )
            await queue.install(conn)
            return number
    finally:
        await conn.close()


async def analyze(owner_url: str) -> None:
    """What came in bulk is known to the planner from now on. By itself the server looks within a minute, and until then numbers
    of five hundred visits take seconds instead of milliseconds."""
    with translated():
        conn = await asyncpg.connect(owner_url, timeout=15)
        try:
            await conn.execute("ANALYZE")
        finally:
            await conn.close()


async def _ensure_role(conn: Conn, password: str) -> None:
    """Roles belong to the whole server, so several databases may race for it; a loser tries again."""
    for _ in range(20):
        try:
            exists = await conn.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", APP_ROLE)
            verb = "ALTER" if exists else "CREATE"
            # the password is 64 hex digits of our own making: nothing to quote
            await conn.execute(f"{verb} ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{password}'")
            return
        except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError, asyncpg.InternalServerError):
            await asyncio.sleep(0.05)
    raise TimeoutError("the role line3_app is being changed by somebody else all the time")


async def _apply(conn: Conn) -> int:
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext('line3 migrate'))")
    await conn.execute(
        "CREATE TABLE IF NOT EXISTS schema_migration (number integer PRIMARY KEY, at timestamptz NOT NULL)"
    )
    done = await conn.fetchval("SELECT max(number) FROM schema_migration")
    newest = max((number for number, _ in migrations()), default=1)
    if done is None:
        await conn.execute((HERE / "schema.sql").read_text("utf-8"))
        await conn.execute(
            "INSERT INTO installation (epoch, cursor_key) VALUES ($1, $2)", uuid4(), secrets.token_bytes(32)
        )
        pending = range(1, newest + 1)
    else:
        pending = [number for number, _ in migrations() if number > done]
        for number, sql in migrations():
            if number in pending:
                await conn.execute(sql)
    for number in pending:
        await conn.execute("INSERT INTO schema_migration VALUES ($1, now())", number)
    await _grant(conn, again=bool(pending))
    return newest


async def _grant(conn: Conn, *, again: bool) -> None:
    """Where something is new: it locks every table, and processes start while others work. What was granted last stands
    as a comment beside the migrations."""
    access = (HERE / "access.sql").read_text("utf-8")
    digest = hashlib.sha256(access.encode()).hexdigest()
    granted = await conn.fetchval("SELECT obj_description('schema_migration'::regclass)")
    if again or granted != digest:
        await conn.execute(access)
        # 64 hex digits of our own making: nothing to quote
        await conn.execute(f"COMMENT ON TABLE schema_migration IS '{digest}'")
