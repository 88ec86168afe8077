"""Texts to people's phones: by a gateway of the operator's, or kept here where there is none."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from db.pool import Database
from db.queries import messages
from db.records import Message
from dispatch.outside.operator_system import OperatorSystem, SystemFailed
from dispatch.settings import SystemAddress


class TextMessage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`key`: the same key is the same message, however often it is handed over."""

    area_id: UUID
    key: UUID
    phone: str
    language: str
    text: str
    at: datetime


class Messenger(Protocol):
    async def send(self, message: TextMessage) -> bool:
        """Once per `key`; whether it went out: False where it never will. Raises whatever it likes when it could not: the message is
        handed over again."""
        ...


REFUSED_FOR_GOOD = frozenset({400, 404, 410, 422})
"""What is wrong with the message itself, or with its number. A key that is not right, or too many at once, is not."""


class HttpMessenger(Messenger):
    """A gateway for SMS or a messenger's own: `POST {url}/messages`, with the key as `Idempotency-Key` too."""

    def __init__(self, address: SystemAddress) -> None:
        self._system = OperatorSystem(address)

    async def send(self, message: TextMessage) -> bool:
        try:
            await self._system.post("messages", message, key=str(message.key))
        except SystemFailed as error:
            if error.status in REFUSED_FOR_GOOD:
                return False
            raise
        return True


class KeptMessages(Messenger):
    """Sends nothing: whoever runs line3 without a messenger reads the texts in the table `message`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, message: TextMessage) -> bool:
        row = Message(
            area_id=message.area_id,
            message_id=message.key,
            phone=message.phone,
            language=message.language,
            text=message.text,
            sent_at=message.at,
        )
        async with self._database.begin([message.area_id]) as conn:
            await messages.insert_messages(conn, [row])
        return True
