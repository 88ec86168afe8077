"""The small town with a network that branches: a top, two splitters, a house; thirty more subscribers on each splitter."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from db.pool import Database
from db.queries import subscribers
from db.records import NetworkElement, Subscriber
from dispatch.rules.outage_steps import AlarmIn, AlarmsIn
from tests.worlds import NOW, World, known_id, small_town

MORE = 30
TOP, LEFT, RIGHT, HOUSE = (known_id("branching", name) for name in ("top", "left", "right", "house"))
"""`HOUSE` hangs on `LEFT`. Of the town's six subscribers the first lives in the house, the next two on the left."""


def element(own: UUID, parent: UUID | None, kind: str, name: str) -> NetworkElement:
    return NetworkElement(
        area_id=small_town.area_id,
        network_element_id=own,
        parent_id=parent,
        kind=kind,
        name=name,
        place_id=None,
    )


def more(world: World, side: UUID) -> list[Subscriber]:
    """Neighbours at the addresses that there are."""
    return [
        msgspec.structs.replace(
            world.subscribers[number % world.jobs],
            subscriber_id=known_id("branching", side, number),
            contract=f"{'left' if side == LEFT else 'right'}-{number}",
            network_element_id=side,
        )
        for number in range(MORE)
    ]


async def branched(database: Database, world: World) -> None:
    """The town must be there already."""
    async with database.begin([world.area_id]) as conn:
        await subscribers.insert_network_elements(
            conn,
            [
                element(TOP, None, "olt", "OLT-1"),
                element(LEFT, TOP, "splitter", "S-left"),
                element(RIGHT, TOP, "splitter", "S-right"),
                element(HOUSE, LEFT, "house", "H-1"),
            ],
        )
        neighbours = [*more(world, LEFT), *more(world, RIGHT)]
        await subscribers.insert_subscribers(conn, neighbours)
        await subscribers.insert_contract_entries(conn, neighbours)
        for number, subscriber in enumerate(world.subscribers):
            hangs_on = HOUSE if number == 0 else LEFT if number < 3 else RIGHT
            await conn.execute(
                "UPDATE subscriber SET network_element_id = $1, version = version + 1 WHERE subscriber_id = $2",
                hangs_on,
                subscriber.subscriber_id,
            )


def dying(numbers: Sequence[int], side: str = "left", seconds: int = 5) -> AlarmsIn:
    """Terminals that lost their light, one after the other, until now."""
    return AlarmsIn(
        source="nms",
        alarms=[
            AlarmIn(
                id=f"{side}-{number}",
                contract=f"{side}-{number}",
                raised_at=NOW - timedelta(seconds=seconds * (len(numbers) - index)),
            )
            for index, number in enumerate(numbers)
        ],
    )
