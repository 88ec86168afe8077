"""The phones' process (`phones.ts`), spoken to by numbered JSON lines; many commands may be under way."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

PROGRAM = Path(__file__).with_name("phones.ts")
LONGEST_LINE = 64 * 1024 * 1024
TsEdit = tuple[str, str, str]
"""File of the engine, its text, another text."""


def find_node() -> str | None:
    """This environment's, or the one on PATH."""
    beside = Path(sys.executable).parent / "node"
    return str(beside) if beside.exists() else shutil.which("node")


class PhonesFailed(Exception):
    """The phones' process could not do what it was told: a fault of these tests, not of what they test."""


class Phones:
    """One node process with any number of phones in it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._asked = 0
        self._reading = asyncio.create_task(self._read())

    async def ask(self, do: str, phone: str, **said: Any) -> dict[str, Any]:
        """Its answer. Raises `PhonesFailed`."""
        self._asked += 1
        number = self._asked
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        assert self._process.stdin is not None, "opened with a pipe"
        self._process.stdin.write(
            msgspec.json.encode({"number": number, "do": do, "phone": phone, **said}) + b"\n"
        )
        async with asyncio.timeout(60):
            said_back = await answer
        if "error" in said_back:
            raise PhonesFailed(f"{do} {phone}: {said_back['error']}")
        return said_back

    async def _read(self) -> None:
        assert self._process.stdout is not None, "opened with a pipe"
        async for line in self._process.stdout:
            said = json.loads(line)
            self._waiting.pop(said.pop("number")).set_result(said)
        for answer in self._waiting.values():
            answer.set_exception(PhonesFailed("the phones' process ended"))

    async def close(self) -> None:
        assert self._process.stdin is not None, "opened with a pipe"
        self._process.stdin.close()
        async with asyncio.timeout(20):
            await self._process.wait()
        await self._reading


@asynccontextmanager
async def phones(edits: Sequence[TsEdit] = ()) -> AsyncGenerator[Phones]:
    """Started, and ended when the block ends; with these bugs in it."""
    node = find_node()
    if node is None:
        raise PhonesFailed("no node: `make setup` brings it")
    environment = {**os.environ, "LINE3_EDITS": json.dumps(list(edits))}
    process = await asyncio.create_subprocess_exec(
        node,
        "--no-warnings",
        str(PROGRAM),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
        limit=LONGEST_LINE,
    )
    made = Phones(process)
    try:
        yield made
    finally:
        await made.close()
