"""`make faults`: thousands of schedules, a request cut at every byte, kills; a stopped run goes on where it was.

What was found good is kept in `.cache/faults` for exactly this source: changed source begins anew.
"""

import argparse
import asyncio
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import uvloop
from rich.progress import Progress

from db import embedded, migrate
from db.pool import open_database
from tests.faults.cuts import cutting
from tests.faults.ground import Ground, ground
from tests.faults.kills import under_load
from tests.faults.phones import Phones, phones
from tests.faults.schedules import Schedule

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".cache" / "faults"
SOURCES = ("api", "dispatch", "db", "tests/faults")
SIDE_BY_SIDE = 3
"""Schedules in one process: while one waits for PostgreSQL, another computes."""
API_KILLS, POSTGRES_KILLS = 200, 50
RESTORED_EVERY, RESTORED_AT = 10, 7
AGAIN = 'FAULTS="--seeds {seed}" make faults'


def is_restored(seed: int) -> bool:
    """Whether its server is set back to an older state."""
    return seed % RESTORED_EVERY == RESTORED_AT


@asynccontextmanager
async def server() -> AsyncGenerator[tuple[Path, embedded.Server]]:
    """A folder, and an embedded PostgreSQL in it that nobody needs afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="line3-faults-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        with await asyncio.to_thread(embedded.start, folder / "data") as started:
            yield folder, started
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def migrated(owner_url: str, name: str) -> tuple[str, str]:
    """A new database of this name: the application's URL and the owner's. Its rows need not survive the machine."""
    conn = await asyncpg.connect(owner_url)
    try:
        await conn.execute(f"CREATE DATABASE {name}")
    finally:
        await conn.close()
    own = urlunsplit(urlsplit(owner_url)._replace(path=f"/{name}"))
    await migrate.migrate(own)
    conn = await asyncpg.connect(own)
    try:
        await conn.execute("ALTER ROLE line3_app SET synchronous_commit = off")
    finally:
        await conn.close()
    return migrate.app_url(own), own


async def judged(on: Ground, process: Phones, seed: int, did: Counter[str]) -> list[str]:
    """One schedule; that it could not be run is a fault, too."""
    schedule = Schedule(on, process, seed, restored=is_restored(seed))
    try:
        return await schedule.run()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told with its seed
        return [f"{type(error).__name__}: {error}"]
    finally:
        did.update(schedule.did)


async def work(seeds: Sequence[int]) -> None:
    """Run these, and say a line for each. Those that set a server back are alone in their database."""
    async with AsyncExitStack() as stack:
        _, started = await stack.enter_async_context(server())
        main = await stack.enter_async_context(ground(*await migrated(started.owner_url, "many")))
        alone = await stack.enter_async_context(ground(*await migrated(started.owner_url, "alone")))
        process = await stack.enter_async_context(phones())
        one_at_a_time = asyncio.Lock()
        left = iter(seeds)
        did: Counter[str] = Counter()

        async def go() -> None:
            for seed in left:
                if is_restored(seed):
                    async with one_at_a_time:
                        found = await judged(alone, process, seed, did)
                else:
                    found = await judged(main, process, seed, did)
                print(json.dumps({"seed": seed, "found": found}), flush=True)

        await asyncio.gather(*(go() for _ in range(SIDE_BY_SIDE)))
        print(json.dumps({"did": did}), flush=True)


class Book:
    """Which seeds were found good by this very source."""

    def __init__(self) -> None:
        KEPT.mkdir(parents=True, exist_ok=True)
        self._file = KEPT / f"{fingerprint()}.done"
        known = self._file.read_text("ascii").split() if self._file.exists() else []
        self.done = {int(seed) for seed in known}

    def add(self, seed: int) -> None:
        with self._file.open("a", encoding="ascii") as file:
            file.write(f"{seed}\n")


def fingerprint() -> str:
    """Of everything that a schedule runs through."""
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _sources() -> Iterator[Path]:
    built = {"node_modules", "dist", "generated", "__pycache__"}
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".ts", ".sql"} and not built & set(path.parts):
                yield path


async def all_of(seeds: Sequence[int], processes: int, book: Book) -> dict[int, list[str]]:
    """What is wrong, by seed; with a bar, and each fault as it is found."""
    bad: dict[int, list[str]] = {}
    did: Counter[str] = Counter()
    with Progress() as progress:
        bar = progress.add_task("schedules", total=len(seeds))

        async def share(part: Sequence[int]) -> None:
            async for said in _told(part):
                if "did" in said:
                    did.update(said["did"])
                    continue
                progress.advance(bar)
                if said["found"]:
                    bad[said["seed"]] = said["found"]
                    progress.console.print(
                        _sentence(said["seed"], said["found"]), soft_wrap=True, markup=False, highlight=False
                    )
                else:
                    book.add(said["seed"])

        await asyncio.gather(*(share(seeds[one::processes]) for one in range(processes)))
    print("What happened:", ", ".join(f"{what} {times}" for what, times in sorted(did.items())))
    return bad


async def _told(part: Sequence[int]) -> AsyncGenerator[dict[str, Any]]:
    """The lines of a process of its own that runs these seeds."""
    if not part:
        return
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.run",
        "--work",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        limit=16 * 1024 * 1024,
    )
    assert process.stdin is not None, "opened with a pipe"
    assert process.stdout is not None, "opened with a pipe"
    process.stdin.write(json.dumps(list(part)).encode())
    process.stdin.close()
    async for line in process.stdout:
        yield json.loads(line)
    if await process.wait():
        raise SystemExit(f"a process of schedules ended with {process.returncode}")


def _sentence(seed: int, found: Iterable[str]) -> str:
    return "\n".join(
        [f"seed {seed}: {AGAIN.format(seed=seed)}", *(f"  {sentence}" for sentence in list(found)[:8])]
    )


async def cut_everywhere() -> list[str]:
    """Three requests at each of their bytes, in each manner."""
    found: list[str] = []
    async with AsyncExitStack() as stack:
        _, started = await stack.enter_async_context(server())
        database = await open_database((await migrated(started.owner_url, "cuts"))[0])
        stack.push_async_callback(database.close)
        there = await stack.enter_async_context(cutting(database))
        for reference in there.references:
            places = await there.places(reference, lambda _: True)
            with Progress() as progress:
                for place in progress.track(places, description=f"cuts of {reference.name}"):
                    found += await there.fault(reference, place)
            print(f"{reference.name}: {len(places)} cuts")
    return found


async def kill_often(api: int, postgres: int) -> list[str]:
    """The API so often, then PostgreSQL so often, while phones send."""
    found: list[str] = []
    for kills, is_api in ((api, True), (postgres, False)):
        async with server() as (folder, started), phones() as process:
            await migrate.migrate(started.owner_url, demo=True)
            database = await open_database(started.app_url, revive=started.ensure)
            try:
                records, faults = await under_load(
                    folder, database, process, kills, None if is_api else started
                )
            finally:
                await database.close()
        print(
            f"{kills} kills of {'the API' if is_api else 'PostgreSQL'}, {records} records: {len(faults)} faults"
        )
        found += faults
    return found


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="make faults", description=__doc__)
    made.add_argument(
        "--seeds", default="0-9999", metavar="A-B", help="which schedules (default: %(default)s)"
    )
    made.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    made.add_argument("--schedules-only", action="store_true", help="no cuts, no kills")
    made.add_argument("--again", action="store_true", help="also those that were found good before")
    made.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    if asked.work:
        # stopped, or whoever listened was
        with suppress(KeyboardInterrupt, BrokenPipeError):
            uvloop.run(work(json.load(sys.stdin)))
        return 0
    first, _, last = asked.seeds.partition("-")
    book = Book()
    seeds = [
        seed for seed in range(int(first), int(last or first) + 1) if asked.again or seed not in book.done
    ]
    began = time.monotonic()
    bad = asyncio.run(all_of(seeds, asked.processes, book))
    print(f"{len(seeds)} schedules in {time.monotonic() - began:.0f} s, {len(bad)} with faults.")
    found: list[str] = []
    if last and not asked.schedules_only:
        found += uvloop.run(cut_everywhere())
        found += asyncio.run(kill_often(API_KILLS, POSTGRES_KILLS))
    print(*found, sep="\n")
    return 1 if bad or found else 0


if __name__ == "__main__":
    sys.exit(main())
