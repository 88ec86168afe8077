"""The numbers of any period, as lists and as files; what it asked of each technician."""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get
from litestar.params import QueryParameter

from api.auth import allow
from api.deps import AreaId, Caller, CallerDep, shown
from api.sheets import CSV, Cell, as_file
from api.wire.numbers import (
    BenchmarkOut,
    BurdenOut,
    FairnessHistoryOut,
    MeasuresOut,
    NumbersOut,
    NumbersPart,
    RatioOut,
    TechnicianBurdensOut,
)
from db.states import Role
from dispatch.flows import numbers
from dispatch.rules.benchmarks import BENCHMARKS, Benchmark
from dispatch.rules.numbers import WITHOUT_DAYS, By, Carried, Counts, measures_of

READERS = (Role.DISPATCHER, Role.SUPERVISOR)
From = Annotated[date, QueryParameter(name="from", description="The first day")]
To = Annotated[date, QueryParameter(name="to", description="The last day; at most 400 days in all")]
SplitBy = Annotated[By, QueryParameter(name="by", description="What the period is split by")]
WeekOrMonth = Literal["week", "month"]
Step = Annotated[WeekOrMonth, QueryParameter(name="by", description="How long a step is")]


def _measures(counts: Counts, *, days: bool = True) -> MeasuresOut:
    found = measures_of(counts, days=days)
    return MeasuresOut(**{name: shown(ratio, RatioOut) for name, ratio in found.items()})


def _part(part: numbers.Part, by: By) -> NumbersPart:
    return NumbersPart(
        key=part.key,
        label=part.label,
        first_on=part.first_on,
        last_on=part.last_on,
        measures=_measures(part.counts, days=by not in WITHOUT_DAYS),
    )


def benchmark_out(known: Benchmark, measures: type[msgspec.Struct]) -> BenchmarkOut:
    """`measures`: the wire's, of which it is one."""
    lowest, highest = known.best or (None, None)
    names = {field.name: field.encode_name for field in msgspec.structs.fields(measures)}
    return BenchmarkOut(
        measure=names[known.measure],
        lowest=known.lowest,
        highest=known.highest,
        best_lowest=lowest,
        best_highest=highest,
        source=known.source,
    )


async def _counted(caller: Caller, area_id: AreaId, first_on: date, last_on: date, by: By) -> numbers.Numbers:
    area = caller.area(area_id)
    return await caller.read(
        lambda conn: numbers.count(
            conn,
            area_id=area,
            first_on=first_on,
            last_on=last_on,
            by=by,
            language=caller.actor.language,
            now=caller.now,
        )
    )


@get("/v1/numbers", opt=allow(*READERS), tags=["numbers"], summary="A period in numbers")
async def get_numbers(
    caller: CallerDep, first_on: From, last_on: To, by: SplitBy = By.DAY, area_id: AreaId = None
) -> NumbersOut:
    """By day, week, month, technician, kind or district, and all together; beside them what others in the field reach. Each measure
    says both counts that it is made of."""
    found = await _counted(caller, area_id, first_on, last_on, by)
    return NumbersOut(
        first_on=first_on,
        last_on=last_on,
        by=by,
        parts=[_part(part, by) for part in found.parts],
        total=_measures(found.total),
        benchmarks=[benchmark_out(known, MeasuresOut) for known in BENCHMARKS],
    )


@get(
    "/v1/numbers.csv",
    opt=allow(*READERS),
    tags=["numbers"],
    summary="A period in numbers, as a table",
    media_type=CSV,
)
async def export_numbers(
    caller: CallerDep, first_on: From, last_on: To, by: SplitBy = By.DAY, area_id: AreaId = None
) -> Response[bytes]:
    """RFC 4180 with a line of names; of each measure the two counts and what they make. Texts that a spreadsheet would take for a
    formula are led in by an apostrophe."""
    found = await _counted(caller, area_id, first_on, last_on, by)
    names = [field.encode_name for field in msgspec.structs.fields(MeasuresOut)]
    heads = [f"{name}{end}" for name in names for end in ("", "Numerator", "Denominator")]
    return as_file(
        f"numbers-{first_on}-{last_on}-{by}",
        ["key", "label", "firstOn", "lastOn", *heads],
        [_row(_part(part, by)) for part in found.parts],
    )


def _row(part: NumbersPart) -> list[Cell]:
    ratios: list[RatioOut] = [getattr(part.measures, name) for name in MeasuresOut.__struct_fields__]
    cells: list[Cell] = [part.key, part.label, part.first_on, part.last_on]
    for ratio in ratios:
        cells += [ratio.value, ratio.numerator, ratio.denominator]
    return cells


async def _carried(
    caller: Caller, area_id: AreaId, first_on: date, last_on: date, by: WeekOrMonth
) -> list[TechnicianBurdensOut]:
    area = caller.area(area_id)
    found = await caller.read(
        lambda conn: numbers.burdens(conn, area_id=area, first_on=first_on, last_on=last_on, by=By(by))
    )
    return [
        TechnicianBurdensOut(
            technician_id=person.technician_id,
            display_name=person.display_name,
            burdens=[_burden(one) for one in found.carried.get(person.technician_id, [])],
        )
        for person in found.technicians
    ]


def _burden(one: Carried) -> BurdenOut:
    counted: dict[str, Any] = msgspec.structs.asdict(one.counts)
    del counted["technician_id"]
    return BurdenOut(**counted, balance_minutes=one.balance_minutes)


@get(
    "/v1/fairness/history",
    opt=allow(*READERS),
    tags=["numbers"],
    summary="What weeks or months asked of each technician",
)
async def list_burdens(
    caller: CallerDep, first_on: From, last_on: To, by: Step = "week", area_id: AreaId = None
) -> FairnessHistoryOut:
    """The fairness ledger over up to 400 days, of those who are at home in the area, wherever they worked."""
    return FairnessHistoryOut(items=await _carried(caller, area_id, first_on, last_on, by))


@get(
    "/v1/fairness/history.csv",
    opt=allow(*READERS),
    tags=["numbers"],
    summary="What weeks or months asked of each technician, as a table",
    media_type=CSV,
)
async def export_burdens(
    caller: CallerDep, first_on: From, last_on: To, by: Step = "week", area_id: AreaId = None
) -> Response[bytes]:
    """A line for each technician and week or month, as the numbers of a period are."""
    found = await _carried(caller, area_id, first_on, last_on, by)
    fields = msgspec.structs.fields(BurdenOut)
    return as_file(
        f"fairness-{first_on}-{last_on}-{by}",
        ["technicianId", "displayName", *(field.encode_name for field in fields)],
        [
            [str(person.technician_id), person.display_name, *(getattr(one, field.name) for field in fields)]
            for person in found
            for one in person.burdens
        ],
    )
