"""Examples of the numbers of a period, and of what it asked of each technician."""

from typing import Any

from api.specimens import TECHNICIAN

_COUNTED = {
    "firstTimeFix": (33, 41),
    "repeats": (2, 41),
    "timeToRestore": (597_600, 40),
    "restoredInTime": (37, 40),
    "promisesKept": (20, 21),
    "noAccess": (2, 46),
    "paidDeclined": (1, 5),
    "visitsPerDay": (46, 8),
    "driving": (76_320, 245_400),
    "overtime": (4_200, 8),
    "churn": (5, 48),
    "changes": (6, 48),
}
MEASURES: dict[str, Any] = {
    name: {"numerator": above, "denominator": below, "value": round(above / below, 4)}
    for name, (above, below) in _COUNTED.items()
}
NUMBERS_OUT: dict[str, Any] = {
    "firstOn": "2026-11-24",
    "lastOn": "2026-11-24",
    "by": "day",
    "parts": [
        {
            "key": "2026-11-24",
            "label": "",
            "firstOn": "2026-11-24",
            "lastOn": "2026-11-24",
            "measures": MEASURES,
        }
    ],
    "total": MEASURES,
    "benchmarks": [
        {
            "measure": "firstTimeFix",
            "lowest": 0.74,
            "highest": 0.75,
            "bestLowest": 0.85,
            "bestHighest": 0.9,
            "source": "field",
        }
    ],
}
BURDEN: dict[str, Any] = {
    "firstOn": "2026-11-23",
    "days": 5,
    "overtimeMinutes": 70,
    "farVisits": 2,
    "emergencies": 1,
    "weekendMinutes": 0,
    "lateMinutes": 20,
    "joinedVisits": 0,
    "burdenMinutes": 130,
    "balanceMinutes": 24,
}
HISTORY_OUT: dict[str, Any] = {
    "items": [{"technicianId": TECHNICIAN, "displayName": "Béla Nagy", "burdens": [BURDEN]}]
}
EXAMPLES_NUMBERS: dict[tuple[str, str], tuple[Any, Any]] = {
    ("get", "/v1/numbers"): (None, NUMBERS_OUT),
    ("get", "/v1/numbers.csv"): (
        None,
        "key,label,firstOn,lastOn,firstTimeFix,firstTimeFixNumerator,firstTimeFixDenominator\r\n2026-11-24,,2026-11-24,2026-11-24,0.8049,33,41\r\n",
    ),
    ("get", "/v1/fairness/history"): (None, HISTORY_OUT),
    ("get", "/v1/fairness/history.csv"): (
        None,
        f"technicianId,displayName,firstOn,days,overtimeMinutes\r\n{TECHNICIAN},Béla Nagy,2026-11-23,5,70\r\n",
    ),
}
"""(method, path) -> (request body, answer), as in `api/examples.py`, which takes them up."""
