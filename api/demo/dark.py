"""What has just failed when somebody opens the desk of a demo."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

from api.demo.area import Made
from db.pool import Database
from db.records import NetworkElement
from db.rows import Conn
from db.states import Role
from dispatch.flows import accounts, alarms, tickets
from dispatch.rules.outage_steps import AlarmIn, AlarmsIn
from dispatch.rules.tickets import CallerIn, TicketIn


def cabinets_of(made: Made) -> list[NetworkElement]:
    """The largest last, by how many live there; none where nobody does."""
    lives = Counter(one.network_element_id for one in made.set_up.subscribers)
    found = [
        one for one in made.set_up.network if one.kind == "cabinet" and lives[one.network_element_id] > 1
    ]
    return sorted(found, key=lambda one: lives[one.network_element_id])


async def begin_to_fail(database: Database, made: Made, now: datetime, *, seed: int) -> None:
    """A cabinet has just gone dark: its terminals are silent, the first subscribers have called and wait in the queue."""
    random = Random(f"dark {seed}")
    element_id = cabinets_of(made)[-1].network_element_id
    dark = [one for one in made.set_up.subscribers if one.network_element_id == element_id]
    silent = [
        AlarmIn(
            id=f"los-{subscriber.contract}",
            raised_at=now - timedelta(seconds=random.uniform(200, 300)),
            contract=subscriber.contract,
        )
        for subscriber in dark
    ]
    calls = [
        TicketIn(
            subscriber_id=subscriber.subscriber_id,
            symptom="no_internet",
            caller=CallerIn(name=subscriber.holder_name),
            reported_at=now - timedelta(seconds=random.uniform(20, 180)),
        )
        for subscriber in random.sample(dark, min(3, len(dark)))
    ]

    async def said(conn: Conn) -> None:
        support = await accounts.act_as(conn, login=made.logins["support"], role=Role.SUPPORT)
        await alarms.receive(
            conn, area_id=made.area_id, said=AlarmsIn(source="network", alarms=silent), now=now
        )
        for call in calls:
            await tickets.open_ticket(
                conn, area_id=made.area_id, made=call, take=False, actor=support, now=now
            )

    await database.transact([made.area_id], said)
