"""Mailboxes are read: each letter once, one that cannot be read is flagged and told, and none holds up another.

What is read is marked after the database has it. A process that dies in between reads it again, and it is found to be known by its
own key: so it matters neither who reads, nor how a server numbers its letters.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.errors import Conflicted, DatabaseError, Unavailable
from db.pool import Database
from db.queries import areas
from dispatch.actors import worker
from dispatch.clock import Clock
from dispatch.mail_addresses import MailboxAddress
from dispatch.outside.mailbox import PATIENCE_SECONDS, REFUSALS, Mailbox, opened
from dispatch.rules.letters import Letter, read_letter, unreadable_letter
from dispatch.writing import receive_letter

log = logging.getLogger(__name__)

POLL_SECONDS = 20.0
LONGEST_PAUSE_SECONDS = 900.0
AT_ONCE = 50
"""Letters of a turn."""


class AreaUnknown(Exception):
    """A mailbox is said to be of an area that there is not."""


def pause_after(failures: int) -> float:
    """Seconds until a mailbox is looked into again: after each failure in a row twice as long."""
    return min(POLL_SECONDS * 2 ** min(failures, 10), LONGEST_PAUSE_SECONDS)


class Postman:
    """Looks into mailboxes, each by itself: one that is silent keeps nobody from the others."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        boxes: Sequence[MailboxAddress],
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._boxes = boxes
        self._patience_seconds = patience_seconds
        self._failures: dict[str, int] = {}
        self._due_at: dict[str, float] = {}
        self._hard: set[tuple[str, int]] = set()
        """Letters at which a turn ended: next time they come last."""

    async def look(self) -> None:
        """Into those that are due."""
        due = [box for box in self._boxes if time.monotonic() >= self._due_at.get(box.area, 0)]
        await asyncio.gather(*(self._look_into(box) for box in due))

    async def _look_into(self, box: MailboxAddress) -> None:
        try:
            await self.read(box)
            self._failures[box.area] = 0
        except Exception as error:
            self._failures[box.area] = self._failures.get(box.area, 0) + 1
            said = {"kind": type(error).__name__, "area": box.area, "attempt": self._failures[box.area]}
            if isinstance(error, (AreaUnknown, DatabaseError, *REFUSALS)):
                log.warning("mailbox.not_read", extra=said)
            else:
                log.error("mailbox.not_read", extra=said, exc_info=error)
        self._due_at[box.area] = time.monotonic() + pause_after(self._failures[box.area])

    async def read(self, box: MailboxAddress) -> int:
        """How many letters were taken. Raises `AreaUnknown`, `Unavailable`, `Conflicted`, and what a server ends in
        (`REFUSALS`)."""
        area_id = await self._area(box.area)
        opening = opened(box, self._patience_seconds)
        mailbox = await asyncio.to_thread(opening.__enter__)
        try:
            unread = await asyncio.to_thread(mailbox.unread)
            unread.sort(key=lambda uid: (box.area, uid) in self._hard)
            for uid in unread[:AT_ONCE]:
                self._hard.add((box.area, uid))
                await self._take(mailbox, uid, area_id, box.address)
                self._hard.remove((box.area, uid))
        finally:
            await asyncio.to_thread(opening.__exit__, None, None, None)
        return len(unread[:AT_ONCE])

    async def _area(self, code: str) -> UUID:
        async with self._database.begin() as conn:
            found = next((area for area in await areas.list_areas(conn) if area.code == code), None)
        if found is None:
            raise AreaUnknown()
        return found.area_id

    async def _take(self, mailbox: Mailbox, uid: int, area_id: UUID, ours: str) -> None:
        raw = await asyncio.to_thread(mailbox.fetch, uid)
        if raw is None:
            return
        try:
            letter = await asyncio.to_thread(read_letter, raw.content, ours, cut=raw.cut)
            await self._keep(area_id, letter, raw.arrived_at)
        except (Unavailable, Conflicted):
            raise
        except Exception as error:
            log.error("letter.not_read", extra={"kind": type(error).__name__}, exc_info=error)
            # for a person at the desk to hear of it; the letter itself lies flagged where it came
            await self._keep(area_id, unreadable_letter(raw.content), raw.arrived_at)
            await asyncio.to_thread(mailbox.mark_unreadable, uid)
            return
        await asyncio.to_thread(mailbox.mark_read, uid)

    async def _keep(self, area_id: UUID, letter: Letter, arrived_at: datetime | None) -> None:
        actor, now = worker(area_id), self._clock()
        await self._database.transact(
            [area_id],
            lambda conn: receive_letter(
                conn, area_id=area_id, letter=letter, arrived_at=arrived_at, actor=actor, now=now
            ),
        )
