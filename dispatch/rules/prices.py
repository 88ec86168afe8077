"""What waiting and leaving out cost, in the optimizer's currency: seconds of travel; and what an area may say of it."""

from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.inspect import FloatType, IntType, StructType, UnionType, type_info

from db.records import Area
from dispatch.bounded import StrictWire
from optimizer.problem import Weights

PRIZE_HOURS = {1: 40, 2: 24, 3: 16, 4: 10, 5: 6}
"""What leaving a job of this priority out costs, in hours of travel."""
LATENESS = {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}
"""How much more a minute's lateness weighs, by priority."""


class PlanWeightsIn(StrictWire):
    """Prices in a plan, in seconds of travel; null: the product's own. Driving is what all others are measured by, so it is
    never free."""

    travel: Annotated[int, Meta(ge=1, le=100)] | None = None
    distance_per_km: Annotated[int, Meta(ge=0, le=3_600)] | None = None
    outage_per_minute: Annotated[float, Meta(ge=0, le=600)] | None = None
    lateness_per_minute: Annotated[int, Meta(ge=0, le=3_600)] | None = None
    overtime: Annotated[int, Meta(ge=0, le=100)] | None = None
    duration: Annotated[int, Meta(ge=0, le=100)] | None = None
    churn_shift: Annotated[int, Meta(ge=0, le=86_400)] | None = None
    churn_second: Annotated[float, Meta(ge=0, le=10)] | None = None
    shift_used: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    unfairness: Annotated[float, Meta(ge=0, le=3_600)] | None = None


class Weighable(msgspec.Struct, frozen=True, kw_only=True):
    """What a form needs to know of a weight. `name`: as on the wire."""

    name: str
    product: float
    least: float
    most: float
    whole: bool


def weights_of(area: Area) -> Weights:
    """The area's own prices over the product's."""
    said = msgspec.structs.asdict(area.settings.weights)
    own = {name: value for name, value in said.items() if value is not None}
    return msgspec.structs.replace(Weights(), **own)


def weighable() -> list[Weighable]:
    """Every weight, its limits as the wire's type has them."""
    shape = type_info(PlanWeightsIn)
    assert isinstance(shape, StructType)
    found: list[Weighable] = []
    for field in shape.fields:
        assert isinstance(field.type, UnionType)
        number = next(one for one in field.type.types if isinstance(one, (IntType, FloatType)))
        assert number.ge is not None
        assert number.le is not None
        found.append(
            Weighable(
                name=field.encode_name,
                product=getattr(Weights(), field.name),
                least=number.ge,
                most=number.le,
                whole=isinstance(number, IntType),
            )
        )
    return found
