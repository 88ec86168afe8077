"""Parts in the vans: what a report says of them, and who carries what a job waits for."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from db.records import JobKindVersion, Part, Stock, Technician
from db.states import StockKind
from dispatch.rules.events import PartMissing, PartUsed
from dispatch.rules.phone import VisiblePart, VisibleVan
from dispatch.rules.reports import Fact


def was_counted(used: Fact, facts: Iterable[Fact]) -> bool:
    """Whether the technician found the van without this part after that use: then the count knows of it, in whatever
    order the two were told."""
    assert isinstance(used.body, PartUsed), "asked of a use"
    return any(
        isinstance(fact.body, PartMissing)
        and fact.body.code == used.body.code
        and fact.report.technician_id == used.report.technician_id
        and fact.report.corrected_at >= used.report.corrected_at
        for fact in facts
    )


def somebody_carries(
    kind: JobKindVersion, missed: Iterable[str], technicians: Sequence[Technician], stock: Sequence[Stock]
) -> bool:
    """Whether an active technician with the skills has the tools, the kind's parts and, of each part that was missed,
    at least one."""
    wanted = {**dict.fromkeys(missed, 1), **{code: count for code, count in kind.parts.items() if count}}
    return any(
        technician.active
        and set(kind.skills) <= set(technician.skills)
        and _carries(wanted, kind, [row for row in stock if row.technician_id == technician.technician_id])
        for technician in technicians
    )


def _carries(wanted: dict[str, int], kind: JobKindVersion, stock: Sequence[Stock]) -> bool:
    carried = parts_in(stock)
    return set(kind.tools) <= tools_in(stock) and all(
        carried[code] >= count for code, count in wanted.items()
    )


def parts_in(stock: Iterable[Stock]) -> Counter[str]:
    """How many of each part a van holds, pieces with a serial number among them."""
    carried: Counter[str] = Counter()
    for row in stock:
        if row.kind is not StockKind.TOOL and row.quantity > 0:
            carried[row.code] += row.quantity
    return carried


def tools_in(stock: Iterable[Stock]) -> frozenset[str]:
    return frozenset(row.code for row in stock if row.kind is StockKind.TOOL and row.quantity > 0)


def van_of(stock: Iterable[Stock], named: Iterable[Part]) -> VisibleVan:
    """What a van holds, as its technician's phone shows it: tools are not used up, so they are not counted."""
    rows = [row for row in stock if row.kind is not StockKind.TOOL]
    parts = [
        VisiblePart(
            code=code,
            quantity=sum(row.quantity for row in rows if row.code == code),
            serials=sorted(
                row.serial for row in rows if row.code == code and row.serial and row.quantity > 0
            ),
        )
        for code in sorted({row.code for row in rows})
    ]
    names = {part.code: part.name for part in named}
    told = msgspec.json.encode((parts, names), order="sorted")
    return VisibleVan(version=hashlib.sha256(told).hexdigest()[:16], parts=parts, names=names)
