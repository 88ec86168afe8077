"""Tables that people bring: which columns each has, and what of it cannot be read, line by line."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import NODEFAULT, Meta

from db.states import FoundBy, StockKind
from dispatch.bounded import (
    LINE,
    Code,
    Count,
    Language,
    Latitude,
    Longitude,
    MaybeName,
    Minutes,
    Name,
    Phone,
)
from dispatch.rules.plurals import minor_digits
from dispatch.rules.setting_up import Login, Texts

MOST_LINES = 5_000
"""Written in one transaction, beside which others work."""
DELIMITERS = ";,\t"
TEXT = "text_"
"""Begins the columns of a text, one a language."""
YES_AND_NO = {"yes": "1", "no": "0", "да": "1", "нет": "0", "igen": "1", "nem": "0"}
SkillList = Annotated[str, Meta(max_length=2000, pattern=LINE)]
"""Codes with spaces between."""


class ImportKind(StrEnum):
    """What a table is of."""

    SUBSCRIBERS = "subscribers"
    TECHNICIANS = "technicians"
    DEPOTS = "depots"
    NETWORK_ELEMENTS = "network_elements"
    PARTS = "parts"
    STOCK = "stock"
    TARIFF = "tariff"


MOST_SHOWN = 80
"""Characters of a cell with a fault."""


class FaultCode(StrEnum):
    """What is wrong with a line."""

    NO_COLUMN = "no_column"
    UNKNOWN_COLUMN = "unknown_column"
    UNREADABLE = "unreadable"
    TOO_MANY_LINES = "too_many_lines"
    TOO_MANY_CELLS = "too_many_cells"
    MISSING = "missing"
    INVALID = "invalid"
    REPEATED = "repeated"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    TAKEN = "taken"
    CIRCLE = "circle"
    NOT_FOUND = "not_found"
    NOT_LOOKED_UP = "not_looked_up"


class Fault(msgspec.Struct, frozen=True, order=True):
    """Of one cell, or of a whole line where no column is named."""

    line: int
    column: str
    code: FaultCode


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of a place. Parts of an address that are not said stay, while the address does. The point is needed where no
    address can be looked up. `foundBy` is no column."""

    address: Name
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    found_by: FoundBy = FoundBy.GIVEN
    city: MaybeName = ""
    street: MaybeName = ""
    house: MaybeName = ""
    flat: MaybeName = ""
    postcode: MaybeName = ""


class SubscriberRow(Located, frozen=True, kw_only=True):
    """`network_element` by name, `fee` of a month in the currency's units. What is not said stays. The key is the contract."""

    contract: Code
    holder_name: Name
    language: Language
    network_element: MaybeName = ""
    phone: Phone = ""
    fee: MaybeName = ""


class TechnicianRow(msgspec.Struct, frozen=True, kw_only=True):
    """Begins at a depot, by name, or at an address. What is not said stays. The key is the login."""

    login: Login
    display_name: Name
    language: Language
    skills: SkillList | None = None
    depot: MaybeName = ""
    address: MaybeName = ""
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    overtime_minutes: Minutes | None = None
    active: bool | None = None
    phone: Phone = ""


class DepotRow(Located, frozen=True, kw_only=True):
    """The key is the name."""

    name: Name


class NetworkElementRow(msgspec.Struct, frozen=True, kw_only=True):
    """`parent` by name, which may stand anywhere in the same table. The key is the name."""

    name: Name
    kind: Code
    parent: MaybeName = ""
    address: MaybeName = ""
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class PartRow(msgspec.Struct, frozen=True, kw_only=True):
    """The key is the code."""

    code: Code
    kind: StockKind
    name: Name


class StockRow(msgspec.Struct, frozen=True, kw_only=True):
    """`holder` is a technician's login or a depot's name. The key is all but the quantity."""

    holder: Name
    kind: StockKind
    code: Code
    quantity: Count
    serial: MaybeName = ""


class TariffRow(msgspec.Struct, frozen=True, kw_only=True):
    """`amount` in the currency's units, `tax` in percent, `text_en` and so on a language each. The key is the code."""

    code: Code
    amount: Name
    tax: Name
    text: Texts


ImportRow: TypeAlias = (
    SubscriberRow | TechnicianRow | DepotRow | NetworkElementRow | PartRow | StockRow | TariffRow
)
ROWS: Mapping[ImportKind, type[ImportRow]] = {
    ImportKind.SUBSCRIBERS: SubscriberRow,
    ImportKind.TECHNICIANS: TechnicianRow,
    ImportKind.DEPOTS: DepotRow,
    ImportKind.NETWORK_ELEMENTS: NetworkElementRow,
    ImportKind.PARTS: PartRow,
    ImportKind.STOCK: StockRow,
    ImportKind.TARIFF: TariffRow,
}
POINT = ("latitude", "longitude")
KEYS: Mapping[ImportKind, tuple[str, ...]] = {
    ImportKind.SUBSCRIBERS: ("contract",),
    ImportKind.TECHNICIANS: ("login",),
    ImportKind.DEPOTS: ("name",),
    ImportKind.NETWORK_ELEMENTS: ("name",),
    ImportKind.PARTS: ("code",),
    ImportKind.STOCK: ("holder", "kind", "code", "serial"),
    ImportKind.TARIFF: ("code",),
}


class Point(msgspec.Struct, frozen=True):
    """Where an address was found."""

    latitude: float
    longitude: float


class Table(msgspec.Struct, frozen=True):
    """What could be read: rows by line, and what could not."""

    rows: dict[int, Any]
    faults: list[Fault]
    lines: int
    """With something in them, but for the header."""


def read_table(kind: ImportKind, text: str, *, looks_up: bool = False) -> Table:
    """Separated by semicolons, commas or tabs; the first line names the columns. `looks_up`: an address may stand without its
    point."""
    body, delimiter = _opened(text)
    records = _records(body, delimiter)
    line, cells = next(records, (1, None))
    header = _header(cells)
    if cells is None:
        return Table({}, [Fault(line, "", FaultCode.UNREADABLE)], 0)
    if faults := list(_header_faults(ROWS[kind], header, looks_up=looks_up)):
        return Table({}, faults, 0)
    return _rows(kind, header, records, looks_up=looks_up)


def contents_of(text: str, faults: Sequence[Fault]) -> list[str]:
    """What stands in the cell of each fault, for whoever has the table: its beginning; of a fault of a whole line, nothing."""
    wanted = {fault.line for fault in faults if fault.column}
    body, delimiter = _opened(text)
    records = _records(body, delimiter)
    header = _header(next(records, (1, None))[1])
    lines = {line: cells for line, cells in records if line in wanted and cells is not None}

    def content(fault: Fault) -> str:
        cells = lines.get(fault.line, [])
        at = header.index(fault.column) if fault.column in header else len(cells)
        return cells[at].strip()[:MOST_SHOWN] if at < len(cells) else ""

    return [content(fault) for fault in faults]


def _opened(text: str) -> tuple[str, str]:
    body = text.removeprefix("\ufeff")
    return body, max(DELIMITERS, key=body.partition("\n")[0].count)


def _header(cells: list[str] | None) -> list[str]:
    return [cell.strip().lower() for cell in cells or ()]


def to_look_up(row: Located) -> str:
    """The address as a geocoder is asked for it."""
    return row.address if row.city in row.address else f"{row.address}, {row.city}"


def with_points(table: Table, lines: Sequence[int], points: Mapping[str, Point | None]) -> Table:
    """These lines with what was found of their addresses so far; None: nothing."""
    rows, faults = dict(table.rows), list(table.faults)
    for line in lines:
        asked = to_look_up(rows[line])
        if asked not in points:
            continue
        point = points[asked]
        if point is None:
            faults.append(Fault(line, "address", FaultCode.NOT_FOUND))
            del rows[line]
        else:
            rows[line] = msgspec.structs.replace(
                rows[line],
                latitude=point.latitude,
                longitude=point.longitude,
                found_by=FoundBy.GEOCODER,
            )
    return Table(rows, faults, table.lines)


def _records(body: str, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Each with the line it begins in; None where it cannot be read, and nothing after that."""
    reader = csv.reader([line + "\n" for line in body.split("\n")], delimiter=delimiter, strict=True)
    began = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield began, None
            return
        if any(cell.strip() for cell in cells):
            yield began, cells
        began = reader.line_num + 1


def _is_needed(shape: type[ImportRow], field: msgspec.structs.FieldInfo, *, looks_up: bool) -> bool:
    if issubclass(shape, Located) and field.name in POINT:
        return not looks_up
    return field.default is NODEFAULT


def _columns(shape: type[ImportRow]) -> list[msgspec.structs.FieldInfo]:
    return [field for field in msgspec.structs.fields(shape) if field.name != "found_by"]


def _header_faults(shape: type[ImportRow], header: Sequence[str], *, looks_up: bool) -> Iterator[Fault]:
    fields = _columns(shape)
    names = {field.name for field in fields}
    for field in fields:
        there = field.name in header or (
            field.name == "text" and any(name.startswith(TEXT) for name in header)
        )
        if _is_needed(shape, field, looks_up=looks_up) and not there:
            yield Fault(1, field.name, FaultCode.NO_COLUMN)
    for name in header:
        is_text = "text" in names and name.startswith(TEXT)
        if name not in names - {"text"} and not is_text:
            yield Fault(1, name[:60], FaultCode.UNKNOWN_COLUMN)
        elif header.count(name) > 1:
            yield Fault(1, name, FaultCode.REPEATED)


def _rows(
    kind: ImportKind,
    header: Sequence[str],
    records: Iterator[tuple[int, list[str] | None]],
    *,
    looks_up: bool,
) -> Table:
    rows: dict[int, Any] = {}
    faults: list[Fault] = []
    seen: set[tuple[object, ...]] = set()
    lines = 0
    for line, cells in records:
        lines += 1
        if lines > MOST_LINES:
            faults.append(Fault(line, "", FaultCode.TOO_MANY_LINES))
            break
        if cells is None:
            faults.append(Fault(line, "", FaultCode.UNREADABLE))
            continue
        if any(cell.strip() for cell in cells[len(header) :]):
            faults.append(Fault(line, "", FaultCode.TOO_MANY_CELLS))
            continue
        row, wrong = _row(ROWS[kind], dict(zip(header, cells, strict=False)), line, looks_up=looks_up)
        faults += wrong
        if row is None:
            continue
        key = tuple(getattr(row, name) for name in KEYS[kind])
        if key in seen:
            faults.append(Fault(line, KEYS[kind][0], FaultCode.REPEATED))
            continue
        seen.add(key)
        rows[line] = row
    return Table(rows, faults, lines)


def _row(
    shape: type[ImportRow], cells: Mapping[str, str], line: int, *, looks_up: bool
) -> tuple[Any, list[Fault]]:
    """Every cell is looked at, so that a line is mended in one go."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    # half a point is a slip, not an address to look up
    looks_up = looks_up and not any(cells.get(name, "").strip() for name in POINT)
    for field in _columns(shape):
        said: object = cells.get(field.name, "").strip()
        if field.name == "text":
            texts = {name.removeprefix(TEXT): cell.strip() for name, cell in cells.items() if _is_text(name)}
            said = {language: text for language, text in texts.items() if text}
        if not said:
            if _is_needed(shape, field, looks_up=looks_up):
                faults.append(Fault(line, field.name, FaultCode.MISSING))
            continue
        try:
            values[field.name] = msgspec.convert(_spoken(field.name, said), field.type, strict=False)
        except msgspec.ValidationError:
            faults.append(Fault(line, field.name, FaultCode.INVALID))
    return (None if faults else shape(**values)), faults


def _is_text(name: str) -> bool:
    return name.startswith(TEXT)


def _spoken(name: str, said: object) -> object:
    """As people write it: a comma in a coordinate, yes and no."""
    if not isinstance(said, str):
        return said
    if name == "active":
        return YES_AND_NO.get(said.lower(), said)
    return said.replace(",", ".") if name in ("latitude", "longitude") else said


def in_minor_units(said: str, currency: str) -> int | None:
    """Of `1 250,50` or `1250.5`; None for what is no amount of that currency."""
    return _scaled(said, minor_digits(currency))


def in_basis_points(said: str) -> int | None:
    """Of `20` or `20,5 %`."""
    found = _scaled(said.removesuffix("%").strip(), 2)
    return None if found is None or found > 10_000 else found


def _scaled(said: str, digits: int) -> int | None:
    plain = said.replace(" ", "").replace("\u00a0", "").replace("\u202f", "").replace(",", ".")
    try:
        exact = Decimal(plain).scaleb(digits)
    except InvalidOperation:
        return None
    if not exact.is_finite() or exact != exact.to_integral_value() or not 0 <= exact <= 10**12:
        return None
    return int(exact)
