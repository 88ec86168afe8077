"""What if: a day is planned twice on paper, and nothing of it is left in any plan."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from db.ids import new_id
from db.pool import Database
from db.queries import what_ifs as queries
from db.queue import Work
from db.records import SupposedChange, WhatIf, WhatIfAnswer, WhatIfSide
from db.states import VisitState
from dispatch import trying
from dispatch.errors import DaysImpossible, NotSupposable
from dispatch.planning import WhatIfWork
from dispatch.rules.told_what_if import newcomer, told_of_what_if
from dispatch.solver import Solver
from tests.builders import Town, dispatcher, settled_in
from tests.dispatch.office import Office
from tests.worlds import NOW, TODAY, build, known_id, small_town

HOUR = timedelta(hours=1)
PROMISE = {"earliest": NOW + 6 * HOUR, "latest": NOW + 7 * HOUR}


@pytest.fixture
async def office(database: Database, solver: Solver) -> Office:
    return Office(database, Town(database, await settled_in(database, small_town)), solver)


async def asked(office: Office, *changes: SupposedChange, after: int = 0) -> WhatIf:
    return await trying.ask(
        office.town.database,
        area_id=office.town.world.area_id,
        on_day=TODAY + timedelta(days=after),
        changes=changes,
        budget=timedelta(seconds=0.5),
        seed=1,
        actor=dispatcher(office.town.world),
        now=office.now,
    )


async def tried(office: Office, *changes: SupposedChange) -> WhatIfAnswer:
    """What the queue would have a worker do."""
    question = await asked(office, *changes)
    work = msgspec.json.encode(WhatIfWork(area_id=question.area_id, what_if_id=question.what_if_id))
    for attempt in (1, 2):
        await office.worker.suppose(Work(1, "what_if", work, attempt))
    found = await office.town.do(
        lambda conn: queries.find_what_if(conn, question.area_id, question.what_if_id)
    )
    assert found is not None
    assert found.answer is not None, found.failure
    return found.answer


def supposed(kind: str, **facts: Any) -> SupposedChange:
    return SupposedChange(kind=kind, **facts)


def technician(office: Office, number: int) -> UUID:
    return office.town.world.technicians[number - 1].technician_id


async def overfull(database: Database, solver: Solver) -> Office:
    """More than three days of one technician hold, of which a plan sees two."""
    world = build("full_street", 1, 6)
    office = Office(database, Town(database, await settled_in(database, world)), solver)
    for number in range(20):
        await office.town.job("cable_break", subscriber=1 + number % 6, affected=50)
    return office


async def test_one_technician_more_serves_what_had_no_place(database: Database, solver: Solver) -> None:
    office = await overfull(database, solver)
    answer = await tried(office, supposed("technician-more", skills=["fibre"]))
    assert len(answer.after.unassigned) < len(answer.before.unassigned)
    assert answer.after.cost["total"] < answer.before.cost["total"]
    assert set(answer.after.unassigned) <= await jobs_of(office)
    unskilled = await tried(office, supposed("technician-more", skills=["wifi"]))
    assert len(unskilled.after.unassigned) == len(unskilled.before.unassigned)


async def jobs_of(office: Office) -> set[UUID]:
    async with office.town.database.begin([office.town.world.area_id]) as conn:
        return {row["job_id"] for row in await conn.fetch("SELECT job_id FROM job")}


async def test_a_longer_shift_serves_more_and_a_job_less_leaves_its_room_to_another(
    database: Database, solver: Solver
) -> None:
    office = await overfull(database, solver)
    longer = await tried(office, supposed("longer-shift", technician_id=technician(office, 1), minutes=150))
    assert len(longer.after.unassigned) < len(longer.before.unassigned)
    left_out = set(longer.before.unassigned)
    job_id = min(await jobs_of(office) - left_out)
    fewer = await tried(office, supposed("job-dropped", job_id=job_id))
    assert len(fewer.after.unassigned) == len(fewer.before.unassigned) - 1


async def test_who_is_away_is_named_with_the_visits_that_would_move_and_nothing_changes(
    office: Office,
) -> None:
    for subscriber in range(1, 7):
        await office.town.job("cable_break", subscriber=subscriber)
    await office.plan(publish=True)
    before = await office.visits(*VisitState)
    mine = [visit for visit in before if visit.on_day == TODAY]
    who = mine[0].technician_id
    plans = await office.plans()
    answer = await tried(office, supposed("technician-away", technician_id=who))
    assert {one.job_id for one in answer.moved} >= {
        visit.job_id for visit in mine if visit.technician_id == who
    }
    assert who not in {one.to_technician_id for one in answer.moved}
    assert answer.after.moved == len(answer.moved)
    assert answer.before.moved == 0
    assert answer.after.cost["total"] >= answer.before.cost["total"]
    assert await office.visits(*VisitState) == before
    assert await office.plans() == plans


async def test_a_promise_that_is_dropped_is_counted_by_what_was_promised(office: Office) -> None:
    promised = await office.town.job(subscriber=1, promisedWindow=PROMISE, affected=400)
    await office.town.job(subscriber=2)
    answer = await tried(office, supposed("promise-dropped", job_id=promised.job_id))
    assert (answer.before.kept, answer.before.late, answer.before.unplaced) == (1, 0, 0)
    # four hundred in the dark are served at once, long before the window
    assert (answer.after.kept, answer.after.late, answer.after.unplaced) == (0, 1, 0)
    assert answer.after.cost["outage"] < answer.before.cost["outage"]


async def test_what_makes_no_difference_makes_none(office: Office) -> None:
    await office.town.job(subscriber=1)
    answer = await tried(office, supposed("longer-shift", technician_id=technician(office, 3), minutes=60))
    assert answer.after == answer.before
    assert answer.moved == []


@pytest.mark.parametrize(
    ("change", "member"),
    [
        (supposed("technician-more", depot_id=new_id()), "depotId"),
        (
            supposed(
                "technician-more", shift_start_at=NOW + 2 * HOUR, shift_end_at=NOW + HOUR, skills=["fibre"]
            ),
            "shift",
        ),
        (
            supposed("technician-more", shift_start_at=NOW + 26 * HOUR, shift_end_at=NOW + 30 * HOUR),
            "shift",
        ),
        (supposed("longer-shift", technician_id=new_id(), minutes=30), "technicianId"),
        (supposed("longer-shift", technician_id=small_town.technicians[0].technician_id), "minutes"),
        (supposed("technician-away", technician_id=None), "technicianId"),
        (supposed("promise-dropped", job_id=new_id()), "jobId"),
        (supposed("job-dropped"), "jobId"),
    ],
)
async def test_what_is_missing_or_is_not_so_cannot_be_supposed(
    office: Office, change: SupposedChange, member: str
) -> None:
    sound = supposed("technician-more", depot_id=known_id("small_town", "depot"), skills=["fibre"])
    with pytest.raises(NotSupposable) as refused:
        await asked(office, sound, change)
    assert refused.value.facts["pointer"] == f"/changes/1/{member}"


async def test_a_job_without_a_promise_has_none_to_drop(office: Office) -> None:
    job = await office.town.job(subscriber=1)
    with pytest.raises(NotSupposable):
        await asked(office, supposed("promise-dropped", job_id=job.job_id))


@pytest.mark.parametrize("after", [-1, 14])
async def test_only_days_ahead_are_supposed(office: Office, after: int) -> None:
    with pytest.raises(DaysImpossible):
        await asked(office, supposed("technician-more"), after=after)


async def test_old_trials_are_forgotten(office: Office) -> None:
    question = await asked(office, supposed("technician-more", skills=["fibre"]))
    office.now += timedelta(days=2)
    await office.worker.tick()
    found = await office.town.do(
        lambda conn: queries.find_what_if(conn, question.area_id, question.what_if_id)
    )
    assert found is None


def side(total: int, unassigned: int = 0, late: int = 0, moved: int = 0) -> WhatIfSide:
    return WhatIfSide(
        cost={"total": total},
        unassigned=[new_id() for _ in range(unassigned)],
        kept=5 - late,
        late=late,
        unplaced=0,
        moved=moved,
        driving_seconds=0,
        driving_m=0,
    )


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (side(9_000, 3), side(4_200, 1, moved=2), "cost 1 h 20 min less; 2 more jobs"),
        (side(0), side(7_200, 1, late=1), "cost 2 h more; 1 job fewer would have a place; 1 promise"),
        (side(70), side(70), "The rounds would cost the same."),
    ],
)
def test_what_would_become_of_it_is_one_sentence(before: WhatIfSide, after: WhatIfSide, said: str) -> None:
    answer = WhatIfAnswer(before=before, after=after, moved=[])
    assert said in told_of_what_if(answer, "en")
    for language in ("ru-RU", "hu"):
        sentence = told_of_what_if(answer, language)
        assert sentence.endswith(".")
        assert "{" not in sentence
    assert newcomer(2, "ru") == "дополнительный мастер 2"
