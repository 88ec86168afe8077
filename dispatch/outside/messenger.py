"""Texts to people's phones: the Protocol, and where they are kept when no messenger is configured."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from db.pool import Database
from db.queries import messages
from db.records import Message


class TextMessage(msgspec.Struct, frozen=True, kw_only=True):
    """`key`: the same key is the same message, however often it is handed over."""

    area_id: UUID
    key: UUID
    phone: str
    language: str
    text: str
    at: datetime


class Messenger(Protocol):
    async def send(self, message: TextMessage) -> None:
        """Once per `key`. Raises whatever it likes when it could not: the message is handed over again."""
        ...


class KeptMessages(Messenger):
    """Sends nothing: whoever runs line3 without a messenger reads the texts in the table `message`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, message: TextMessage) -> None:
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
