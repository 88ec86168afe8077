"""What a demo that is looked at has behind it, and what fails in front of whoever looks."""

from datetime import date, time

from api.demo.area import Made, make_area
from api.demo.dark import begin_to_fail
from api.demo.faults import OPENS, instant
from api.demo.past import live_through
from api.demo.town import default_town
from db.pool import Database
from dispatch.actors import Actor
from dispatch.flows import areas
from tests.api.conftest import Clock
from tests.builders import SET_UP
from tests.turns import turn

ON = date(2026, 3, 6)


async def made_in(database: Database) -> Made:
    made = make_area(
        default_town(1),
        number=1,
        technicians=3,
        subscribers=120,
        seed=1,
        first_on=ON,
        password_hash="none",
        plan_seconds=1,
    )
    actor = Actor(kind=SET_UP.kind, actor_id=SET_UP.actor_id, areas=(made.area_id,))
    async with database.begin([made.area_id]) as conn:
        await areas.set_up(conn, made=made.set_up, actor=actor, now=instant(made, ON, OPENS))
    return made


async def test_two_weeks_leave_something_to_see_on_each_page_and_nothing_undone(
    database: Database, clock: Clock
) -> None:
    made = await made_in(database)
    await live_through(database, made, ON, seed=1, a_day=1)
    clock.now = instant(made, ON, time(7))
    await turn(database, clock)
    async with database.begin([made.area_id]) as conn:

        async def counted(of: str) -> int:
            return int(await conn.fetchval(f"SELECT count(*) FROM {of}"))

        assert await counted("job WHERE state <> 'closed'") == 0
        assert await counted("ticket WHERE state IN ('waiting', 'taken')") == 0
        assert await counted("review") == 0
        assert await counted("ticket WHERE state = 'resolved' AND resolution = 'field'") > 0
        assert await counted("ticket WHERE state = 'resolved' AND line = 1") > 0
        assert await counted("ticket WHERE state = 'resolved' AND line = 2") > 0
        assert await counted("outage WHERE state = 'restored'") == 1
        assert await counted("callback WHERE state = 'fixed'") > 0
        assert await counted("complaint WHERE state = 'open'") == 1
        assert await counted("complaint WHERE state = 'answered'") == 1
        assert await counted("credit WHERE outage_id IS NOT NULL") > 5


async def test_what_fails_is_proposed_as_an_outage(database: Database, clock: Clock) -> None:
    made = await made_in(database)
    clock.now = instant(made, ON, time(7))
    await begin_to_fail(database, made, clock.now, seed=1)
    await turn(database, clock)
    async with database.begin([made.area_id]) as conn:
        (state,) = await conn.fetch("SELECT state FROM outage")
    assert state["state"] == "proposed"
