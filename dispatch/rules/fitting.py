"""A draft meets the day as it is now: its orders with new times, beside what was booked, begun or frozen meanwhile.

What cannot be served any more is refused day by day; the visits of a refused day stay as they are.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.records import Area, Job, Plan, PlannedRoute, Visit
from db.states import VisitState
from dispatch.rules.rewriting import After, route_of, stops_of, timed
from dispatch.rules.running import PLANNABLE, Day, clock_of, day_of, is_fixed
from dispatch.rules.standing import EPOCH, FOREVER_S, Facts, Stood, empty_standing, inserted, stand
from optimizer.standing import Standing


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """What of a draft can go out now."""

    drafts: Sequence[Visit]
    """With the times they have now."""
    retimed: Sequence[Visit]
    """Visits that are out, that the draft did not know, and that go to another time beside it."""
    routes: Sequence[PlannedRoute]
    """The frames of the days that were fitted anew."""
    dropped: Sequence[Visit]
    """Drafts that came too late."""
    refused: frozenset[Day]


def withdrawn(plan: Plan, out: Mapping[UUID, Visit], area: Area, now: datetime) -> list[Visit]:
    """Visits for which the plan found no place. What a person handed out since it was made stays, and what is frozen."""
    clock = clock_of(area, now, EPOCH)
    return [
        visit
        for item in plan.unassigned
        if (visit := out.get(item.job_id)) is not None
        and visit.state is VisitState.PUBLISHED
        and not visit.pinned
        and not is_fixed(visit, clock)
        and (visit.assigned_at or plan.created_at) <= plan.created_at
    ]


def fit(
    area: Area,
    facts: Mapping[Day, Facts],
    drafts: Sequence[Visit],
    out: Mapping[UUID, Visit],
    leaving: frozenset[UUID],
    jobs: Mapping[UUID, Job],
    now: datetime,
) -> Fitted:
    """`facts`: of the days to be fitted; drafts of other days are taken as they are. `out`: the live visit of each job
    that has one; `leaving`: jobs whose visit is withdrawn."""
    clock = clock_of(area, now, EPOCH)
    taken = {
        draft.job_id: draft
        for draft in drafts
        if jobs[draft.job_id].state in PLANNABLE
        and (
            (present := out.get(draft.job_id)) is None
            or (not is_fixed(present, clock) and present.visit_id == draft.replaces_visit_id)
        )
    }
    first = frozenset(job_id for job_id, draft in taken.items() if draft.replaces_visit_id is None)
    refused: set[Day] = set()
    coming: dict[Day, list[Visit]] = {}
    for draft in taken.values():
        coming.setdefault(day_of(draft), []).append(draft)
    while True:
        rows: dict[Day, After] = {}
        newly: set[Day] = set()
        for day, known in facts.items():
            if day in refused:
                continue
            after = _fit_day(area, known, coming.get(day, ()), taken, leaving, now)
            if after is None:
                newly.add(day)
            else:
                rows[day] = after
        if not newly:
            return _fitted(drafts, taken, rows, refused, first)
        refused |= newly
        # what a refused day was to get stays where it is, which may be a day that counted on its leaving
        taken = {job_id: draft for job_id, draft in taken.items() if day_of(draft) not in refused}


def _fit_day(
    area: Area,
    known: Facts,
    drafts: Sequence[Visit],
    taken: Mapping[UUID, Visit],
    leaving: frozenset[UUID],
    now: datetime,
) -> After | None:
    """The day's row with the drafts in their order and, in their cheapest places, the visits the draft did not know."""
    standing = empty_standing(area, now)
    clock = clock_of(area, now, EPOCH)
    staying: list[Visit] = []
    unknown: list[Visit] = []
    for visit in known.visits:
        if visit.state is VisitState.DRAFT:
            continue
        movable = visit.state is VisitState.PUBLISHED and not is_fixed(visit, clock)
        if not movable:
            staying.append(visit)
        elif visit.job_id not in taken and visit.job_id not in leaving:
            unknown.append(visit)
    mine = [draft for draft in drafts if taken.get(draft.job_id) is draft]
    stood = stand(standing, area, msgspec.structs.replace(known, visits=[*staying, *mine, *unknown]), now)
    times = standing.times_of(stood.row)
    if times.feasible:
        return After(stood, stood.row, times)
    # the strangers among the drafts; else, as where only a part of a draft goes out, the drafts among the strangers
    return _by_insertion(standing, stood, unknown) or _by_insertion(standing, stood, mine)


def _by_insertion(standing: Standing, stood: Stood, loose: Sequence[Visit]) -> After | None:
    """These in their cheapest places, the others in their order."""
    strangers = {visit.job_id for visit in loose}
    waiting = [stop for stop in stood.row.stops if stop.key in strangers]
    row = stood.row._replace(stops=tuple(stop for stop in stood.row.stops if stop.key not in strangers))
    for stop in waiting:
        standing.put("day", row)
        window = stop.window or (0, FOREVER_S)
        best = standing.price(stop, [window], most=1)[0]
        if not best:
            return None
        row = inserted(row, best[0].position, stop)
    times = standing.times_of(row)
    return After(stood, row, times) if times.feasible else None


def _fitted(
    drafts: Sequence[Visit],
    taken: Mapping[UUID, Visit],
    rows: Mapping[Day, After],
    refused: set[Day],
    first: frozenset[UUID],
) -> Fitted:
    fresh: dict[UUID, Visit] = {}
    retimed: list[Visit] = []
    for after in rows.values():
        for index, stop in enumerate(stops_of(after)):
            visit = after.stood.visits[stop.job_id]
            changed = timed(visit, stop, after.stood.begun.start.sequence + index + 1)
            if visit.state is VisitState.DRAFT:
                fresh[visit.visit_id] = changed
            elif changed != visit:
                retimed.append(changed)
    going = [fresh.get(draft.visit_id, draft) for draft in drafts if taken.get(draft.job_id) == draft]
    kept = {draft.visit_id for draft in going}
    # the only place of its job, though it does not go out: somebody may have been promised it
    kept |= {draft.visit_id for draft in drafts if draft.job_id in first and day_of(draft) in refused}
    return Fitted(
        drafts=going,
        retimed=retimed,
        routes=[route_of(after) for after in rows.values()],
        dropped=[draft for draft in drafts if draft.visit_id not in kept],
        refused=frozenset(refused),
    )
