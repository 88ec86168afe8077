"""Outages as they are read, and as signs propose them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import kinds, outages, signs, staff
from db.records import Alarm, JournalEntry, NetworkElement, Outage, OutageEvidence
from db.records.base import Record
from db.rows import Conn
from db.states import LIVE_VISIT, OutageState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import UnknownOutage
from dispatch.outages import Dark, darkness_of
from dispatch.rules.bursts import WEIGHING, Accepted, Proposal, Proposed, Sign, SignKind, detect
from dispatch.rules.holding import may_mend
from dispatch.rules.journal import entry
from dispatch.rules.networks import Network
from dispatch.rules.scanning import Background

RECENT = timedelta(hours=24)
"""So long after its end an outage is still listed."""
LOOK_BACK = timedelta(minutes=max(WEIGHING.look_back_minutes))


class Shown(Record):
    """An outage with all that a desk decides by."""

    dark: Dark
    explained: outages.Explained
    tickets: list[signs.TicketSign]
    alarms: list[Alarm]
    instead: dict[UUID, NetworkElement]
    """Other elements that its evidence speaks of."""
    work: list[outages.Work]
    """Jobs on its branch while it goes on: one of them mends it, the others follow its end or are of another cause."""
    may_mend: frozenset[UUID]
    """Of these, which may be chosen to mend it."""


async def list_shown(conn: Conn, *, areas_seen: Sequence[UUID], now: datetime) -> list[Shown]:
    """Proposed, accepted, and restored within a day."""
    found = await outages.list_outages_shown(conn, areas_seen, now - RECENT)
    return await _shown(conn, areas_seen, found)


async def get(conn: Conn, *, areas_seen: Sequence[UUID], outage_id: UUID) -> Shown:
    """Raises `UnknownOutage`."""
    found = await outages.find_outage_seen(conn, areas_seen, outage_id)
    if found is None:
        raise UnknownOutage()
    (shown,) = await _shown(conn, areas_seen, [found])
    return shown


async def _shown(conn: Conn, areas_seen: Sequence[UUID], found: Sequence[Outage]) -> list[Shown]:
    spoke = [sign for outage in found for sign in outage.evidence.signs]
    tickets = await signs.list_tickets_by_id(conn, areas_seen, spoke)
    alarms = await signs.list_alarms_by_id(conn, areas_seen, spoke)
    named = [UUID(one) for outage in found for one in outage.evidence.instead]
    elements = {
        row.network_element_id: row for row in await outages.list_elements_by_id(conn, areas_seen, named)
    }
    explained = {
        row.outage_id: row
        for row in await outages.list_explained(conn, areas_seen, [one.outage_id for one in found])
    }
    shown = list[Shown]()
    for outage in found:
        work = await _work(conn, outage)
        versions = {
            (kind.kind, kind.kind_version): kind
            for kind in (await kinds.list_kinds(conn, outage.area_id) if work else ())
        }
        one = Shown(
            dark=await darkness_of(conn, outage),
            explained=explained[outage.outage_id],
            tickets=[one for one in tickets if one.ticket_id in outage.evidence.signs],
            alarms=[one for one in alarms if one.alarm_id in outage.evidence.signs],
            instead={
                UUID(one): elements[UUID(one)] for one in outage.evidence.instead if UUID(one) in elements
            },
            work=work,
            may_mend=frozenset(
                job.job_id for job in work if may_mend(job.state, versions[job.kind, job.kind_version])
            ),
        )
        shown.append(one)
    return shown


async def _work(conn: Conn, outage: Outage) -> list[outages.Work]:
    if outage.ended_at is not None:
        return []
    beneath = await outages.list_beneath(conn, outage.area_id, outage.network_element_id)
    return await outages.list_work_on(conn, outage.area_id, beneath, outage.outage_id, sorted(LIVE_VISIT))


async def weigh(
    conn: Conn, *, area_id: UUID, network: Network, background: Background, actor: Actor, now: datetime
) -> None:
    """What the signs of the last hours say against what usually comes: proposals are made, go on under their id, or fall away."""
    async with conn.transaction():
        # one weighs at a time: of two, both would propose the same
        await staff.lock_area(conn, area_id)
        open_now = await outages.lock_open_outages(conn, area_id)
        ended = await outages.list_outages_ended(conn, area_id, now - LOOK_BACK)
        refused = {sign for one in ended if one.state is OutageState.REFUSED for sign in one.evidence.signs}
        detected = detect(
            network,
            await _signs(conn, area_id, refused, now),
            now,
            background=background,
            accepted=_accepted([*open_now, *ended]),
            before=[
                Proposed(proposal_id=one.outage_id, element_id=one.network_element_id)
                for one in open_now
                if one.state is OutageState.PROPOSED
            ],
        )
        before = {one.outage_id: one for one in open_now}
        new = [_proposed(area_id, one, now) for one in detected.proposals if one.continues is None]
        await outages.insert_outages(conn, new)
        went_on = [
            (before[one.continues], _gone_on(before[one.continues], one))
            for one in detected.proposals
            if one.continues is not None
        ]
        fallen = [
            msgspec.structs.replace(
                before[one], state=OutageState.WITHDRAWN, ended_at=now, version=before[one].version + 1
            )
            for one in detected.withdrawn
        ]
        await outages.save_outages(conn, [after for was, after in went_on if after != was] + fallen)
        moved = [after for was, after in went_on if after.version != was.version]
        entries = [
            *_entries("outage.proposed", new, actor, now),
            *_entries("outage.moved", moved, actor, now),
            *_entries("outage.withdrawn", fallen, actor, now),
        ]
        if entries:
            await announce(conn, area_id, entries)


async def _signs(conn: Conn, area_id: UUID, refused: Collection[UUID], now: datetime) -> list[Sign]:
    """All that speak still: what a person has looked at and refused is no sign any more."""
    after = now - LOOK_BACK
    said = [
        Sign(
            sign_id=one.ticket_id,
            kind=SignKind.TICKET,
            at=one.reported_at,
            element_id=one.network_element_id,
            subscriber_id=one.subscriber_id,
        )
        for one in await signs.list_tickets_reported(conn, area_id, after)
    ]
    said += [
        Sign(
            sign_id=one.alarm_id,
            kind=SignKind.ALARM,
            at=one.raised_at,
            element_id=one.network_element_id,
            subscriber_id=one.subscriber_id,
        )
        for one in await signs.list_alarms_raised(conn, area_id, after)
    ]
    return [one for one in said if one.sign_id not in refused and one.at <= now]


def _accepted(known: Sequence[Outage]) -> list[Accepted]:
    return [
        Accepted(outage_id=one.outage_id, element_id=one.network_element_id, restored_at=one.restored_at)
        for one in known
        if one.state in (OutageState.ACCEPTED, OutageState.RESTORED)
    ]


def _proposed(area_id: UUID, proposal: Proposal, now: datetime) -> Outage:
    return Outage(
        area_id=area_id,
        outage_id=new_id(),
        network_element_id=proposal.element_id,
        state=OutageState.PROPOSED,
        since=proposal.since,
        proposed_at=now,
        affected=proposal.affected,
        evidence=_evidence(proposal),
    )


def _gone_on(outage: Outage, proposal: Proposal) -> Outage:
    """Another element is another version: who read of the one must not accept the other."""
    return msgspec.structs.replace(
        outage,
        network_element_id=proposal.element_id,
        since=proposal.since,
        affected=proposal.affected,
        evidence=_evidence(proposal),
        version=outage.version + (outage.network_element_id != proposal.element_id),
    )


def _evidence(proposal: Proposal) -> OutageEvidence:
    instead: Mapping[UUID, float] = proposal.instead
    return OutageEvidence(
        signs=list(proposal.evidence),
        spoke=proposal.spoke,
        odds=proposal.odds,
        sure=proposal.sure,
        instead={str(element): sure for element, sure in instead.items()},
    )


def _entries(action: str, some: Sequence[Outage], actor: Actor, now: datetime) -> list[JournalEntry]:
    return [
        entry(
            actor,
            now,
            action,
            area_id=one.area_id,
            subject_id=one.outage_id,
            facts={
                "element": one.network_element_id,
                "affected": one.affected,
                "spoke": one.evidence.spoke,
            },
        )
        for one in some
    ]
