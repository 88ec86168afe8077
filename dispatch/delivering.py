"""What leaves for other systems is handed over by a worker: at least once, each with a key by which the other side knows it.

Between transactions: the other side may take its time.
"""

import asyncio
import logging
import random
from datetime import datetime
from functools import partial
from uuid import UUID

from db.pool import Database
from db.records import OutboxMessage
from dispatch.actors import worker
from dispatch.flows import letters, messages
from dispatch.outside.billing import Bill, Billing, KeptCharges
from dispatch.outside.mail_server import Mailer
from dispatch.outside.messenger import KeptMessages, Messenger

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 30
SILENT_AFTER = 3
"""So many refusals in a row are the other side's, and not the fault of what was sent."""


class Deliverer:
    """Hands over to a messenger, to billing and to a mail server; without them, what is said is kept here."""

    def __init__(
        self,
        database: Database,
        messenger: Messenger | None = None,
        billing: Billing | None = None,
        public_url: str | None = None,
        mailer: Mailer | None = None,
    ) -> None:
        """`public_url`: where subscribers reach this installation; without it no link is sent."""
        self._database = database
        self._worded = {
            **messages.WORDED,
            **{kind: partial(word, public_url=public_url) for kind, word in messages.WITH_LINKS.items()},
        }
        self._messenger = messenger or KeptMessages(database)
        self._billing = billing or KeptCharges()
        self._mailer = mailer

    async def deliver(self, area_id: UUID, now: datetime) -> int:
        """What waits in an area; how much of it arrived. What did not is tried again, later each time."""
        waiting = await self._database.transact(
            [area_id], lambda conn: messages.claim(conn, area_id=area_id, now=now)
        )
        arrived, refused = 0, {"messenger": 0, "billing": 0, "mail": 0}
        # in another order each time: what can never be delivered must not stand in front of the rest for ever
        random.shuffle(waiting)
        for message in waiting:
            to = _receiver(message)
            if refused[to] == SILENT_AFTER:
                continue
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    sent = await self._hand_over(message, now)
            except Exception as error:
                refused[to] += 1
                log.error("outbox.not_delivered", extra={"kind": type(error).__name__}, exc_info=error)
                continue
            refused[to] = 0
            await self._mark(message, sent, now)
            arrived += 1
        return arrived

    async def _hand_over(self, message: OutboxMessage, now: datetime) -> bool:
        """Whether it had somebody to go to, and went."""
        if message.kind in letters.MAILED:
            return await self._mail(message, now)
        word = self._worded.get(message.kind)
        if word is None:
            bill = Bill(
                area_id=message.area_id, kind=message.kind, key=message.subject_id, facts=message.payload
            )
            await self._billing.take(bill)
            return True
        worded = await self._database.transact(
            [message.area_id], lambda conn: word(conn, message=message, now=now)
        )
        return worded is not None and await self._messenger.send(worded)

    async def _mail(self, message: OutboxMessage, now: datetime) -> bool:
        word = letters.MAILED[message.kind]
        post = await self._database.transact(
            [message.area_id], lambda conn: word(conn, message=message, now=now)
        )
        return self._mailer is not None and post is not None and await self._mailer.send(post)

    async def _mark(self, message: OutboxMessage, sent: bool, now: datetime) -> None:
        actor = worker(message.area_id)
        mark = letters.mark_mailed if message.kind in letters.MAILED else messages.mark_delivered
        await self._database.transact(
            [message.area_id],
            lambda conn: mark(conn, message=message, sent=sent, actor=actor, now=now),
        )


def _receiver(message: OutboxMessage) -> str:
    if message.kind in letters.MAILED:
        return "mail"
    return "messenger" if message.kind in messages.WORDED else "billing"
