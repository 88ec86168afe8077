"""Entries of the journal, and what changes on the phones, as data; `dispatch/announce.py` writes them."""

from collections.abc import Collection, Mapping
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


def named_in(entries: Collection[JournalEntry]) -> set[UUID]:
    """Who did it, and from whom and to whom work went."""
    said = {one.facts.get(name) for one in entries for name in ("from", "to")}
    actors = {one.actor_id for one in entries if one.actor_id is not None}
    return actors | {UUID(one) for one in said if isinstance(one, str) and len(one) == 36}


class Shown(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A change that a technician's phone is to hear of."""

    technician_area_id: UUID
    technician_id: UUID
    job_area_id: UUID
    job_id: UUID
    op: FeedOp
