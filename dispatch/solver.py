"""Solving in processes of their own, split off one for each solve (`optimizer.stem`)."""

import asyncio
from collections.abc import Awaitable, Callable

from optimizer import pipe
from optimizer.check import check
from optimizer.problem import Problem
from optimizer.result import Progress, Result, Route
from optimizer.stem import Child, Stem

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
    """Has a stem, once it was needed."""

    def __init__(self) -> None:
        self._stem: asyncio.Task[Stem] | None = None

    def warm_up(self) -> None:
        """Start to load what solving needs, if it is not there."""
        self._warmed()

    def _warmed(self) -> asyncio.Task[Stem]:
        if self._stem is None:
            self._stem = asyncio.create_task(Stem.start())
        return self._stem

    async def solve(
        self, problem: Problem, warm: tuple[Route, ...], *, seconds: float, seed: int, on_progress: OnProgress
    ) -> Result:
        """Raises `SolveFailed`, `BadProblem`-like contradictions included (its text says where)."""
        try:
            child = await self._split()
            try:
                async with asyncio.timeout(seconds + GRACE_SECONDS):
                    request = pipe.Request(problem=problem, warm=warm, seconds=seconds, seed=seed)
                    return await _converse(child, request, on_progress)
            finally:
                await child.end()
        except (OSError, EOFError, pipe.BadFrame) as error:
            raise SolveFailed(type(error).__name__) from error

    async def _split(self) -> Child:
        """Off the stem; where that one has died, off another. Raises `OSError`, `EOFError`."""
        try:
            return await self._split_off(self._warmed())
        except (OSError, EOFError):
            return await self._split_off(self._warmed())

    async def _split_off(self, stem: asyncio.Task[Stem]) -> Child:
        try:
            # whoever waits for it may be cancelled; it is everybody's
            return await (await asyncio.shield(stem)).split()
        except (OSError, EOFError):
            if self._stem is stem:
                await self.close()
            raise

    async def close(self) -> None:
        stem, self._stem = self._stem, None
        if stem is not None:
            await (await stem).end()


async def _converse(child: Child, request: pipe.Request, on_progress: OnProgress) -> Result:
    child.writer.write(pipe.encode(request))
    await child.writer.drain()
    halted = False
    while True:
        match await pipe.read_upward(child.reader):
            case pipe.Advance(progress=progress):
                if await on_progress(progress) and not halted:
                    halted = True
                    child.writer.write(pipe.encode(pipe.Halt()))
            case pipe.Answer(result=result):
                return result
            case pipe.Failure() as failure:
                raise SolveFailed(f"{failure.fault}: {failure.says} {failure.where}".strip())
            case pipe.Ready():
                continue
            case None:
                raise SolveFailed("the solving process ended without an answer")
