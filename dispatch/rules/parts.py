"""Which changes of a draft can go out without the others, and which of those must come along.

A change comes along where the round that a chosen one goes into has no room until it has left; and so does what somebody
was promised on a technician-day that goes out, because others would get its room.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.records import Area, Job, Plan, Visit
from dispatch.rules.fitting import Fitted, fit
from dispatch.rules.running import Day, day_of, promised_window
from dispatch.rules.standing import Facts
from dispatch.rules.versions import SAME_S

MOST_TRIES = 40
"""So many of what comes along are tried without, to name no more than must."""


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A draft as it would go out now."""

    area: Area
    facts: Mapping[Day, Facts]
    """Of all its days on which somebody works."""
    drafts: Sequence[Visit]
    out: Mapping[UUID, Visit]
    """The live visit of each job that has one."""
    leaving: Sequence[Visit]
    """Visits that it takes back and gives no other place."""
    jobs: Mapping[UUID, Job]
    now: datetime

    @property
    def changes(self) -> set[UUID]:
        return {visit.job_id for visit in [*self.drafts, *self.leaving]}


def days_of(whole: Whole, chosen: Collection[UUID]) -> set[Day]:
    """The technician-days that these changes come to or leave."""
    visits = [*whole.drafts, *whole.leaving, *whole.out.values()]
    return {day_of(visit) for visit in visits if visit.job_id in chosen}


def fitted_part(whole: Whole, chosen: Collection[UUID]) -> Fitted:
    """These changes alone; all else keeps its place, if not its minute."""
    days = days_of(whole, chosen)
    return fit(
        whole.area,
        {day: known for day, known in whole.facts.items() if day in days},
        [draft for draft in whole.drafts if draft.job_id in chosen],
        whole.out,
        frozenset(visit.job_id for visit in whole.leaving if visit.job_id in chosen),
        whole.jobs,
        whole.now,
    )


def needs(whole: Whole, chosen: Collection[UUID]) -> frozenset[UUID] | None:
    """The changes without which the chosen ones cannot go out; None: not with all of them either."""
    wanted, changes = frozenset(chosen), whole.changes
    needed = wanted
    while True:
        needed |= _promised_beside(whole, needed)
        refused = fitted_part(whole, needed).refused
        if not refused:
            break
        more = {
            job_id for job_id, visit in whole.out.items() if job_id in changes and day_of(visit) in refused
        }
        if more <= needed:
            return None
        needed |= more
    for job_id in sorted(needed - wanted)[:MOST_TRIES]:
        fewer = needed - {job_id}
        if _promised_beside(whole, fewer) <= fewer and not fitted_part(whole, fewer).refused:
            needed = fewer
    return needed - wanted


def _promised_beside(whole: Whole, chosen: Collection[UUID]) -> frozenset[UUID]:
    """Jobs whose only place is a draft on the days that go out, and to whom somebody was promised to come."""
    days = days_of(whole, chosen)
    return frozenset(
        draft.job_id
        for draft in whole.drafts
        if draft.replaces_visit_id is None
        and (day := day_of(draft)) in days
        and day in whole.facts
        and promised_window(whole.facts[day].appointments.get(draft.job_id, ()), whole.now) is not None
    )


def is_left(whole: Whole, chosen: Collection[UUID]) -> bool:
    """Whether anything of the draft is still to be decided once these have gone out."""
    return any(visit.job_id not in chosen for visit in whole.leaving) or any(
        draft.job_id not in chosen and _moves(draft, whole.out.get(draft.job_id)) for draft in whole.drafts
    )


def _moves(draft: Visit, out: Visit | None) -> bool:
    if out is None or day_of(out) != day_of(draft):
        return True
    return abs((draft.planned_start_at - out.planned_start_at).total_seconds()) >= SAME_S


def rest_of(draft: Plan, gone: Collection[UUID]) -> Plan:
    """The draft without what has gone out of it: that stays where it is, whatever becomes of the rest."""
    routes = [
        msgspec.structs.replace(route, stops=[stop for stop in route.stops if stop.job_id not in gone])
        for route in draft.routes
    ]
    unassigned = [item for item in draft.unassigned if item.job_id not in gone]
    return msgspec.structs.replace(draft, routes=routes, unassigned=unassigned)
