"""Rows of a table against what is there: which are new, which change something, which point at nothing. Reads, writes nothing."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import kinds, setup, subscribers, technicians
from db.records import (
    Area,
    Depot,
    NetworkElement,
    Part,
    Place,
    Staff,
    Stock,
    Subscriber,
    Technician,
)
from db.rows import Conn
from db.states import FoundBy, StockKind
from dispatch.rules.imports import (
    DepotRow,
    Fault,
    FaultCode,
    NetworkElementRow,
    PartRow,
    StockRow,
    SubscriberRow,
    TariffRow,
    TechnicianRow,
    in_basis_points,
    in_minor_units,
)
from dispatch.rules.setting_up import TariffLineIn, TechnicianIn

PARTS = ("city", "street", "house", "flat", "postcode")
"""Of an address."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a line makes of a thing. `place_before` and `place`: of the one that comes with it."""

    line: int
    before: msgspec.Struct | None
    after: msgspec.Struct
    place_before: Place | None = None
    place: Place | None = None
    more: str | TechnicianIn = ""
    """A subscriber's phone; what a technician's account is made of."""
    more_before: str | TechnicianIn = ""

    @property
    def is_new(self) -> bool:
        return self.before is None

    @property
    def changes(self) -> bool:
        return self.row_changes or self.place_changes or self.more != self.more_before

    @property
    def row_changes(self) -> bool:
        return not _same(self.before, self.after)

    @property
    def place_changes(self) -> bool:
        return self.place is not None and not _same(self.place_before, self.place)


def _same(before: msgspec.Struct | None, after: msgspec.Struct) -> bool:
    """But for its version."""
    if before is None:
        return False
    return msgspec.structs.asdict(before) | {"version": 0} == msgspec.structs.asdict(after) | {"version": 0}


class Matched(msgspec.Struct, frozen=True):
    """Of all lines that could be read: those that may be written, and why others may not."""

    wanted: list[Wanted]
    faults: list[Fault]


class _Sorting:
    """Lines fall to one side or the other."""

    def __init__(self) -> None:
        self.wanted: list[Wanted] = []
        self.faults: list[Fault] = []

    def fault(self, line: int, column: str, code: FaultCode) -> None:
        self.faults.append(Fault(line, column, code))

    def matched(self) -> Matched:
        bad = {fault.line for fault in self.faults}
        return Matched([one for one in self.wanted if one.line not in bad], sorted(self.faults))


def _version(before: Any) -> int:  # noqa: ANN401 - of whatever has one
    return 1 if before is None else before.version + 1


def placed(area_id: UUID, row: Any, before: Place | None) -> Place:  # noqa: ANN401 - of whatever row has an address
    """The place of a line. A pin that somebody put by hand is not moved while the address stays, nor is what stands there by
    a line that says no point."""
    same = before if before is not None and before.address == row.address else None
    stays = same if same is not None and (same.found_by is FoundBy.PIN or row.latitude is None) else None
    point = row if stays is None else stays
    return Place(
        area_id=area_id,
        place_id=new_id() if before is None else before.place_id,
        address=row.address,
        **{name: getattr(row, name, "") or getattr(same, name, "") for name in PARTS},
        latitude=point.latitude,
        longitude=point.longitude,
        found_by=getattr(point, "found_by", FoundBy.GIVEN),
        access_note="" if before is None else before.access_note,
        version=_version(before),
    )


def _is_to_look_up(row: Any, before: Place | None, sorting: _Sorting, line: int) -> bool:  # noqa: ANN401 - as above
    """An address without its point, and not the one that is there."""
    if row.latitude is not None or (before is not None and before.address == row.address):
        return False
    sorting.fault(line, "address", FaultCode.NOT_LOOKED_UP)
    return True


def by_name(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.name, []).append(row)
    return found


async def _places(conn: Conn, area_id: UUID, place_ids: Iterable[UUID | None]) -> dict[UUID, Place]:
    wanted = sorted({place_id for place_id in place_ids if place_id is not None})
    return {row.place_id: row for row in await subscribers.list_places(conn, [area_id], wanted)}


async def match_subscribers(conn: Conn, area: Area, rows: Mapping[int, SubscriberRow]) -> Matched:
    sorting, area_id = _Sorting(), area.area_id
    contracts = [row.contract for row in rows.values()]
    present = {
        row.contract: row for row in await setup.list_subscribers_of_contracts(conn, area_id, contracts)
    }
    elsewhere = set(await setup.list_contracts_elsewhere(conn, area_id, contracts))
    places = await _places(conn, area_id, [row.place_id for row in present.values()])
    phones = {
        row.subscriber_id: row.phone
        for row in await setup.list_holders(conn, area_id, [row.subscriber_id for row in present.values()])
    }
    elements = by_name(await setup.list_network_elements(conn, area_id))
    for line, row in rows.items():
        before = present.get(row.contract)
        if row.contract in elsewhere:
            sorting.fault(line, "contract", FaultCode.TAKEN)
        element = _one(elements, row.network_element, sorting, line, "network_element")
        place_before = None if before is None else places[before.place_id]
        if _is_to_look_up(row, place_before, sorting, line):
            continue
        place = placed(area_id, row, place_before)
        after = Subscriber(
            area_id=area_id,
            subscriber_id=new_id() if before is None else before.subscriber_id,
            contract=row.contract,
            holder_name=row.holder_name,
            language=row.language,
            place_id=place.place_id,
            network_element_id=_element_id(element, before),
            version=_version(before),
            fee_minor=_fee(row, before, area, sorting, line),
        )
        phone = "" if before is None else phones.get(before.subscriber_id, "")
        sorting.wanted.append(
            Wanted(
                line=line,
                before=before,
                after=after,
                place_before=place_before,
                place=place,
                more=row.phone or phone,
                more_before=phone,
            )
        )
    return sorting.matched()


def _fee(row: SubscriberRow, before: Subscriber | None, area: Area, sorting: _Sorting, line: int) -> int:
    present = 0 if before is None else before.fee_minor
    fee = in_minor_units(row.fee, area.currency) if row.fee else present
    if fee is None:
        sorting.fault(line, "fee", FaultCode.INVALID)
    return fee or 0


def _element_id(said: NetworkElement | None, before: Subscriber | None) -> UUID | None:
    if said is not None:
        return said.network_element_id
    return None if before is None else before.network_element_id


def _one(named: Mapping[str, list[Any]], name: str, sorting: _Sorting, line: int, column: str) -> Any:  # noqa: ANN401
    """The only thing of that name; none, where no name is given."""
    if not name:
        return None
    found = named.get(name, [])
    if len(found) != 1:
        sorting.fault(line, column, FaultCode.AMBIGUOUS if found else FaultCode.UNKNOWN)
        return None
    return found[0]


async def match_depots(conn: Conn, area: Area, rows: Mapping[int, DepotRow]) -> Matched:
    sorting, area_id = _Sorting(), area.area_id
    present = by_name(await setup.list_depots(conn, area_id))
    places = await _places(conn, area_id, [row.place_id for same in present.values() for row in same])
    for line, row in rows.items():
        if len(present.get(row.name, [])) > 1:
            sorting.fault(line, "name", FaultCode.AMBIGUOUS)
            continue
        before = next(iter(present.get(row.name, [])), None)
        place_before = None if before is None else places[before.place_id]
        if _is_to_look_up(row, place_before, sorting, line):
            continue
        place = placed(area_id, row, place_before)
        after = Depot(
            area_id=area_id,
            depot_id=new_id() if before is None else before.depot_id,
            name=row.name,
            place_id=place.place_id,
            version=_version(before),
        )
        sorting.wanted.append(
            Wanted(line=line, before=before, after=after, place_before=place_before, place=place)
        )
    return sorting.matched()


async def match_network_elements(conn: Conn, area: Area, rows: Mapping[int, NetworkElementRow]) -> Matched:
    sorting, area_id = _Sorting(), area.area_id
    present = by_name(await setup.list_network_elements(conn, area_id))
    places = await _places(conn, area_id, [row.place_id for same in present.values() for row in same])
    ids = {name: same[0].network_element_id for name, same in present.items() if len(same) == 1}
    ids |= {row.name: new_id() for row in rows.values() if row.name not in present}
    above = {same[0].name: None for same in present.values()}
    names = {row.network_element_id: row.name for same in present.values() for row in same}
    above |= {row.name: names.get(row.parent_id) for same in present.values() for row in same}
    above |= {row.name: row.parent or None for row in rows.values()}
    for line, row in rows.items():
        if len(present.get(row.name, [])) > 1:
            sorting.fault(line, "name", FaultCode.AMBIGUOUS)
            continue
        before = next(iter(present.get(row.name, [])), None)
        if row.parent and row.parent not in ids:
            same = present.get(row.parent)
            sorting.fault(line, "parent", FaultCode.AMBIGUOUS if same else FaultCode.UNKNOWN)
        elif _hangs_below_itself(row.name, above):
            sorting.fault(line, "parent", FaultCode.CIRCLE)
        place_before = None if before is None or before.place_id is None else places[before.place_id]
        place = _place_or_none(area_id, row, place_before, sorting, line)
        after = NetworkElement(
            area_id=area_id,
            network_element_id=ids[row.name],
            parent_id=ids.get(row.parent),
            kind=row.kind,
            name=row.name,
            place_id=None if place is None else place.place_id,
            version=_version(before),
        )
        sorting.wanted.append(
            Wanted(line=line, before=before, after=after, place_before=place_before, place=place)
        )
    return sorting.matched()


def _hangs_below_itself(name: str, above: Mapping[str, str | None]) -> bool:
    seen = {name}
    at = above.get(name)
    while at is not None and at not in seen:
        seen.add(at)
        at = above.get(at)
    return at == name


def _place_or_none(
    area_id: UUID,
    row: TechnicianRow | NetworkElementRow,
    before: Place | None,
    sorting: _Sorting,
    line: int,
) -> Place | None:
    """All of an address and its point, or nothing of it: then what was there stays."""
    given = {name: getattr(row, name) for name in ("address", "latitude", "longitude")}
    missing = [name for name, value in given.items() if value in ("", None)]
    if len(missing) == len(given):
        return before
    for name in missing:
        sorting.fault(line, name, FaultCode.MISSING)
    return None if missing else placed(area_id, row, before)


async def match_parts(conn: Conn, area: Area, rows: Mapping[int, PartRow]) -> Matched:
    sorting = _Sorting()
    present = {row.code: row for row in await setup.list_parts(conn, area.area_id) if row.version > 0}
    for line, row in rows.items():
        before = present.get(row.code)
        after = Part(
            area_id=area.area_id, code=row.code, kind=row.kind, name=row.name, version=_version(before)
        )
        sorting.wanted.append(Wanted(line=line, before=before, after=after))
    return sorting.matched()


async def match_stock(conn: Conn, area: Area, rows: Mapping[int, StockRow]) -> Matched:
    sorting, area_id = _Sorting(), area.area_id
    depots = by_name(await setup.list_depots(conn, area_id))
    people = await technicians.list_technicians(conn, [area_id])
    staff = {
        row.staff_id: row.login for row in await setup.list_staff(conn, [row.staff_id for row in people], [])
    }
    vans = {staff[row.staff_id]: row.technician_id for row in people}
    present = {
        (row.technician_id or row.depot_id, row.kind, row.code, row.serial): row
        for row in await setup.list_stock(conn, area_id)
    }
    for line, row in rows.items():
        van = vans.get(row.holder)
        depot = None if van is not None else _one(depots, row.holder, sorting, line, "holder")
        if (row.kind is StockKind.SERIAL) != (row.serial != ""):
            sorting.fault(line, "serial", FaultCode.INVALID if row.serial else FaultCode.MISSING)
        holder = van if depot is None else depot.depot_id
        before = present.get((holder, row.kind, row.code, row.serial))
        after = Stock(
            area_id=area_id,
            stock_id=new_id() if before is None else before.stock_id,
            technician_id=van,
            depot_id=None if depot is None else depot.depot_id,
            kind=row.kind,
            code=row.code,
            serial=row.serial,
            quantity=row.quantity,
            version=_version(before),
        )
        sorting.wanted.append(Wanted(line=line, before=before, after=after))
    return sorting.matched()


async def match_technicians(conn: Conn, area: Area, rows: Mapping[int, TechnicianRow]) -> Matched:
    sorting, area_id = _Sorting(), area.area_id
    skills = {row.code for row in await setup.list_skills(conn, area_id)}
    depots = by_name(await setup.list_depots(conn, area_id))
    at_depots = {row.place_id for same in depots.values() for row in same}
    people = {row.staff_id: row for row in await technicians.list_technicians(conn, [area_id])}
    logins = [row.login for row in rows.values()]
    staff = {row.login: row for row in await setup.list_staff(conn, list(people), logins)}
    places = await _places(conn, area_id, [row.start_place_id for row in people.values()])
    for line, row in rows.items():
        account = staff.get(row.login)
        before = None if account is None else people.get(account.staff_id)
        if account is not None and before is None:
            sorting.fault(line, "login", FaultCode.TAKEN)
            continue
        codes = _codes(row, before)
        if not skills.issuperset(codes):
            sorting.fault(line, "skills", FaultCode.UNKNOWN)
        depot = _one(depots, row.depot, sorting, line, "depot")
        own = None if before is None or before.start_place_id in at_depots else places[before.start_place_id]
        place = None if row.depot else _place_or_none(area_id, row, own, sorting, line)
        start_id = _start(depot or place, before)
        if start_id is None:
            sorting.fault(line, "address", FaultCode.MISSING)
            continue
        made = TechnicianIn(
            login=row.login,
            display_name=row.display_name,
            language=row.language,
            skills=codes,
            start_place_id=start_id,
            overtime_minutes=_overtime(row, before),
            active=_is_active(row, before),
            phone=row.phone or ("" if before is None else before.phone),
        )
        sorting.wanted.append(
            Wanted(
                line=line,
                before=before,
                after=_technician(area_id, made, before, account),
                place_before=own,
                place=place,
                more=made,
                more_before="" if before is None or account is None else _as_made(before, account),
            )
        )
    return sorting.matched()


def _start(said: Depot | Place | None, before: Technician | None) -> UUID | None:
    if said is not None:
        return said.place_id
    return None if before is None else before.start_place_id


def _codes(row: TechnicianRow, before: Technician | None) -> list[str]:
    if row.skills is None:
        return [] if before is None else sorted(before.skills)
    return sorted(set(re.split(r"[\s;,|]+", row.skills)) - {""})


def _overtime(row: TechnicianRow, before: Technician | None) -> int:
    if row.overtime_minutes is not None:
        return row.overtime_minutes
    return 0 if before is None else int(before.overtime_max.total_seconds() // 60)


def _is_active(row: TechnicianRow, before: Technician | None) -> bool:
    if row.active is not None:
        return row.active
    return before is None or before.active


def _technician(
    area_id: UUID, made: TechnicianIn, before: Technician | None, account: Staff | None
) -> Technician:
    return Technician(
        area_id=area_id,
        technician_id=new_id() if before is None else before.technician_id,
        staff_id=new_id() if account is None else account.staff_id,
        display_name=made.display_name,
        skills=made.skills,
        start_place_id=made.start_place_id,
        overtime_max=timedelta(minutes=made.overtime_minutes),
        active=made.active,
        version=_version(before),
        removed_version=0 if before is None else before.removed_version,
        phone=made.phone,
    )


def _as_made(technician: Technician, account: Staff) -> TechnicianIn:
    """As somebody would have said it."""
    return TechnicianIn(
        login=account.login,
        display_name=technician.display_name,
        language=account.language,
        skills=sorted(technician.skills),
        start_place_id=technician.start_place_id,
        overtime_minutes=int(technician.overtime_max.total_seconds() // 60),
        active=technician.active,
        phone=technician.phone,
    )


class MatchedTariff(msgspec.Struct, frozen=True):
    """A whole tariff: the version it follows, its lines, and which of them are new or other than before."""

    after: int
    lines: list[TariffLineIn]
    new: int
    changed: int
    dropped: int
    faults: list[Fault]


async def match_tariff(conn: Conn, area: Area, rows: Mapping[int, TariffRow]) -> MatchedTariff:
    sorting = _Sorting()
    newest = max(
        await kinds.list_tariffs(conn, area.area_id), key=lambda row: row.tariff_version, default=None
    )
    present = {
        row.code: (row.text, row.amount_minor, row.tax_basis_points)
        for row in await kinds.list_tariff_lines(conn, area.area_id)
        if newest is not None and row.tariff_id == newest.tariff_id
    }
    lines: list[TariffLineIn] = []
    for line, row in rows.items():
        amount, tax = in_minor_units(row.amount, area.currency), in_basis_points(row.tax)
        if amount is None:
            sorting.fault(line, "amount", FaultCode.INVALID)
        if tax is None:
            sorting.fault(line, "tax", FaultCode.INVALID)
        if amount is not None and tax is not None:
            lines.append(
                TariffLineIn(code=row.code, text=row.text, amount_minor=amount, tax_basis_points=tax)
            )
    said = {line.code: (line.text, line.amount_minor, line.tax_basis_points) for line in lines}
    return MatchedTariff(
        after=0 if newest is None else newest.tariff_version,
        lines=lines,
        new=len(said.keys() - present.keys()),
        changed=sum(present[code] != said[code] for code in said.keys() & present.keys()),
        dropped=len(present.keys() - {row.code for row in rows.values()}),
        faults=sorting.faults,
    )
