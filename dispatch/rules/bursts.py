"""Signs that come in a burst: which network elements have failed, as far as tickets and alarms tell. (`scanning` weighs them.)"""

import statistics
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import dropwhile
from uuid import UUID

import msgspec
import numpy as np

from db.records.base import Record
from dispatch.rules.networks import NONE, Ints, Network, summed_up
from dispatch.rules.scanning import Background, Flags, Heard, Scan, Weighing, scanned


class SignKind(StrEnum):
    """What somebody or something said."""

    TICKET = "ticket"
    ALARM = "alarm"


class Sign(Record):
    """A ticket; the alarm of a terminal, which has a subscriber; or of an element, which has none."""

    sign_id: UUID
    kind: SignKind
    at: datetime
    element_id: UUID | None
    """As it was named, which may be wrong. None, or one that is not in the tree: where the subscriber hangs."""
    subscriber_id: UUID | None


class Proposing(Record):
    """What has to be there before something is proposed."""

    fewest: int = 3
    """Subscribers with a sign."""
    sure: float = 0.9
    """How sure the element has to be to be named at once. Else it is named when nothing new has come for a while."""
    settled: timedelta = timedelta(seconds=120)
    holding: float = 8.0
    """How far the odds may fall again before what was proposed is withdrawn."""
    echo: timedelta = timedelta(minutes=30)
    """Who calls so long after the restoration calls about what was."""


class Accepted(Record):
    """An outage that is known. What lies on its branch is linked to it."""

    outage_id: UUID
    element_id: UUID
    restored_at: datetime | None = None


class Proposed(Record):
    """What was proposed before, and is neither accepted nor refused."""

    proposal_id: UUID
    element_id: UUID


class Proposal(Record):
    """An element that has probably failed."""

    element_id: UUID
    since: datetime
    """The earliest of the signs that count."""
    affected: int
    """Subscribers beneath it."""
    spoke: int
    """Of these, who gave a sign."""
    evidence: Sequence[UUID]
    """The signs that count, the earliest first."""
    odds: float
    """That something has failed here, as a logarithm: 0 is even."""
    sure: float
    """0..1: how likely it is this element, of all on its branch."""
    instead: Mapping[UUID, float]
    """The next likely ones of its branch, as `sure`."""
    continues: UUID | None
    """The proposal that this one is, with what came meanwhile; its element may be another by now. None: a new one."""
    widens: Sequence[UUID]
    """Accepted outages beneath it: more has failed than was accepted."""


class Detected(Record):
    """All that the signs say by now."""

    proposals: Sequence[Proposal]
    linked: Mapping[UUID, UUID]
    """Signs to the accepted outages that explain them."""
    withdrawn: Sequence[UUID]
    """Proposals that are no more: another explains their signs, or these have aged."""


class Hour(Record):
    """How many signs came in it; `alarms` of terminals."""

    tickets: int
    alarms: int
    element_alarms: int


USUAL, WEIGHING, PROPOSING = Background(), Weighing(), Proposing()
LEAST_AN_HOUR = 0.1
"""Of the whole network: what was never seen is still possible."""
LEARNT_FROM = 72


class Arranged(msgspec.Struct, frozen=True):
    """Signs that have a place in the network, the earliest first, and beside them what is weighed of them."""

    signs: Sequence[Sign]
    at: Ints
    """Microseconds, as `_instant`."""
    place: Ints
    subscriber: Ints
    """A number for each who gave one; `NONE` for an element's own."""
    ticket: Flags

    def between(self, first: int, last: int) -> "Arranged":
        """Those from the first on, without the last, counted from 0."""
        return Arranged(
            self.signs[first:last],
            self.at[first:last],
            self.place[first:last],
            self.subscriber[first:last],
            self.ticket[first:last],
        )

    def without(self, sign_ids: Container[UUID]) -> "Arranged":
        kept = [number for number, sign in enumerate(self.signs) if sign.sign_id not in sign_ids]
        return Arranged(
            [self.signs[number] for number in kept],
            self.at[kept],
            self.place[kept],
            self.subscriber[kept],
            self.ticket[kept],
        )


def arranged(network: Network, signs: Iterable[Sign]) -> Arranged:
    """In an order that does not depend on that in which they came."""
    placed = [
        (sign.at, sign.sign_id, sign, place) for sign in signs if (place := _place(network, sign)) != NONE
    ]
    placed.sort(key=lambda one: one[:2])
    who: dict[UUID, int] = {}
    return Arranged(
        [sign for _, _, sign, _ in placed],
        np.array([_instant(at) for at, *_ in placed], np.int64),
        np.array([place for *_, place in placed], np.int64),
        np.array(
            [
                NONE if sign.subscriber_id is None else who.setdefault(sign.subscriber_id, len(who))
                for _, _, sign, _ in placed
            ],
            np.int64,
        ),
        np.array([sign.kind is SignKind.TICKET for _, _, sign, _ in placed], bool),
    )


def detect(
    network: Network,
    signs: Iterable[Sign],
    now: datetime,
    *,
    accepted: Sequence[Accepted] = (),
    before: Sequence[Proposed] = (),
    background: Background = USUAL,
    weighing: Weighing = WEIGHING,
    proposing: Proposing = PROPOSING,
) -> Detected:
    """`signs`: those of the longest look-back; older ones do not matter. A few milliseconds for 4,000 subscribers."""
    oldest = now - longest_look_back(weighing)
    among = arranged(network, [sign for sign in signs if sign.at > oldest])
    return detect_among(
        network,
        among,
        now,
        accepted=accepted,
        before=before,
        background=background,
        weighing=weighing,
        proposing=proposing,
    )


def longest_look_back(weighing: Weighing = WEIGHING) -> timedelta:
    return timedelta(minutes=max(weighing.look_back_minutes))


def detect_among(
    network: Network,
    among: Arranged,
    now: datetime,
    *,
    accepted: Sequence[Accepted] = (),
    before: Sequence[Proposed] = (),
    background: Background = USUAL,
    weighing: Weighing = WEIGHING,
    proposing: Proposing = PROPOSING,
) -> Detected:
    """As `detect`, for whoever looks at the same signs again and again: `among`, those of the longest look-back."""
    linked = _linked(network, among, accepted, proposing)
    rest = among.without(linked) if linked else among
    size = _still_lit(network, accepted)
    scan = scanned(network, size, _heard(rest, now), background, weighing)
    found = [
        _proposal(network, rest, scan, element, now, accepted, weighing)
        for element in [*scan.chosen, *_held(network, scan, before, proposing)]
        if scan.spoke[element] >= proposing.fewest
    ]
    detected = _continued(network, found, before, linked)
    return msgspec.structs.replace(
        detected, proposals=[one for one in detected.proposals if _ripe(one, rest, now, proposing)]
    )


def _ripe(proposal: Proposal, among: Arranged, now: datetime, proposing: Proposing) -> bool:
    if proposal.continues is not None or proposal.sure >= proposing.sure:
        return True
    last = next(sign.at for sign in reversed(among.signs) if sign.sign_id == proposal.evidence[-1])
    return now - last >= proposing.settled


def _instant(at: datetime) -> int:
    return round(at.timestamp() * 1e6)


def _place(network: Network, sign: Sign) -> int:
    number = None if sign.element_id is None else network.number_of.get(sign.element_id)
    if number is None and sign.subscriber_id is not None:
        number = network.home_of.get(sign.subscriber_id)
    return NONE if number is None else number


def _linked(
    network: Network, among: Arranged, accepted: Sequence[Accepted], proposing: Proposing
) -> dict[UUID, UUID]:
    """What lies at or beneath an accepted outage is of it: until it is restored, and tickets a while longer."""
    outages = {
        network.number_of[outage.element_id]: outage
        for outage in accepted
        if outage.element_id in network.number_of
    }
    linked = dict[UUID, UUID]()
    for sign, place in zip(among.signs, among.place, strict=True) if outages else ():
        for number in network.lineage[place].tolist():
            outage = outages.get(number)
            if outage is not None and _explains(outage, sign, proposing):
                linked[sign.sign_id] = outage.outage_id
                break
    return linked


def _explains(outage: Accepted, sign: Sign, proposing: Proposing) -> bool:
    if outage.restored_at is None:
        return True
    echo = proposing.echo if sign.kind is SignKind.TICKET else timedelta()
    return sign.at <= outage.restored_at + echo


def _still_lit(network: Network, accepted: Sequence[Accepted]) -> Ints:
    """Subscribers beneath each element who are not known to be dark."""
    dark = [
        network.number_of[outage.element_id]
        for outage in accepted
        if outage.restored_at is None and outage.element_id in network.number_of
    ]
    if not dark:
        return network.size
    own = network.own.copy()
    own[np.isin(network.lineage, dark).any(axis=1)] = 0
    return summed_up(network.lineage, own)


def _held(network: Network, scan: Scan, before: Sequence[Proposed], proposing: Proposing) -> list[int]:
    """What was proposed, or an element next to it, and would be no more: while there still is something to it."""
    held = list[int]()
    for number in [network.number_of.get(one.element_id, NONE) for one in before]:
        if number == NONE or any(network.on_one_branch(number, one) for one in [*scan.chosen, *held]):
            continue
        near = [number, *network.children.get(number, ()), *network.lineage[number, 1:2].tolist()]
        best = max((one for one in near if one != NONE), key=lambda one: scan.worth[one])
        if scan.worth[best] > -proposing.holding:
            held.append(best)
    return held


def _heard(among: Arranged, now: datetime) -> Heard:
    age_h = np.maximum(0.0, (_instant(now) - among.at) / 1e6 / 3600)
    return Heard(age_h, among.place, among.subscriber, among.ticket)


def _proposal(
    network: Network,
    among: Arranged,
    scan: Scan,
    element: int,
    now: datetime,
    accepted: Sequence[Accepted],
    weighing: Weighing,
) -> Proposal:
    beneath = network.beneath(element)
    since = now - timedelta(minutes=weighing.look_back_minutes[int(scan.look_back[element])])
    counts = np.flatnonzero(beneath[among.place] & (among.at >= _instant(since)))
    evidence = [among.signs[number] for number in counts.tolist()]
    sure, instead = _likely(network, scan, element)
    return Proposal(
        element_id=network.ids[element],
        since=evidence[0].at,
        affected=int(network.size[element]),
        spoke=int(scan.spoke[element]),
        evidence=[sign.sign_id for sign in evidence],
        odds=round(float(scan.worth[element]), 2),
        sure=round(sure, 4),
        instead={network.ids[one]: round(likely, 4) for one, likely in instead.items() if likely >= 0.01},
        continues=None,
        widens=[
            outage.outage_id
            for outage in accepted
            if outage.restored_at is None
            and outage.element_id in network.number_of
            and beneath[network.number_of[outage.element_id]]
        ],
    )


def _likely(network: Network, scan: Scan, element: int) -> tuple[float, dict[int, float]]:
    """How likely it is this one, of those on its branch, and the next three. One above also gets what it would take over from failures
    beside; one beneath leaves the rest of the signs to chance."""
    worth = scan.worth
    above = [one for one in network.lineage[element].tolist() if one not in (NONE, element)]
    instead = [sum(float(scan.best[child]) for child in network.children[one]) for one in above]
    below = np.flatnonzero(network.beneath(element) & (scan.spoke > 0))
    below = below[below != element]
    others = np.concatenate((above, below)).astype(np.int64)
    odds = np.concatenate((worth[above] - instead, worth[below] - worth[element]))
    weights = np.exp(np.minimum(0.0, odds))
    total = 1.0 + float(weights.sum())
    next_ones = np.argsort(-weights, kind="stable")[:3].tolist()
    return 1.0 / total, {int(others[one]): float(weights[one]) / total for one in next_ones}


def _continued(
    network: Network, found: Sequence[Proposal], before: Sequence[Proposed], linked: Mapping[UUID, UUID]
) -> Detected:
    """One proposal for each outage: what lies on the branch of an earlier one goes on under its id, the likeliest first and the
    earliest id first."""
    free = list(before)
    proposals = list[Proposal]()
    for proposal in sorted(found, key=lambda one: (-one.odds, one.element_id)):
        same = next(
            (one for one in free if _on_one_branch(network, one.element_id, proposal.element_id)), None
        )
        if same is not None:
            free.remove(same)
            proposal = msgspec.structs.replace(proposal, continues=same.proposal_id)
        proposals.append(proposal)
    return Detected(proposals=proposals, linked=dict(linked), withdrawn=[one.proposal_id for one in free])


def _on_one_branch(network: Network, one: UUID, other: UUID) -> bool:
    first, second = network.number_of.get(one), network.number_of.get(other)
    return first is not None and second is not None and network.on_one_branch(first, second)


def learnt(network: Network, hours: Sequence[Hour]) -> Background:
    """What usually comes, from whole hours in their order. The median of them, so that the hours of an outage do not count as usual;
    rarer than twice an hour, the mean. A kind of which nothing was heard before some hour was not listened to until then; one that
    has been listened to for less than `LEARNT_FROM` hours is as `USUAL`."""

    def an_hour(counts: Sequence[int], among: int, usual: float) -> float:
        heard = list(dropwhile(lambda count: count == 0, counts))
        if len(heard) < LEARNT_FROM:
            return usual
        median, mean = statistics.median(heard), statistics.fmean(heard)
        return max(median if median >= 2 else mean, LEAST_AN_HOUR) / max(among, 1)

    subscribers = len(network.home_of)
    return Background(
        tickets=an_hour([hour.tickets for hour in hours], subscribers, USUAL.tickets),
        alarms=an_hour([hour.alarms for hour in hours], subscribers, USUAL.alarms),
        element_alarms=an_hour(
            [hour.element_alarms for hour in hours], len(network.ids), USUAL.element_alarms
        ),
    )
