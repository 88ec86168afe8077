"""What others in the field reach, to be shown beside one's own numbers. Data: an operator's own targets are none of these."""

from enum import StrEnum

import msgspec


class Source(StrEnum):
    """Where a figure comes from."""

    FIELD = "field"
    """What is reported across field service; no single firm."""
    REGULATED = "regulated"
    """What a national network operator has to publish for its regulator."""
    PROVIDER = "provider"
    """What one provider's support says of its own calls."""


class Benchmark(msgspec.Struct, frozen=True):
    """Of one measure. `lowest` and `highest` are the same where a single figure is known."""

    measure: str
    lowest: float
    highest: float
    best: tuple[float, float] | None
    """What the best reach, where that is known."""
    source: Source


BENCHMARKS = (
    Benchmark("first_time_fix", 0.74, 0.75, (0.85, 0.90), Source.FIELD),
    # of repair visits 1.09 % are missed
    Benchmark("promises_kept", 0.9891, 0.9891, None, Source.REGULATED),
    Benchmark("restored_in_time", 0.88, 0.88, None, Source.REGULATED),
    Benchmark("driving", 0.30, 0.40, None, Source.FIELD),
)
