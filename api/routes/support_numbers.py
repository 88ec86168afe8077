"""The numbers of support in any period, as a list and as a file: of all for supervisors, else of oneself and of the whole."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import QueryParameter

from api.auth import allow
from api.deps import AreaId, Caller, CallerDep, shown
from api.routes.numbers import From, To, benchmark_out
from api.sheets import CSV, Cell, as_file
from api.wire.support_numbers import (
    SupportMeasuresOut,
    SupportNumbersOut,
    SupportNumbersPart,
    SupportRatioOut,
)
from db.states import Role
from dispatch.flows import support_numbers
from dispatch.rules.support_numbers import (
    SUPPORT_BENCHMARKS,
    SupportBy,
    SupportCounts,
    support_measures,
)

READERS = allow(Role.SUPPORT, Role.SUPERVISOR)
SplitBy = Annotated[SupportBy, QueryParameter(name="by", description="What the period is split by")]
ENDS = {"": "value", "Numerator": "numerator", "Denominator": "denominator", "Median": "median", "P90": "p90"}


def _measures(counts: SupportCounts, by: SupportBy | None = None) -> SupportMeasuresOut:
    found = support_measures(counts, by)
    return SupportMeasuresOut(**{name: shown(one, SupportRatioOut) for name, one in found.items()})


def _part(part: support_numbers.SupportPart, by: SupportBy) -> SupportNumbersPart:
    return SupportNumbersPart(
        key=part.key,
        label=part.label,
        first_on=part.first_on,
        last_on=part.last_on,
        measures=_measures(part.counts, by),
    )


def _own(caller: Caller, area: UUID) -> UUID | None:
    """Whoever supervises the area sees everybody."""
    return None if area in caller.actor.areas_as(Role.SUPERVISOR) else caller.actor.actor_id


async def _counted(
    caller: Caller, area: UUID, first_on: date, last_on: date, by: SupportBy
) -> support_numbers.SupportNumbers:
    return await caller.read(
        lambda conn: support_numbers.count(
            conn,
            area_id=area,
            first_on=first_on,
            last_on=last_on,
            by=by,
            own=_own(caller, area),
            now=caller.now,
        )
    )


@get("/v1/support-numbers", opt=READERS, tags=["numbers"], summary="Support in numbers")
async def get_support_numbers(
    caller: CallerDep, first_on: From, last_on: To, by: SplitBy = SupportBy.DAY, area_id: AreaId = None
) -> SupportNumbersOut:
    """By day, week, month, person, line, channel or district, and all together; beside them what others reach. Each measure says both counts that
    it is made of. Support staff see no person but themselves."""
    area = caller.area(area_id)
    found = await _counted(caller, area, first_on, last_on, by)
    return SupportNumbersOut(
        first_on=first_on,
        last_on=last_on,
        by=by,
        everybody=_own(caller, area) is None,
        parts=[_part(part, by) for part in found.parts],
        total=_measures(found.total),
        benchmarks=[benchmark_out(known, SupportMeasuresOut) for known in SUPPORT_BENCHMARKS],
    )


@get(
    "/v1/support-numbers.csv",
    opt=READERS,
    tags=["numbers"],
    summary="Support in numbers, as a table",
    media_type=CSV,
)
async def export_support_numbers(
    caller: CallerDep, first_on: From, last_on: To, by: SplitBy = SupportBy.DAY, area_id: AreaId = None
) -> Response[bytes]:
    """RFC 4180 with a line of names; of each measure what it makes, both counts and the spread. The last line, without a key, is the
    whole. Texts that a spreadsheet would take for a formula are led in by an apostrophe."""
    found = await _counted(caller, caller.area(area_id), first_on, last_on, by)
    names = [field.encode_name for field in msgspec.structs.fields(SupportMeasuresOut)]
    whole: list[Cell] = ["", "", first_on, last_on, *_cells(_measures(found.total))]
    parts = [_part(part, by) for part in found.parts]
    return as_file(
        f"support-{first_on}-{last_on}-{by}",
        ["key", "label", "firstOn", "lastOn", *(f"{name}{end}" for name in names for end in ENDS)],
        [*(_row(part) for part in parts), whole],
    )


def _row(part: SupportNumbersPart) -> list[Cell]:
    return [part.key, part.label, part.first_on, part.last_on, *_cells(part.measures)]


def _cells(measures: SupportMeasuresOut) -> list[Cell]:
    ratios: list[SupportRatioOut] = [getattr(measures, name) for name in SupportMeasuresOut.__struct_fields__]
    return [getattr(ratio, member) for ratio in ratios for member in ENDS.values()]
