"""Setting an area up: everything that exists before the first escalation, inserted in one go."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.queries import areas, kinds, subscribers, technicians
from db.records import (
    AgreementText,
    Area,
    Depot,
    JobKindVersion,
    NetworkElement,
    Place,
    Skill,
    Staff,
    StaffAreaRole,
    Stock,
    Subscriber,
    Tariff,
    TariffLine,
    Technician,
    TechnicianDay,
    TermsText,
)
from db.rows import Conn
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.rules.journal import entry


class SetUp(msgspec.Struct, frozen=True, kw_only=True):
    """A whole area."""

    area: Area
    staff: Sequence[Staff]
    roles: Sequence[StaffAreaRole]
    skills: Sequence[Skill]
    places: Sequence[Place]
    depots: Sequence[Depot]
    network: Sequence[NetworkElement]
    subscribers: Sequence[Subscriber]
    technicians: Sequence[Technician]
    days: Sequence[TechnicianDay]
    stock: Sequence[Stock]
    kinds: Sequence[JobKindVersion]
    tariffs: Sequence[Tariff]
    tariff_lines: Sequence[TariffLine]
    terms: Sequence[TermsText]
    agreements: Sequence[AgreementText]


async def set_up(conn: Conn, *, made: SetUp, actor: Actor, now: datetime) -> None:
    """Raises `db.errors.UniqueViolated` where a code, login or contract is taken."""
    async with conn.transaction():
        await areas.insert_areas(conn, [made.area])
        await areas.insert_journal_counters(conn, [made.area.area_id])
        await areas.insert_staff(conn, made.staff)
        await areas.insert_roles(conn, made.roles)
        await subscribers.insert_places(conn, made.places)
        await subscribers.insert_depots(conn, made.depots)
        await subscribers.insert_network_elements(conn, made.network)
        await subscribers.insert_subscribers(conn, made.subscribers)
        await subscribers.insert_contract_entries(conn, made.subscribers)
        await technicians.insert_skills(conn, made.skills)
        await technicians.insert_technicians(conn, made.technicians)
        await technicians.insert_feeds(conn, made.technicians)
        await technicians.insert_technician_days(conn, made.days)
        await technicians.insert_stock(conn, made.stock)
        await kinds.insert_kinds(conn, made.kinds)
        await kinds.insert_tariffs(conn, made.tariffs)
        await kinds.insert_tariff_lines(conn, made.tariff_lines)
        await kinds.insert_terms(conn, made.terms)
        await kinds.insert_agreements(conn, made.agreements)
        entries = [entry(actor, now, "area.set_up", area_id=made.area.area_id)]
        await announce(conn, made.area.area_id, entries)


async def list_areas(conn: Conn) -> list[Area]:
    return await areas.list_areas(conn)


async def get_area(conn: Conn, *, area_id: UUID) -> Area:
    """Of whoever may act in it."""
    return await areas.get_area(conn, area_id)
