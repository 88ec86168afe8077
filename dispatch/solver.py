"""The solving process: one subprocess per solve, one more kept warm, used once, then replaced.

A solve inside this process would hold its event loop for seconds; a pool of processes is broken for good once one
child is killed. The child exits by itself when our end of its stdin closes, so a killed worker leaves no orphan.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from contextlib import suppress

from optimizer import pipe
from optimizer.check import check
from optimizer.problem import Problem
from optimizer.result import Progress, Result, Route

COMMAND = (sys.executable, "-m", "optimizer.solve", "--pipe")
GRACE_SECONDS = 30.0
"""How long after its budget a solving process may take to answer before it is given up."""

OnProgress = Callable[[Progress], Awaitable[bool]]
"""Awaited with each progress; answers whether to stop, good enough."""


class SolveFailed(Exception):
    """The solving process did not answer with a checked result."""


def verify(problem: Problem, result: Result) -> None:
    """The oracle's word once more on this side: what differs was damaged on the way, or is a bug. Raises `SolveFailed`."""
    if violations := check(problem, result):
        raise SolveFailed("; ".join(f"{violation.cause}: {violation.says}" for violation in violations[:5]))


class Solver:
    """Hands out warm processes."""

    def __init__(self) -> None:
        self._warm: asyncio.Task[Process] | None = None

    def warm_up(self) -> None:
        """Start the next process, if none waits."""
        if self._warm is None:
            self._warm = asyncio.create_task(_start())

    async def solve(
        self, problem: Problem, warm: tuple[Route, ...], *, seconds: float, seed: int, on_progress: OnProgress
    ) -> Result:
        """Raises `SolveFailed`, `BadProblem`-like contradictions included (its text says where)."""
        # taken before it is awaited: two solves at once must not get the same process
        taken, self._warm = self._warm or asyncio.create_task(_start()), None
        process = await taken
        try:
            async with asyncio.timeout(seconds + GRACE_SECONDS):
                request = pipe.Request(problem=problem, warm=warm, seconds=seconds, seed=seed)
                return await _converse(process, request, on_progress)
        except (OSError, EOFError, TimeoutError, pipe.BadFrame) as error:
            raise SolveFailed(type(error).__name__) from error
        finally:
            await _end(process)
            self.warm_up()

    async def close(self) -> None:
        if self._warm is not None:
            await _end(await self._warm)
            self._warm = None


async def _start() -> Process:
    process = await asyncio.create_subprocess_exec(*COMMAND, stdin=PIPE, stdout=PIPE, limit=2**20)
    assert process.stdout is not None
    first = await pipe.read_upward(process.stdout)
    if not isinstance(first, pipe.Ready):
        raise SolveFailed("the solving process did not become ready")
    return process


async def _converse(process: Process, request: pipe.Request, on_progress: OnProgress) -> Result:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(pipe.encode(request))
    await process.stdin.drain()
    halted = False
    while True:
        match await pipe.read_upward(process.stdout):
            case pipe.Advance(progress=progress):
                if await on_progress(progress) and not halted:
                    halted = True
                    process.stdin.write(pipe.encode(pipe.Halt()))
            case pipe.Answer(result=result):
                return result
            case pipe.Failure() as failure:
                raise SolveFailed(f"{failure.fault}: {failure.says} {failure.where}".strip())
            case pipe.Ready():
                continue
            case None:
                raise SolveFailed("the solving process ended without an answer")


async def _end(process: Process) -> None:
    """Closing its stdin is enough; a process that does not obey is killed."""
    if process.stdin is not None:
        process.stdin.close()
    with suppress(ProcessLookupError):
        try:
            await asyncio.wait_for(process.wait(), 2)
        except TimeoutError:
            process.kill()
            await process.wait()
