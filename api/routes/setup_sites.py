"""Setting an area up: the area itself, places with their pins, depots, network elements, subscribers.

Saving names the version that was read (`If-Match`); `"0"` is that of what is not there yet, and the id is the client's.
"""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from api.auth import allow
from api.deps import AreaId, CallerDep, IfMatch, Limit, LocatorDep, shown, version_of
from api.saving import OFFICE, answered, saved
from api.wire.setup import (
    AddressIn,
    AreaSetupOut,
    AreasSetup,
    DepotOut,
    Depots,
    LocatedOut,
    LocatedPlaces,
    NetworkElementOut,
    NetworkElements,
    PlaceSetupOut,
    SubscriberSetupOut,
    SubscribersSetup,
    WeighableOut,
)
from db.records import Depot
from db.rows import Conn
from db.states import Role
from dispatch.flows import areas, sites, subscribers
from dispatch.rules import fairness
from dispatch.rules.prices import weighable
from dispatch.rules.setting_up import AreaIn, DepotIn, NetworkElementIn, PlaceIn, SubscriberIn

Search = Annotated[str, QueryParameter(max_length=100, description="Part of a contract or a name")]


@get("/v1/setup/areas", opt=allow(*OFFICE), tags=["set-up"], summary="List one's areas with their settings")
async def list_setup_areas(caller: CallerDep) -> AreasSetup:
    """Those in which the caller may set something up."""
    rows = await caller.read(lambda conn: areas.list_areas(conn))
    mine = [row for row in rows if row.area_id in caller.actor.areas]
    return AreasSetup(
        items=[shown(row, AreaSetupOut) for row in mine],
        weights=[shown(one, WeighableOut) for one in weighable()],
        fairness=[shown(one, WeighableOut) for one in fairness.weighable()],
    )


@put(
    "/v1/setup/areas/{setup_area_id:uuid}",
    opt=allow(Role.SUPERVISOR),
    tags=["set-up"],
    summary="Set up an area, or change its settings",
)
async def save_area(
    setup_area_id: FromPath[UUID], data: JSONBody[AreaIn], caller: CallerDep, if_match: IfMatch = None
) -> Response[AreaSetupOut]:
    """A new one gets its supervisor and dispatcher in whoever sets it up. Code, time zone and currency stay."""
    version = version_of(if_match)
    area_id = setup_area_id if version == 0 else caller.area(setup_area_id)

    async def work(conn: Conn) -> AreaSetupOut:
        area = await areas.save_area(
            conn, area_id=area_id, made=data, version=version, actor=caller.actor, now=caller.now
        )
        return shown(area, AreaSetupOut)

    answer = await caller.database.transact([area_id], work)
    return answered(answer, answer.version)


@get(
    "/v1/setup/places/{place_id:uuid}",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="A place with its pin",
)
async def get_place(
    place_id: FromPath[UUID], caller: CallerDep, area_id: AreaId = None
) -> Response[PlaceSetupOut]:
    """Of a depot, a technician's start, a network element or a subscriber."""
    area = caller.area(area_id)
    place = await caller.read(lambda conn: sites.get_place(conn, area_id=area, place_id=place_id))
    return answered(shown(place, PlaceSetupOut), place.version)


@put(
    "/v1/setup/places/{place_id:uuid}",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="Put a place, or move its pin",
)
async def save_place(
    place_id: FromPath[UUID],
    data: JSONBody[PlaceIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[PlaceSetupOut]:
    """Whoever goes there or begins there is timed anew."""
    place = await saved(caller, area_id, if_match, sites.save_place, place_id=place_id, made=data)
    return answered(shown(place, PlaceSetupOut), place.version)


@post(
    "/v1/setup/located-addresses",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="Look an address up",
    status_code=200,
)
async def locate_address(data: JSONBody[AddressIn], caller: CallerDep, locator: LocatorDep) -> LocatedPlaces:
    """By the operator's geocoder, if one is configured; nothing is stored. 503 where none answers: put the pin by hand."""
    found = await locator.locate(data.address, data.language)
    return LocatedPlaces(items=[shown(one, LocatedOut) for one in found])


async def _depots(conn: Conn, area_id: UUID, rows: list[Depot]) -> list[DepotOut]:
    places = await sites.list_places(conn, area_id=area_id, place_ids=[row.place_id for row in rows])
    addresses = {place.place_id: place.address for place in places}
    return [
        DepotOut(
            depot_id=row.depot_id,
            name=row.name,
            place_id=row.place_id,
            address=addresses[row.place_id],
            version=row.version,
        )
        for row in rows
    ]


@get("/v1/setup/depots", opt=allow(*OFFICE), tags=["set-up"], summary="List depots")
async def list_depots(caller: CallerDep, area_id: AreaId = None) -> Depots:
    """By name."""
    area = caller.area(area_id)

    async def work(conn: Conn) -> list[DepotOut]:
        return await _depots(conn, area, await sites.list_depots(conn, area_id=area))

    return Depots(items=await caller.read(work))


@put("/v1/setup/depots/{depot_id:uuid}", opt=allow(*OFFICE), tags=["set-up"], summary="Set up a depot")
async def save_depot(
    depot_id: FromPath[UUID],
    data: JSONBody[DepotIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[DepotOut]:
    """At a place that was put before."""
    row = await saved(caller, area_id, if_match, sites.save_depot, depot_id=depot_id, made=data)
    (answer,) = await caller.read(lambda conn: _depots(conn, row.area_id, [row]))
    return answered(answer, row.version)


@get("/v1/setup/network-elements", opt=allow(*OFFICE), tags=["set-up"], summary="List network elements")
async def list_network_elements(caller: CallerDep, area_id: AreaId = None) -> NetworkElements:
    """By kind and name; each says what it hangs below."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: sites.list_network_elements(conn, area_id=area))
    return NetworkElements(items=[shown(row, NetworkElementOut) for row in rows])


@put(
    "/v1/setup/network-elements/{network_element_id:uuid}",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="Set up a network element",
)
async def save_network_element(
    network_element_id: FromPath[UUID],
    data: JSONBody[NetworkElementIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[NetworkElementOut]:
    """Nothing hangs below itself."""
    row = await saved(
        caller,
        area_id,
        if_match,
        sites.save_network_element,
        network_element_id=network_element_id,
        made=data,
    )
    return answered(shown(row, NetworkElementOut), row.version)


async def _holders(conn: Conn, area_id: UUID, rows: list[subscribers.Holder]) -> list[SubscriberSetupOut]:
    place_ids = [row.subscriber.place_id for row in rows]
    places = await sites.list_places(conn, area_id=area_id, place_ids=place_ids)
    addresses = {place.place_id: place.address for place in places}
    return [
        SubscriberSetupOut(
            subscriber_id=row.subscriber.subscriber_id,
            contract=row.subscriber.contract,
            holder_name=row.subscriber.holder_name,
            language=row.subscriber.language,
            place_id=row.subscriber.place_id,
            network_element_id=row.subscriber.network_element_id,
            phone=row.phone,
            fee_minor=row.subscriber.fee_minor,
            address=addresses[row.subscriber.place_id],
            version=row.subscriber.version,
        )
        for row in rows
    ]


@get("/v1/setup/subscribers", opt=allow(Role.DISPATCHER), tags=["set-up"], summary="Find subscribers")
async def list_subscribers(
    caller: CallerDep, area_id: AreaId = None, text: Search = "", limit: Limit = 100
) -> SubscribersSetup:
    """Whose contract, name, address or phone holds the text; by contract."""
    area = caller.area(area_id)

    async def work(conn: Conn) -> list[SubscriberSetupOut]:
        found = await subscribers.list_like(conn, area_id=area, text=text, limit=limit)
        return await _holders(conn, area, found)

    return SubscribersSetup(items=await caller.read(work))


@put(
    "/v1/setup/subscribers/{subscriber_id:uuid}",
    opt=allow(Role.DISPATCHER),
    tags=["set-up"],
    summary="Set up a subscriber",
)
async def save_subscriber(
    subscriber_id: FromPath[UUID],
    data: JSONBody[SubscriberIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[SubscriberSetupOut]:
    """At a place that was put before. The contract stays; a phone is added to those that were said."""
    row = await saved(
        caller,
        area_id,
        if_match,
        subscribers.save_subscriber,
        subscriber_id=subscriber_id,
        made=data,
    )
    (answer,) = await caller.read(lambda conn: _holders(conn, row.subscriber.area_id, [row]))
    return answered(answer, answer.version)
