"""Tables that people bring, taken in: first looked at, then written, all of it or what is good. Again, it changes nothing."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, kinds, setup, subscribers
from db.records import (
    Area,
    Contact,
    JournalEntry,
    Place,
    Stock,
    Subscriber,
    Tariff,
    TariffLine,
    Technician,
)
from db.rows import Conn
from db.states import Relation
from dispatch import importing
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.hiring import hire
from dispatch.importing import Matched, Wanted
from dispatch.rules.imports import Fault, FaultCode, ImportKind, Table
from dispatch.rules.journal import entry
from dispatch.rules.setting_up import TechnicianIn
from dispatch.setting_up import told, touch_days_at, touch_days_of, written
from dispatch.shifting import settle_days

MATCH: Mapping[ImportKind, Callable[..., Awaitable[Matched]]] = {
    ImportKind.SUBSCRIBERS: importing.match_subscribers,
    ImportKind.TECHNICIANS: importing.match_technicians,
    ImportKind.DEPOTS: importing.match_depots,
    ImportKind.NETWORK_ELEMENTS: importing.match_network_elements,
    ImportKind.PARTS: importing.match_parts,
    ImportKind.STOCK: importing.match_stock,
}
SAVE: Mapping[ImportKind, Callable[[Conn, Sequence[Any]], Awaitable[int]]] = {
    ImportKind.SUBSCRIBERS: setup.save_subscribers,
    ImportKind.DEPOTS: setup.save_depots,
    ImportKind.NETWORK_ELEMENTS: setup.save_network_elements,
    ImportKind.PARTS: setup.save_parts,
    ImportKind.STOCK: setup.save_stock,
}
NOUN: Mapping[ImportKind, tuple[str, str | None]] = {
    ImportKind.SUBSCRIBERS: ("subscriber", "subscriber_id"),
    ImportKind.TECHNICIANS: ("technician", "technician_id"),
    ImportKind.DEPOTS: ("depot", "depot_id"),
    ImportKind.NETWORK_ELEMENTS: ("network_element", "network_element_id"),
    ImportKind.PARTS: ("part", None),
    ImportKind.STOCK: ("stock", "stock_id"),
}
"""What the journal calls it, and by which member it is known."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What the table would do, or did. `written`: how many things; none in a preview."""

    kind: ImportKind
    lines: int
    new: int
    changed: int
    unchanged: int
    dropped: int = 0
    """Lines of the tariff before that the new one lacks."""
    written: int
    faults: list[Fault]


async def preview(conn: Conn, *, area_id: UUID, kind: ImportKind, table: Table) -> Imported:
    """Nothing is written."""
    area = await areas.get_area(conn, area_id)
    if kind is ImportKind.TARIFF:
        return _tariff_said(table, await importing.match_tariff(conn, area, table.rows))
    return _said(kind, table, await MATCH[kind](conn, area, table.rows))


async def take_in(
    conn: Conn, *, area_id: UUID, kind: ImportKind, table: Table, only_good: bool, actor: Actor, now: datetime
) -> Imported:
    """Where a line is bad, nothing is written, or what is good with `only_good`; a tariff always whole. Raises `Stale`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        if kind is ImportKind.TARIFF:
            return await _take_tariff(conn, area, table, actor, now)
        matched = await MATCH[kind](conn, area, table.rows)
        found = _said(kind, table, matched)
        changing = [one for one in matched.wanted if one.changes]
        # what is not looked up yet is neither good nor bad
        waits = any(fault.code is FaultCode.NOT_LOOKED_UP for fault in found.faults)
        if not changing or waits or (found.faults and not only_good):
            return found
        entries = await _write(conn, area, kind, changing, actor, now)
        await announce(conn, area_id, [*entries, _summary(area_id, found, actor, now)])
        return msgspec.structs.replace(found, written=len(changing))


def _said(kind: ImportKind, table: Table, matched: Matched) -> Imported:
    new = sum(one.is_new for one in matched.wanted)
    changed = sum(one.changes and not one.is_new for one in matched.wanted)
    return Imported(
        kind=kind,
        lines=table.lines,
        new=new,
        changed=changed,
        unchanged=len(matched.wanted) - new - changed,
        written=0,
        faults=sorted([*table.faults, *matched.faults]),
    )


def _summary(area_id: UUID, found: Imported, actor: Actor, now: datetime) -> JournalEntry:
    facts = {
        "kind": found.kind,
        "lines": found.lines,
        "new": found.new,
        "changed": found.changed,
        "badLines": len({fault.line for fault in found.faults}),
    }
    return entry(actor, now, "table.imported", area_id=area_id, facts=facts)


async def _write(
    conn: Conn, area: Area, kind: ImportKind, changing: Sequence[Wanted], actor: Actor, now: datetime
) -> list[JournalEntry]:
    noun, key = NOUN[kind]
    say = partial(told, actor, now)
    moved = [one for one in changing if one.place is not None and one.place_changes]
    places = [one.place for one in moved if one.place is not None]
    written(await setup.save_places(conn, places), places)
    rows = [one for one in changing if one.row_changes or one.more != one.more_before]
    entries = [
        say("place", area.area_id, one.place_before, one.place, one.place.place_id)
        for one in moved
        if one.place is not None
    ]
    entries += [
        say(noun, area.area_id, one.before, one.after, None if key is None else getattr(one.after, key))
        for one in rows
    ]
    if kind is ImportKind.TECHNICIANS:
        return entries + await _hire(conn, area, rows, actor, now)
    after = [one.after for one in rows if one.row_changes]
    written(await SAVE[kind](conn, after), after)
    if kind is ImportKind.SUBSCRIBERS:
        await _with_contract_and_phone(conn, rows)
    vans = {row.technician_id for row in after if isinstance(row, Stock) and row.technician_id is not None}
    await touch_days_of(conn, area, sorted(vans), now)
    await touch_days_at(conn, area, [place.place_id for place in places if _stood(place)], now)
    return entries


def _stood(place: Place) -> bool:
    """It was there before."""
    return place.version > 1


async def _with_contract_and_phone(conn: Conn, rows: Sequence[Wanted]) -> None:
    new = [one.after for one in rows if one.is_new and isinstance(one.after, Subscriber)]
    await subscribers.insert_contract_entries(conn, new)
    contacts = [
        Contact(
            area_id=one.after.area_id,
            contact_id=new_id(),
            subscriber_id=one.after.subscriber_id,
            name=one.after.holder_name,
            relation=Relation.HOLDER,
            phone=one.more,
            language=one.after.language,
        )
        for one in rows
        if isinstance(one.after, Subscriber) and isinstance(one.more, str) and one.more != one.more_before
    ]
    await subscribers.insert_contacts(conn, contacts)


async def _hire(
    conn: Conn, area: Area, rows: Sequence[Wanted], actor: Actor, now: datetime
) -> list[JournalEntry]:
    people = [(one.before, one.after, one.more) for one in rows]
    for before, after, made in people:
        assert isinstance(after, Technician), "a line of technicians makes one"
        assert isinstance(made, TechnicianIn), "with an account"
        known = before if isinstance(before, Technician) else None
        await hire(conn, area.area_id, after.technician_id, made, known, after.version)
    ids = [after.technician_id for _, after, _ in people if isinstance(after, Technician)]
    await touch_days_of(conn, area, ids, now)
    return (await settle_days(conn, area, actor, now, ids)).entries


def _tariff_said(table: Table, matched: importing.MatchedTariff) -> Imported:
    faults = sorted([*table.faults, *matched.faults])
    return Imported(
        kind=ImportKind.TARIFF,
        lines=table.lines,
        new=matched.new,
        changed=matched.changed,
        unchanged=len(matched.lines) - matched.new - matched.changed,
        dropped=matched.dropped,
        written=0,
        faults=faults,
    )


async def _take_tariff(conn: Conn, area: Area, table: Table, actor: Actor, now: datetime) -> Imported:
    matched = await importing.match_tariff(conn, area, table.rows)
    found = _tariff_said(table, matched)
    if found.faults or not matched.lines or not (found.new or found.changed or found.dropped):
        return found
    tariff = Tariff(
        area_id=area.area_id,
        tariff_id=new_id(),
        tariff_version=matched.after + 1,
        currency=area.currency,
        valid_from=now,
    )
    lines = [
        TariffLine(
            area_id=area.area_id,
            tariff_id=tariff.tariff_id,
            code=line.code,
            text=line.text,
            amount_minor=line.amount_minor,
            tax_basis_points=line.tax_basis_points,
        )
        for line in matched.lines
    ]
    await kinds.insert_tariffs(conn, [tariff])
    await kinds.insert_tariff_lines(conn, lines)
    await announce(conn, area.area_id, [_summary(area.area_id, found, actor, now)])
    return msgspec.structs.replace(found, written=1)
