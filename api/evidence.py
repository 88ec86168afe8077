"""`line3 evidence`: what was agreed to on a job and charged for it, as one file; and whether such a file was altered."""

import argparse
import asyncio
import sys
from pathlib import Path

import msgspec

from api.running import running
from dispatch.errors import Refused
from dispatch.flows import areas, evidence
from dispatch.rules.evidence import flaws, written
from dispatch.settings import Settings

REFUSALS = (Refused, msgspec.DecodeError, OSError, RecursionError)
VERIFY = "verify"


def add(command: argparse.ArgumentParser) -> None:
    """`evidence JOB [-o FILE]` and `evidence verify FILE [--seal]`."""
    command.add_argument("what", metavar="JOB | verify", help="the job's number or id")
    command.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="after `verify`: the file to verify"
    )
    command.add_argument("-o", "--out", type=Path, metavar="FILE", help="instead of printing it")
    command.add_argument(
        "--seal", action="store_true", help="verify: ask the installation's key as well (needs its database)"
    )


def run(asked: argparse.Namespace, settings: Settings) -> int:
    """Exit status 1 where a file is not as it was made. Raises what is in `REFUSALS`."""
    if asked.what == VERIFY:
        if asked.file is None:
            raise ValueError("say which file to verify")
        return _verify(asked.file, asyncio.run(_key(settings)) if asked.seal else None)
    made = asyncio.run(_collected(settings, asked.what))
    if asked.out is None:
        sys.stdout.buffer.write(made)
    else:
        asked.out.write_bytes(made)
    return 0


async def _collected(settings: Settings, job: str) -> bytes:
    async with running(settings) as process:
        async with process.database.begin() as conn:
            seen = [area.area_id for area in await areas.list_areas(conn)]
        async with process.database.begin(seen, snapshot=True) as conn:
            found = await evidence.find_job(conn, areas_seen=seen, named=job)
            return written(await evidence.collect(conn, areas_seen=seen, job_id=found.job_id))


async def _key(settings: Settings) -> bytes:
    async with running(settings) as process, process.database.begin() as conn:
        return await evidence.seal_key(conn)


def _verify(file: Path, key: bytes | None) -> int:
    found = flaws(msgspec.json.decode(file.read_bytes()), key)
    for flaw in found:
        print(f"{flaw.what}: {flaw.pointer or file}")
    if found:
        return 1
    asked = "and its seal is this installation's" if key is not None else "its seal was not asked (--seal)"
    print(f"{file}: nothing altered, removed or added; {asked}.")
    return 0
