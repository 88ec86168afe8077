"""Setting an area up: everything that exists before the first escalation, inserted in one go."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from db.errors import UniqueViolated
from db.queries import areas, kinds, setup, shifts, subscribers, technicians, tickets
from db.records import (
    AgreementText,
    Area,
    Depot,
    JobKindVersion,
    NetworkElement,
    Part,
    Place,
    SelfCheckVersion,
    ShiftPattern,
    SimulatedTerminal,
    Skill,
    Staff,
    StaffAreaRole,
    Stock,
    Subscriber,
    Tariff,
    TariffLine,
    Technician,
    TechnicianDay,
    TechnicianPattern,
    TermsText,
)
from db.rows import Conn
from db.states import Role
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import AlreadyTaken, NotChangeable, UnknownReference
from dispatch.rules.agreements import first_texts
from dispatch.rules.fairness import check_weights
from dispatch.rules.journal import entry
from dispatch.rules.setting_up import AreaIn, area_of
from dispatch.setting_up import told, version_after, written


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
    parts: Sequence[Part] = ()
    patterns: Sequence[ShiftPattern] = ()
    chosen: Sequence[TechnicianPattern] = ()
    checks: Sequence[SelfCheckVersion] = ()
    terminals: Sequence[SimulatedTerminal] = ()


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
        await setup.save_parts(conn, made.parts)
        await shifts.save_patterns(conn, made.patterns)
        await shifts.save_technician_patterns(conn, made.chosen)
        await tickets.insert_self_checks(conn, made.checks)
        await tickets.save_terminals(conn, made.terminals)
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


async def save_area(
    conn: Conn, *, area_id: UUID, made: AreaIn, version: int, actor: Actor, now: datetime
) -> Area:
    """Whoever sets up a new one may go on there: as its supervisor and dispatcher.

    Raises `Stale`, `AlreadyTaken` (the code), `UnknownReference` (the time zone, a burden's name), `OutOfRange` (its weight),
    `NotChangeable` (what stays).
    """
    check_weights(made.settings.fairness)
    async with conn.transaction():
        before = await areas.find_area(conn, area_id)
        after = area_of(area_id, made, version_after(0 if before is None else before.version, version))
        if before is not None:
            for name, pointer in (("code", "/code"), ("time_zone", "/timeZone"), ("currency", "/currency")):
                if getattr(before, name) != getattr(after, name):
                    raise NotChangeable(pointer=pointer)
        _check_zone(after.time_zone)
        try:
            async with conn.transaction():
                written(await setup.save_areas(conn, [after]), [after])
        except UniqueViolated as error:
            raise AlreadyTaken(pointer="/code") from error
        if before is None:
            await _open(conn, after, actor, now)
        await announce(conn, area_id, [told(actor, now, "area", area_id, before, after)])
        return after


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownReference(pointer="/timeZone") from error


async def _open(conn: Conn, area: Area, actor: Actor, now: datetime) -> None:
    await areas.insert_journal_counters(conn, [area.area_id])
    await kinds.insert_agreements(conn, first_texts(area.area_id, now))
    roles = [
        StaffAreaRole(staff_id=actor.actor_id, area_id=area.area_id, role=role)
        for role in (Role.SUPERVISOR, Role.DISPATCHER)
    ]
    await areas.insert_roles(conn, roles)
