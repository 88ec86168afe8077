"""Small files to read, and where the real ones lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from optimizer.formats import Read, Refused, read

DATA = Path(__file__).parents[3].parent / "shared" / "data"
File = dict[str, Any]
HOUR = 3_600


def real(pattern: str) -> list[Path]:
    """Files of ../shared/data, or none where it is not there."""
    return sorted(DATA.glob(pattern))


def needs_data() -> pytest.MarkDecorator:
    return pytest.mark.skipif(not DATA.is_dir(), reason="there is no ../shared/data beside the checkout")


def small() -> File:
    """Two vehicles, three jobs, ten minutes from everything to everything; as VROOM has it."""
    minutes = [[0 if row == column else 600 for column in range(4)] for row in range(4)]
    return {
        "vehicles": [
            {"id": 7, "start_index": 0, "end_index": 0, "time_window": [8 * HOUR, 17 * HOUR], "skills": [1]},
            {"id": 9, "start_index": 0, "end_index": 0, "time_window": [8 * HOUR, 17 * HOUR], "type": "van"},
        ],
        "jobs": [
            {"id": 20, "location_index": 1, "service": 1_800, "skills": [1]},
            {"id": 21, "location_index": 2, "service": 1_800, "setup": 300, "description": "router"},
            {"id": 22, "location_index": 3, "service": 900, "time_windows": [[9 * HOUR, 10 * HOUR]]},
        ],
        "matrices": {"car": {"durations": minutes}},
    }


def changed(change: Callable[[File], object], file: File | None = None) -> File:
    """The small file after something was done to it."""
    made = small() if file is None else file
    change(made)
    return made


def opened(file: File) -> Read:
    """As if it had been read from a disk."""
    return read(msgspec.json.encode(file))


def refusal(file: File | bytes) -> str:
    """The one line with which it is refused."""
    with pytest.raises(Refused) as caught:
        read(file if isinstance(file, bytes) else msgspec.json.encode(file))
    line = str(caught.value)
    assert line.isprintable()
    return line


SOLOMON = """R000

VEHICLE
NUMBER     CAPACITY
  25          10

CUSTOMER
CUST NO.   XCOORD.   YCOORD.   DEMAND   READY TIME   DUE DATE   SERVICE TIME

    0      0         0          0          0        100          0
    1      1         1          3          5         40         10
    2      2         0          7          0         40         10
    3      0         2          1          0         40         10
"""

TRSP = """T000

INFO
CREW COUNT  SKILLS  TOOLS   SPARE PARTS
2      2       2       2

DEPOT TECHNICIANS AND REQUESTS
ID   X     Y     TWS    TWE    Serv   SKILLS   TOOLS    SPARE PARTS
0    5    0     0      100   0      [] \t[] \t[]
1    0    0     0      100   0      [0] \t[0] \t[1,0]
2    10    0     0      100   0      [0,1] \t[] \t[0,2]
3    1    1     20      40   10      [0] \t[0] \t[1,0]
4    9    1     0      40   10      [1] \t[1] \t[0,0]
"""
