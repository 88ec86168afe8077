"""Waiting for a condition, not for a time."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 15.0) -> None:
    """Wait for a condition, not for a time."""
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.02)
