"""Who waits, and where."""

from uuid import UUID

from db.records.base import Record
from db.states import FoundBy, Relation


class Place(Record):
    area_id: UUID
    place_id: UUID
    address: str
    city: str
    street: str
    house: str
    flat: str
    postcode: str
    latitude: float
    longitude: float
    found_by: FoundBy
    access_note: str
    version: int = 1


class Depot(Record):
    area_id: UUID
    depot_id: UUID
    name: str
    place_id: UUID
    version: int = 1


class NetworkElement(Record):
    area_id: UUID
    network_element_id: UUID
    parent_id: UUID | None
    kind: str
    name: str
    place_id: UUID | None
    version: int = 1


class Subscriber(Record):
    area_id: UUID
    subscriber_id: UUID
    contract: str
    holder_name: str
    language: str
    place_id: UUID
    network_element_id: UUID | None
    version: int = 1
    fee_minor: int = 0
    """Of a month, in the area's currency."""


class Contact(Record):
    area_id: UUID
    contact_id: UUID
    subscriber_id: UUID
    name: str
    relation: Relation
    phone: str
    language: str
