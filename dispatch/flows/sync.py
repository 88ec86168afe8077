"""What a phone sends is first made durable, then applied event by event; then the phone hears what changed.

`dispatch/exchange.py` strings these flows together, each in its own transaction.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, devices, jobs, journal, plans, reports, technicians
from db.records import Device, InboxEvent, Report, Review, Technician, Visit
from db.records.base import Record
from db.rows import Conn
from db.states import ActorKind, FeedOp, InboxStatus, ReportStatus, ReviewReason, ReviewState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.bounded import is_absurd
from dispatch.errors import DeviceRevoked, UnknownDevice
from dispatch.rules import decisions, phone
from dispatch.rules.events import Body, Event, decode_body, read_event
from dispatch.rules.gaps import count_of, gaps_after, is_new_loss
from dispatch.rules.journal import entry
from dispatch.rules.reports import corrected_instant
from dispatch.rules.supplies import van_of
from dispatch.settling import Changes, settle_job
from dispatch.visible import visible_jobs

ATTEMPTS = 3
"""An event that killed its process so often is given to a person."""
SMALL_SKEW = timedelta(seconds=30)


class Waiting(Record):
    """An event in the inbox: `fresh` when this batch brought it, `again` when it was tried before without an end."""

    event_id: UUID
    content_hash: bytes
    fresh: bool
    again: bool = False


class Outcome(Record):
    """What is true of an event now."""

    status: InboxStatus
    reason: ReviewReason | None = None
    job_version: int | None = None


async def receive(
    conn: Conn, *, actor: Actor, envelope: phone.Envelope, now: datetime, voucher: Actor | None = None
) -> tuple[Device, list[Waiting]]:
    """Make the raw events durable, in their order. Raises `UnknownDevice`, `DeviceRevoked`, and then nothing is stored.
    `voucher`: a person who read them in from a file of the phone; the journal says who."""
    async with conn.transaction():
        area_id, technician_id = actor.technician_ids[0]
        device = await devices.lock_device(conn, area_id, envelope.device_id)
        if device is None or device.technician_id != technician_id:
            raise UnknownDevice()
        if voucher is None and device.revoked_at is not None and now > device.revoked_at + phone.DEPOSITS_FOR:
            raise DeviceRevoked()
        vouched_by = None if voucher is None else voucher.actor_id
        rows = [_inbox_row(device, envelope, bytes(raw), vouched_by, now) for raw in envelope.events]
        before = {
            (known.event_id, known.content_hash): known.status
            for known in await reports.list_arrived(conn, area_id, [row.event_id for row in rows])
        }
        await reports.insert_inbox(
            conn, list({(row.event_id, row.content_hash): row for row in rows}.values())
        )
        arrived = [row.seq for row in rows if row.seq is not None]
        await _count(conn, actor, device, envelope, arrived, None if voucher is not None else now, now)
        waiting: list[Waiting] = []
        for row in rows:
            key = (row.event_id, row.content_hash)
            waiting.append(
                Waiting(
                    event_id=row.event_id,
                    content_hash=row.content_hash,
                    fresh=key not in before,
                    again=before.get(key) is InboxStatus.RECEIVED,
                )
            )
            before.setdefault(key, InboxStatus.APPLIED)
        if voucher is not None:
            facts = {
                "batch": envelope.batch_id,
                "events": len(rows),
                "new": sum(one.fresh for one in waiting),
            }
            read_in = entry(
                voucher, now, "outbox.read_in", area_id=area_id, subject_id=device.device_id, facts=facts
            )
            await announce(conn, area_id, [read_in])
        return device, waiting


async def _count(
    conn: Conn,
    actor: Actor,
    device: Device,
    envelope: phone.Envelope,
    arrived: Sequence[int],
    heard_at: datetime | None,
    now: datetime,
) -> None:
    """Up to where the phone's count has come, and what is missing of it. `heard_at`: None where not the phone itself spoke."""
    before = await devices.list_gaps_of(conn, device.area_id, device.device_id)
    after = gaps_after(device, before, arrived, now)
    await devices.delete_gaps(conn, [gap for gap in before if gap not in after])
    await devices.insert_gaps(conn, [gap for gap in after if gap not in before])
    await devices.saw_device(conn, device.area_id, device.device_id, heard_at, max(arrived, default=0))
    if envelope.storage_lost and is_new_loss(device, now):
        await devices.note_storage_lost(conn, device.area_id, device.device_id, now)
        facts = {
            "lastSeq": device.last_seq,
            "missing": [[gap.first_seq, gap.last_seq] for gap in before],
            "count": count_of(before),
        }
        lost = entry(
            actor,
            now,
            "device.storage_lost",
            area_id=device.area_id,
            subject_id=device.device_id,
            facts=facts,
        )
        await announce(conn, device.area_id, [lost])


def _inbox_row(
    device: Device, envelope: phone.Envelope, raw: bytes, vouched_by: UUID | None, now: datetime
) -> InboxEvent:
    head = phone.head_of(raw)
    return InboxEvent(
        area_id=device.area_id,
        event_id=head.event_id,
        content_hash=_hash_of(raw),
        device_id=device.device_id,
        technician_id=device.technician_id,
        batch_id=envelope.batch_id,
        seq=head.seq,
        job_id=head.job_id,
        raw=raw[: phone.MAX_EVENT_BYTES],
        skew_ms=_skew_ms(envelope.sent_at, now),
        received_at=now,
        attempts=1,
        status=InboxStatus.RECEIVED,
        reason=None,
        vouched_by=vouched_by,
    )


def _hash_of(raw: bytes) -> bytes:
    """Of the content, not of its spelling: the same members in another order or with other blanks are the same."""
    try:
        raw = msgspec.json.encode(msgspec.json.decode(raw), order="deterministic")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return hashlib.sha256(raw).digest()
    return hashlib.sha256(raw).digest()


def _skew_ms(sent_at: object, now: datetime) -> int | None:
    """How far the phone's clock is behind ours; None where it says nothing sensible."""
    try:
        sent = msgspec.convert(sent_at, datetime)
    except msgspec.ValidationError:
        return None
    if sent.tzinfo is None or is_absurd(sent, now):
        return None
    return int((now - sent.astimezone(UTC)).total_seconds() * 1000)


async def count_attempt(conn: Conn, *, area_id: UUID, event_id: UUID, content_hash: bytes, by: int) -> None:
    """Before an event is tried again, in a transaction of its own: a process that it kills cannot count afterwards."""
    async with conn.transaction():
        await reports.count_attempt(conn, area_id, event_id, content_hash, by)


async def apply(
    conn: Conn, *, actor: Actor, area_id: UUID, event_id: UUID, content_hash: bytes, now: datetime
) -> Outcome:
    """Apply one event of the inbox, or say what became of it before. Never raises for what the event says."""
    async with conn.transaction():
        event = await reports.claim_event(conn, area_id, event_id, content_hash)
        assert event is not None, "the inbox keeps what it received"
        if event.status is not InboxStatus.RECEIVED:
            return Outcome(status=event.status, reason=event.reason)
        await technicians.lock_technicians(conn, [area_id], [event.technician_id])
        report, faulty = await _report_of(conn, actor, event, now)
        if report is None:
            return await _keep_for_review(conn, actor, event, faulty or ReviewReason.INVALID_BODY, now)
        if not await reports.insert_reports(conn, [report]):
            return await _keep_for_review(conn, actor, event, ReviewReason.ID_REUSED, now)
        changes = await settle_job(conn, report.area_id, report.job_id, actor, now)
        freed = await _settle_waiting(conn, report.area_id, event_id, actor, now)
        ruling = changes.rulings[report.report_id]
        status = InboxStatus(ruling.status.value)
        await reports.settle_event(conn, area_id, event_id, content_hash, status, ruling.reason)
        facts = {
            "kind": report.kind,
            "status": status,
            "reason": ruling.reason,
            "clockSuspect": report.clock_suspect,
        }
        entries = [
            entry(
                actor,
                now,
                "report.received",
                area_id=report.area_id,
                job_id=report.job_id,
                subject_id=report.report_id,
                facts=facts,
            ),
            *changes.entries,
            *freed.entries,
        ]
        job = await jobs.find_job(conn, report.area_id, report.job_id)
        await announce(conn, report.area_id, entries, [*changes.shown, *freed.shown])
        return Outcome(status=status, reason=ruling.reason, job_version=None if job is None else job.version)


async def _settle_waiting(conn: Conn, area_id: UUID, event_id: UUID, actor: Actor, now: datetime) -> Changes:
    """What waited for this event at other jobs, or waited for it though it makes no sense, need not wait longer."""
    every = Changes([], [], {})
    for job_id in await reports.list_jobs_waiting_for(conn, area_id, event_id):
        changes = await settle_job(conn, area_id, job_id, actor, now)
        every.entries.extend(changes.entries)
        every.shown.extend(changes.shown)
    return every


async def _report_of(
    conn: Conn, actor: Actor, event: InboxEvent, now: datetime
) -> tuple[Report | None, ReviewReason | None]:
    """The event as a report of a visit of a job, or why it cannot be one."""
    if event.attempts > ATTEMPTS or len(event.raw) >= phone.MAX_EVENT_BYTES:
        return None, ReviewReason.INVALID_BODY
    if await _is_reused(conn, event):
        return None, ReviewReason.ID_REUSED
    device = await devices.find_device(conn, event.area_id, event.device_id)
    accepted = {
        review.reason: review
        for review in await reports.list_accepted_reviews(conn, event.area_id, event.event_id)
    }
    revoked = device is None or (event.vouched_by is None and _is_revoked(device, event.received_at))
    if revoked and ReviewReason.DEVICE_REVOKED not in accepted:
        return None, ReviewReason.DEVICE_REVOKED
    sent = read_event(event.raw)
    if sent is None:
        return None, ReviewReason.INVALID_BODY
    if not decisions.is_readable(sent):
        return None, ReviewReason.UNKNOWN_KIND
    job_id = decisions.job_meant(sent.job_id, accepted)
    job_area = await jobs.find_area_of_job(conn, list(actor.areas), job_id)
    if job_area is None:
        return None, ReviewReason.UNKNOWN_JOB
    try:
        body = decode_body(sent.kind, sent.body)
    except (msgspec.ValidationError, RecursionError):
        return None, ReviewReason.INVALID_BODY
    visits = await plans.list_visits_of_jobs(conn, job_area, [job_id])
    visit = decisions.visit_meant(visits, body.visit_id, event.technician_id, accepted)
    if visit is None:
        return None, ReviewReason.NOT_ASSIGNEE
    return _report(job_area, event, sent, body, visit, now), None


def _is_revoked(device: Device, at: datetime) -> bool:
    return device.revoked_at is not None and device.revoked_at <= at


async def _is_reused(conn: Conn, event: InboxEvent) -> bool:
    """Another content came under this id before."""
    known = await reports.list_arrived(conn, event.area_id, [event.event_id])
    return known[0].content_hash != event.content_hash and known[0].status is not InboxStatus.RECEIVED


def _report(
    job_area: UUID, event: InboxEvent, sent: Event, body: Body, visit: Visit, now: datetime
) -> Report:
    recorded = sent.recorded_at
    if recorded is not None and (recorded.tzinfo is None or is_absurd(recorded, now)):
        recorded = None
    skew = None if event.skew_ms is None else timedelta(milliseconds=event.skew_ms)
    if skew is not None and abs(skew) < SMALL_SKEW:
        skew = None
    corrected, suspect = corrected_instant(recorded, skew, visit.assigned_at, event.received_at)
    return Report(
        area_id=job_area,
        report_id=event.event_id,
        job_id=visit.job_id,
        visit_id=visit.visit_id,
        technician_area_id=event.area_id,
        technician_id=event.technician_id,
        device_id=event.device_id,
        seq=sent.seq,
        kind=sent.kind,
        body=msgspec.to_builtins(body),
        needs=sent.needs,
        recorded_at=recorded,
        received_at=event.received_at,
        corrected_at=corrected,
        clock_suspect=suspect,
        status=ReportStatus.PENDING,
        reason=None,
    )


async def _keep_for_review(
    conn: Conn, actor: Actor, event: InboxEvent, reason: ReviewReason, now: datetime
) -> Outcome:
    """Durable, not in force: a person decides."""
    await reports.settle_event(
        conn, event.area_id, event.event_id, event.content_hash, InboxStatus.REVIEW, reason
    )
    review = Review(
        area_id=event.area_id,
        review_id=new_id(),
        event_id=event.event_id,
        technician_area_id=event.area_id,
        technician_id=event.technician_id,
        job_id=None,
        reason=reason,
        facts={"sentJobId": event.job_id, "batchId": event.batch_id, "contentHash": event.content_hash.hex()},
        state=ReviewState.OPEN,
        opened_at=now,
        decided_at=None,
        decided_by=None,
        decision_note="",
    )
    await reports.save_reviews(conn, [review])
    facts = {"reason": reason, "event": event.event_id}
    entries = [
        entry(actor, now, "review.opened", area_id=event.area_id, subject_id=review.review_id, facts=facts)
    ]
    freed = await _settle_waiting(conn, event.area_id, event.event_id, actor, now)
    await announce(conn, event.area_id, [*entries, *freed.entries], freed.shown)
    return Outcome(status=InboxStatus.REVIEW, reason=reason)


async def pull(
    conn: Conn, *, actor: Actor, technician: Technician, cursor: str | None, now: datetime
) -> phone.Pull:
    """What changed for this technician since the cursor; everything, with `reset`, when there is no good one.

    Run in a snapshot: the digest must speak of the same state as the changes.
    """
    installation = await areas.find_installation(conn)
    assert installation is not None, "written by migrate"
    area_id, technician_id = technician.area_id, technician.technician_id

    def signed(n: int) -> str:
        return phone.sign_cursor(installation.cursor_key, area_id, technician_id, installation.epoch, n)

    newest = await journal.get_feed_n(conn, area_id, technician_id)
    since = (
        None
        if cursor is None
        else phone.read_cursor(installation.cursor_key, area_id, technician_id, installation.epoch, cursor)
    )
    visible = {area: await plans.list_visible_jobs(conn, [area], technician_id) for area in actor.areas}
    versions = [
        (job.job_id, job.version)
        for area, job_ids in visible.items()
        for job in await jobs.list_jobs_by_id(conn, area, job_ids)
    ]
    if since is None or since > newest:
        shown = [
            change
            for area, ids in visible.items()
            for change in await _puts(conn, actor, area, technician_id, ids, now)
        ]
        digest = phone.digest_of(versions)
        return phone.Pull(changes=shown, cursor=signed(newest), more=False, digest=digest, reset=True)
    changed = await journal.list_feed(conn, area_id, technician_id, since, phone.MAX_EVENTS)
    more = len(changed) == phone.MAX_EVENTS
    changes: list[phone.Change] = []
    touched = list(dict.fromkeys((change.job_area_id, change.job_id) for change in changed))
    for area, ids in visible.items():
        seen = [job_id for job_area, job_id in touched if job_area == area and job_id in ids]
        changes += await _puts(conn, actor, area, technician_id, seen, now)
    gone = [job_id for job_area, job_id in touched if job_id not in visible.get(job_area, [])]
    changes += [phone.Change(job_id=job_id, version=0, op=FeedOp.REMOVE) for job_id in gone]
    upto = changed[-1].n if changed else since
    return phone.Pull(
        changes=changes, cursor=signed(upto), more=more, digest=None if more else phone.digest_of(versions)
    )


async def find_van(conn: Conn, *, technician: Technician, known: str | None) -> phone.VisibleVan | None:
    """The technician's own van, where it is another than the one that the phone knows. In the snapshot of the pull."""
    if known is None:
        return None
    area_id = technician.area_id
    stock = await technicians.list_van_stock(conn, [area_id], [technician.technician_id])
    van = van_of(stock, await technicians.list_named_parts(conn, area_id))
    return None if van.version == known else van


async def _puts(
    conn: Conn, actor: Actor, area_id: UUID, technician_id: UUID, job_ids: Sequence[UUID], now: datetime
) -> list[phone.Change]:
    if not job_ids:
        return []
    return [
        phone.Change(job_id=job.job_id, version=job.version, op=FeedOp.PUT, job=job)
        for job in await visible_jobs(conn, area_id, technician_id, job_ids, actor.language, now)
    ]


class LeftOver(Record):
    """An event whose turn never came, and whose it is."""

    waiting: Waiting
    technician: Technician


async def list_left_over(
    conn: Conn, *, area_id: UUID, now: datetime, older_than: timedelta
) -> list[LeftOver]:
    """Events whose turn never came because whoever received them died."""
    found: list[LeftOver] = []
    for event in await reports.list_unsettled(conn, area_id, now - older_than):
        technician = await technicians.find_technician(conn, area_id, event.technician_id)
        assert technician is not None, "technicians are never removed"
        waiting = Waiting(event_id=event.event_id, content_hash=event.content_hash, fresh=True, again=True)
        found.append(LeftOver(waiting=waiting, technician=technician))
    return found


def phone_of(technician: Technician, seen: Sequence[UUID]) -> Actor:
    """The technician acting through a phone; `seen`: home area first, then those worked in."""
    return Actor(
        kind=ActorKind.TECHNICIAN,
        actor_id=technician.technician_id,
        areas=tuple(seen),
        technician_ids=((technician.area_id, technician.technician_id),),
        display_name=technician.display_name,
    )
