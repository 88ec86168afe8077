"""A worker in the test's own process, and handlers that can be watched."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from db import queue
from db.queue import Work


@contextlib.asynccontextmanager
async def working(
    url: str,
    handler: queue.Handler,
    *,
    heartbeat: float = 10.0,
    poll: float = 0.5,
    concurrency: int = 8,
    call: float = 10.0,
    alone: frozenset[str] = frozenset(),
) -> AsyncGenerator[asyncio.Event]:
    """A worker in this process, stopped in order at the end."""
    stop = asyncio.Event()
    handlers = {"count": handler}
    task = asyncio.create_task(
        queue.run(
            url,
            handlers,
            stop=stop,
            heartbeat_seconds=heartbeat,
            retry_seconds=0.01,
            poll_seconds=poll,
            call_seconds=call,
            concurrency=concurrency,
            alone=alone,
        )
    )
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await task


class Listed:
    """A handler that remembers, and fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        self.works: list[Work] = []
        self.failures = failures

    async def __call__(self, work: Work) -> None:
        self.works.append(work)
        if len(self.works) <= self.failures:
            raise ValueError("Secretperson")

    async def has(self, count: int) -> bool:
        return len(self.works) >= count

    @property
    def payloads(self) -> list[bytes]:
        return [work.payload for work in self.works]


class Gate:
    """A handler that begins and goes on when it is let."""

    def __init__(self) -> None:
        self.begun, self.open = asyncio.Event(), asyncio.Event()
        self.works: list[tuple[bytes, int]] = []

    async def __call__(self, work: Work) -> None:
        self.works.append((work.payload, work.attempt))
        self.begun.set()
        await self.open.wait()
