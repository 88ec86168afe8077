"""Entries of the journal, and what changes on the phones, as data; `dispatch/announce.py` writes them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from db.records import JournalEntry
from db.states import FeedOp
from dispatch.actors import Actor


def entry(
    actor: Actor,
    now: datetime,
    action: str,
    *,
    area_id: UUID,
    job_id: UUID | None = None,
    subject_id: UUID | None = None,
    facts: Mapping[str, object] | None = None,
) -> JournalEntry:
    """`action` is `noun.past`. Facts carry ids and numbers, never names, phones or addresses."""
    return JournalEntry(
        area_id=area_id,
        n=0,
        at=now,
        actor_kind=actor.kind,
        actor_id=actor.actor_id,
        action=action,
        job_id=job_id,
        subject_id=subject_id,
        facts=msgspec.to_builtins(dict(facts or {})),
    )


class Shown(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A change that a technician's phone is to hear of."""

    technician_area_id: UUID
    technician_id: UUID
    job_area_id: UUID
    job_id: UUID
    op: FeedOp
