"""How many random cases are tried: all of them at a desk, the first where a machine waits for the whole suite."""

import os
from collections.abc import Sequence


def some(seeds: Sequence[int]) -> Sequence[int]:
    """The first of them with `CI` set, else all."""
    return seeds[:1] if os.environ.get("CI") else seeds
