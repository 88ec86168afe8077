"""The simulated phone: it speaks only HTTP, keeps every report until the server has it, and lives with a bad network.

Its outbox is pure (state in, state out); around it stand what the phone was told (rows, cursor, epoch) and the chance
that answers are lost, batches arrive twice and out of order.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from api.demo.client import Client, NoAnswer, Session
from db.ids import new_id
from dispatch.rules.phone import Change, EventResult, Exchanged, VisibleJob

Event = dict[str, Any]
BATCH = 100


class Outbox:
    """What was recorded waits here until the server says that it is durable; the diary forgets nothing."""

    def __init__(self) -> None:
        self.seq = 0
        self.diary: dict[UUID, Event] = {}
        self.outcomes: dict[UUID, EventResult] = {}
        self._waiting: dict[UUID, Event] = {}

    def record(self, event: Event) -> None:
        self.seq += 1
        kept: Event = {**event, "seq": self.seq}
        event_id = UUID(event["eventId"])
        self.diary[event_id] = kept
        self._waiting[event_id] = kept

    def batch(self, most: int = BATCH) -> list[Event]:
        """The oldest first."""
        return list(self._waiting.values())[:most]

    def settle(self, results: Iterable[EventResult]) -> None:
        """Each of the four statuses means durable."""
        for result in results:
            self._waiting.pop(result.event_id, None)
            self.outcomes[result.event_id] = result

    def offer_again(self) -> None:
        """The server was set back to an older state: everything is sent once more."""
        self._waiting = dict(self.diary)

    def forget(self, event_id: UUID) -> None:
        """Only for showing that its loss is found."""
        self._waiting.pop(event_id, None)

    def __len__(self) -> int:
        return len(self._waiting)


def digest_of(rows: Iterable[VisibleJob]) -> str:
    """As the protocol says: SHA-256 over the sorted lines `jobId version`."""
    lines = [f"{job_id} {version}" for job_id, version in sorted((row.job_id, row.version) for row in rows)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


class Network(msgspec.Struct):
    """How often what goes wrong; shares in 0..1."""

    lost_answer: float = 0.06
    repeated: float = 0.06
    reordered: float = 0.15


class Seen(msgspec.Struct):
    """What happened to a phone."""

    exchanges: int = 0
    refused: int = 0
    lost_answers: int = 0
    repeated_batches: int = 0
    reordered_batches: int = 0
    duplicates: int = 0
    resets: int = 0
    digest_alarms: int = 0


class Phone:
    """One device of one technician."""

    def __init__(
        self,
        client: Client,
        random: Random,
        *,
        clock_error: timedelta = timedelta(0),
        network: Network | None = None,
    ) -> None:
        self._client = client
        self._random = random
        self._network = network or Network()
        self._session: Session | None = None
        self.clock_error = clock_error
        self.device_id = new_id()
        self.outbox = Outbox()
        self.rows: dict[UUID, VisibleJob] = {}
        self.cursor: str | None = None
        self.epoch: UUID | None = None
        self.digest: str | None = None
        self.offline_until: datetime | None = None
        self.seen = Seen()

    async def sign_in(self, login: str, password: str) -> UUID:
        """Enrols too; the technician's id."""
        self._session = await self._client.sign_in(login, password)
        body = {"deviceId": str(self.device_id), "name": f"Phone of {login}"}
        await self._session.post("/v1/mobile/devices", body)
        role = next(role for role in self._session.me.roles if role.technician_id is not None)
        assert role.technician_id is not None, "just looked for"
        return role.technician_id

    def is_offline(self, now: datetime) -> bool:
        return self.offline_until is not None and now < self.offline_until

    def record(
        self, kind: str, job_id: UUID, body: Event, at: datetime, event_id: UUID, needs: Sequence[UUID] = ()
    ) -> None:
        row = self.rows.get(job_id)
        shown_at = at + self.clock_error
        self.outbox.record(
            {
                "eventId": str(event_id),
                "jobId": str(job_id),
                "kind": kind,
                "v": 1,
                "recordedAt": shown_at.isoformat(),
                "monoMs": int(shown_at.timestamp() * 1000) % 2**40,
                "baseVersion": None if row is None else row.version,
                "needs": [str(needed) for needed in needs],
                "body": body,
            }
        )

    async def flush(self, now: datetime) -> None:
        """Send and hear until nothing waits on either side, or the network fails; what failed waits for the next time."""
        while await self._exchange(now):
            continue

    async def settle_down(self, now: datetime) -> None:
        """The same in a good network: the end of the day, at home."""
        self._network = Network(lost_answer=0, repeated=0, reordered=0)
        self.offline_until = None
        await self.flush(now)

    async def _exchange(self, now: datetime) -> bool:
        """One round trip; whether there is reason for another one."""
        envelope = self._envelope(now)
        try:
            answer = await self._send(envelope)
            if envelope["events"] and self._random.random() < self._network.repeated:
                self.seen.repeated_batches += 1
                answer = await self._send(envelope)
        except NoAnswer:
            self.seen.refused += 1
            return False
        if self._random.random() < self._network.lost_answer:
            self.seen.lost_answers += 1
            return False
        self._take(answer)
        return len(self.outbox) > 0 or (answer.pull is not None and answer.pull.more)

    def _envelope(self, now: datetime) -> Event:
        events = self.outbox.batch()
        if len(events) > 1 and self._random.random() < self._network.reordered:
            self.seen.reordered_batches += 1
            self._random.shuffle(events)
            events = events[: max(1, len(events) * 2 // 3)]
        return {
            "deviceId": str(self.device_id),
            "batchId": str(new_id()),
            "sentAt": (now + self.clock_error).isoformat(),
            "epoch": None if self.epoch is None else str(self.epoch),
            "cursor": self.cursor,
            "events": events,
        }

    async def _send(self, envelope: Event) -> Exchanged:
        assert self._session is not None, "sign in first"
        self.seen.exchanges += 1
        return await self._session.post("/v1/mobile/sync", envelope, Exchanged)

    def _take(self, answer: Exchanged) -> None:
        self.seen.duplicates += sum(result.status == "duplicate" for result in answer.results)
        self.outbox.settle(answer.results)
        if self.epoch not in (None, answer.epoch):
            self.outbox.offer_again()
        self.epoch = answer.epoch
        if answer.pull is None:
            return
        if answer.pull.reset:
            self.seen.resets += self.cursor is not None
            self.rows.clear()
        self._change(answer.pull.changes)
        self.cursor = answer.pull.cursor
        self.digest = answer.pull.digest
        if self.digest is not None and self.digest != digest_of(self.rows.values()):
            self.seen.digest_alarms += 1
            self.cursor = None

    def _change(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.job is not None:
                self.rows[change.job_id] = change.job
            else:
                self.rows.pop(change.job_id, None)
