"""`make faults`: thousands of schedules, requests cut at every byte, photos through faults, kills; `FAULTS="PART --option"`.

What was found good (schedules, cuts, photos) is kept in `.cache/faults` for exactly this source: a stopped run goes on where
it was, changed source begins anew. Kills begin anew each time.
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
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import uvloop
from rich.progress import Progress

from db import embedded, migrate
from db.pool import open_database
from tests.faults.cuts import Cutting, Place, Reference, cutting
from tests.faults.ground import Ground, ground
from tests.faults.kills import under_load
from tests.faults.phones import Phones, phones
from tests.faults.schedules import Schedule
from tests.faults.uploads import AT_ONCE, uploading

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".cache" / "faults"
SOURCES = ("api", "dispatch", "db", "tests/faults")
SIDE_BY_SIDE = 3
"""Schedules in one process: while one waits for PostgreSQL, another computes."""
CHUNK_SEED = 20261127
RESTORED_EVERY, RESTORED_AT = 10, 7
AGAIN = 'FAULTS="schedules --seeds {seed}" make faults'


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
    """What of a part was found good by this very source."""

    def __init__(self, part: str) -> None:
        KEPT.mkdir(parents=True, exist_ok=True)
        self._file = KEPT / f"{fingerprint()}.{part}"
        self.done = set(self._file.read_text("utf-8").splitlines() if self._file.exists() else [])

    def add(self, what: object) -> None:
        self.done.add(str(what))
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{what}\n")


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


class Asked(NamedTuple):
    """What a part is to do, and what of it was done before."""

    seeds: Sequence[int]
    processes: int
    references: Sequence[str]
    many: int
    book: Book


async def run_schedules(asked: Asked) -> list[str]:
    """Random schedules of phones, network, server and office."""
    left = [seed for seed in asked.seeds if str(seed) not in asked.book.done]
    bad = await all_of(left, asked.processes, asked.book)
    print(f"{len(left)} schedules, {len(bad)} with faults.")
    return [f"seed {seed}" for seed in bad]


@asynccontextmanager
async def cuts_ready() -> AsyncGenerator[Cutting]:
    async with server() as (_, started):
        database = await open_database((await migrated(started.owner_url, "cuts"))[0])
        try:
            async with cutting(database) as there:
                yield there
        finally:
            await database.close()


async def cut_at(there: Cutting, reference: Reference, places: Sequence[Place], book: Book) -> list[str]:
    left = [place for place in places if str(place) not in book.done]
    found: list[str] = []
    with Progress() as progress:
        for place in progress.track(left, description=f"cuts of {reference.name}"):
            said = await there.fault(reference, place)
            if said:
                print(*said, sep="\n")
            else:
                book.add(place)
            found += said
    print(f"{reference.name}: {len(left)} cuts of {len(places)}, {len(found)} faults")
    return found


async def run_cuts(asked: Asked) -> list[str]:
    """Whole requests cut at each of their bytes, in and out, in three manners."""
    found: list[str] = []
    async with cuts_ready() as there:
        for reference in there.references:
            if reference.name in asked.references:
                places = await there.places(reference, lambda _: True)
                found += await cut_at(there, reference, places, asked.book)
    return found


async def run_chunks(asked: Asked) -> list[str]:
    """Cuts at random bytes of full pieces (256 KiB) of a photo."""
    async with cuts_ready() as there:
        places = await there.some_places(there.chunk, asked.many, CHUNK_SEED)
        return await cut_at(there, there.chunk, places, asked.book)


async def run_photos(asked: Asked) -> list[str]:
    """Photos sent by the phone's own engine through faults."""
    batches = [one for one in range(ceil(asked.many / AT_ONCE)) if str(one) not in asked.book.done]
    found: list[str] = []
    async with server() as (_, started), phones() as process:
        database = await open_database((await migrated(started.owner_url, "photos"))[0])
        try:
            async with uploading(database, process) as there:
                with Progress() as progress:
                    for batch in progress.track(batches, description=f"{AT_ONCE} photos each"):
                        said = await there.batch(batch)
                        if said:
                            print(*said, sep="\n")
                        else:
                            asked.book.add(batch)
                        found += said
        finally:
            await database.close()
    print(
        f"{len(batches) * AT_ONCE} photos of {asked.many}, looked at {there.unfinished} times unfinished: {len(found)} faults"
    )
    return found


async def run_api_kills(asked: Asked) -> list[str]:
    """kill -9 of the API while phones send."""
    return await _kills(asked.many, is_api=True)


async def run_postgres_kills(asked: Asked) -> list[str]:
    """kill -9 of PostgreSQL while phones send."""
    return await _kills(asked.many, is_api=False)


async def _kills(kills: int, *, is_api: bool) -> list[str]:
    async with server() as (folder, started), phones() as process:
        await migrate.migrate(started.owner_url, demo=True)
        database = await open_database(started.app_url, revive=started.ensure)
        try:
            with Progress() as progress:
                bar = progress.add_task("kills", total=kills)
                records, found = await under_load(
                    folder,
                    database,
                    process,
                    kills,
                    None if is_api else started,
                    lambda: progress.advance(bar),
                )
        finally:
            await database.close()
    print(f"{kills} kills of {'the API' if is_api else 'PostgreSQL'}, {records} records: {len(found)} faults")
    return found


async def run_browser_kills(asked: Asked) -> list[str]:
    """kill -9 of a real Chromium while the app saves."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-n", "0", "tests/e2e/test_technician_killed.py"]
    environment = {**os.environ, "LINE3_KILLS": str(asked.many)}
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
    return [f"{asked.many} kills of the browser: see above"] if await process.wait() else []


class Part(NamedTuple):
    run: Callable[[Asked], Coroutine[None, None, list[str]]]
    many: int
    """Unless `--count` says another; 0 where nothing is counted."""


PARTS = {
    "schedules": Part(run_schedules, 0),
    "cuts": Part(run_cuts, 0),
    "chunks": Part(run_chunks, 300),
    "photos": Part(run_photos, 1000),
    "api-kills": Part(run_api_kills, 200),
    "postgres-kills": Part(run_postgres_kills, 50),
    "browser-kills": Part(run_browser_kills, 100),
}
REFERENCES = ("sync", "sign-in", "booking", "photo")


def parser() -> argparse.ArgumentParser:
    said = [
        f"  {name:15} {(part.run.__doc__ or '').strip()}" + (f" ({part.many})" if part.many else "")
        for name, part in PARTS.items()
    ]
    made = argparse.ArgumentParser(
        prog="python -m tests.faults.run",
        description=(__doc__ or "") + "\nparts:\n" + "\n".join(said),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("parts", nargs="*", metavar="PART", help="of these, in their order (default: all)")
    made.add_argument(
        "--seeds", default="0-9999", metavar="A-B", help="which schedules (default: %(default)s)"
    )
    made.add_argument("--count", type=int, metavar="N", help="how many, instead of the number in brackets")
    made.add_argument(
        "--of", nargs="+", choices=REFERENCES, default=REFERENCES, help="which requests are cut"
    )
    made.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="for schedules")
    made.add_argument("--again", action="store_true", help="also what was found good before")
    made.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    if asked.work:
        # stopped, or whoever listened was
        with suppress(KeyboardInterrupt, BrokenPipeError):
            uvloop.run(work(json.load(sys.stdin)))
        return 0
    if unknown := set(asked.parts) - set(PARTS):
        parser().error(f"no part {', '.join(sorted(unknown))}: there are {', '.join(PARTS)}")
    first, _, last = asked.seeds.partition("-")
    found: list[str] = []
    for name in asked.parts or PARTS:
        part, book = PARTS[name], Book(name)
        if asked.again:
            book.done.clear()
        began = time.monotonic()
        many = part.many if asked.count is None else asked.count
        seeds = range(int(first), int(last or first) + 1)
        bad = uvloop.run(part.run(Asked(seeds, asked.processes, asked.of, many, book)))
        print(f"{name}: {len(bad)} faults, {time.monotonic() - began:.0f} s", flush=True)
        found += [f"{name}: {sentence}" for sentence in bad]
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
