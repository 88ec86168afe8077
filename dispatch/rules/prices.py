"""What waiting and leaving out cost, in the optimizer's currency: seconds of travel."""

import msgspec

from db.records import Area
from optimizer.problem import Weights

PRIZE_HOURS = {1: 40, 2: 24, 3: 16, 4: 10, 5: 6}
"""What leaving a job of this priority out costs, in hours of travel."""
LATENESS = {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}
"""How much more a minute's lateness weighs, by priority."""


def weights_of(area: Area) -> Weights:
    """The area's own prices over the product's."""
    return msgspec.convert(area.settings.weights, Weights, strict=False)
