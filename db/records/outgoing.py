"""What leaves: changes to phones, messages to other systems, the journal."""

from datetime import datetime
from typing import Any
from uuid import UUID

from db.records.base import Record
from db.states import ActorKind, FeedOp


class FeedChange(Record):
    area_id: UUID
    technician_id: UUID
    n: int
    job_area_id: UUID
    job_id: UUID
    op: FeedOp


class PushSubscription(Record):
    """Where a phone is told, while its app is closed, that its round has changed."""

    area_id: UUID
    device_id: UUID
    technician_id: UUID
    endpoint: str
    key: bytes
    auth: bytes
    subscribed_at: datetime
    heard_n: int
    """Up to where a phone of the technician has pulled."""
    told_n: int
    """Up to where it was pushed."""


class OutboxMessage(Record):
    area_id: UUID
    outbox_id: UUID
    kind: str
    subject_id: UUID
    payload: dict[str, Any]
    created_at: datetime
    delivered_at: datetime | None
    due_at: datetime
    """Not tried again before."""
    attempts: int = 0


class Message(Record):
    """A text to somebody's phone, kept where no messenger is configured."""

    area_id: UUID
    message_id: UUID
    phone: str
    language: str
    text: str
    sent_at: datetime


class JournalEntry(Record):
    area_id: UUID
    n: int
    at: datetime
    actor_kind: ActorKind
    actor_id: UUID | None
    action: str
    job_id: UUID | None
    subject_id: UUID | None
    facts: dict[str, Any]
