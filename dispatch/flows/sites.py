"""Setting up what stands somewhere: places with their pins, depots, network elements."""

from datetime import datetime
from uuid import UUID

import msgspec

from db.queries import areas, setup, subscribers
from db.records import Depot, NetworkElement, Place
from db.rows import Conn
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import NotChangeable, UnknownPlace
from dispatch.rules.setting_up import DepotIn, NetworkElementIn, PlaceIn
from dispatch.setting_up import known, known_place, told, touch_days_at, version_after, written


async def get_place(conn: Conn, *, area_id: UUID, place_id: UUID) -> Place:
    """Raises `UnknownPlace`."""
    found = await subscribers.find_place(conn, area_id, place_id)
    if found is None:
        raise UnknownPlace()
    return found


async def list_places(conn: Conn, *, area_id: UUID, place_ids: list[UUID]) -> list[Place]:
    return await subscribers.list_places(conn, [area_id], place_ids)


async def save_place(
    conn: Conn, *, area_id: UUID, place_id: UUID, made: PlaceIn, version: int, actor: Actor, now: datetime
) -> Place:
    """Where it is moved, whoever goes there or begins there is timed anew. Raises `Stale`."""
    async with conn.transaction():
        before = await subscribers.find_place(conn, area_id, place_id)
        after = Place(
            area_id=area_id,
            place_id=place_id,
            version=version_after(0 if before is None else before.version, version),
            **{name: getattr(made, name) for name in made.__struct_fields__},
        )
        written(await setup.save_places(conn, [after]), [after])
        if before is not None and (before.latitude, before.longitude) != (after.latitude, after.longitude):
            await touch_days_at(conn, await areas.get_area(conn, area_id), [place_id], now)
        await announce(conn, area_id, [told(actor, now, "place", area_id, before, after, place_id)])
        return after


async def list_depots(conn: Conn, *, area_id: UUID) -> list[Depot]:
    return await setup.list_depots(conn, area_id)


async def save_depot(
    conn: Conn, *, area_id: UUID, depot_id: UUID, made: DepotIn, version: int, actor: Actor, now: datetime
) -> Depot:
    """Raises `Stale`, `UnknownReference`."""
    async with conn.transaction():
        present = {row.depot_id: row for row in await setup.list_depots(conn, area_id)}
        before = present.get(depot_id)
        await known_place(conn, area_id, made.place_id, "/placeId")
        after = Depot(
            area_id=area_id,
            depot_id=depot_id,
            name=made.name,
            place_id=made.place_id,
            version=version_after(0 if before is None else before.version, version),
        )
        written(await setup.save_depots(conn, [after]), [after])
        await announce(conn, area_id, [told(actor, now, "depot", area_id, before, after, depot_id)])
        return after


async def list_network_elements(conn: Conn, *, area_id: UUID) -> list[NetworkElement]:
    return await setup.list_network_elements(conn, area_id)


async def save_network_element(
    conn: Conn,
    *,
    area_id: UUID,
    network_element_id: UUID,
    made: NetworkElementIn,
    version: int,
    actor: Actor,
    now: datetime,
) -> NetworkElement:
    """Raises `Stale`, `UnknownReference`, `NotChangeable` where it would hang below itself."""
    async with conn.transaction():
        present = {row.network_element_id: row for row in await setup.list_network_elements(conn, area_id)}
        before = present.get(network_element_id)
        await known_place(conn, area_id, made.place_id, "/placeId")
        if made.parent_id is not None:
            known(made.parent_id, present, "/parentId")
        above = made.parent_id
        while above is not None:
            if above == network_element_id:
                raise NotChangeable(pointer="/parentId")
            above = present[above].parent_id
        after = msgspec.convert(
            {
                **msgspec.structs.asdict(made),
                "area_id": area_id,
                "network_element_id": network_element_id,
                "version": version_after(0 if before is None else before.version, version),
            },
            NetworkElement,
        )
        written(await setup.save_network_elements(conn, [after]), [after])
        entry = told(actor, now, "network_element", area_id, before, after, network_element_id)
        await announce(conn, area_id, [entry])
        return after
