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
_HANDLED: dict[str, tuple[int, int] | tuple[int, int, int, int]] = {
    "taken": (61, 4),
    "selfCheck": (22, 55),
    "lineInTime": (19, 21),
    "lineTime": (9_660, 21, 410, 880),
    "waitInTime": (48, 52),
    "waitTime": (3_380, 52, 48, 116),
    "handedOver": (21, 55),
    "escalated": (12, 55),
    "calledAgain": (3, 40),
    "firstTimeFix": (9, 11),
    "repeats": (1, 11),
    "timeToRestore": (151_200, 10),
    "restoredInTime": (9, 10),
    "promisesKept": (11, 12),
    "paidDeclined": (1, 6),
    "callbacksFixed": (8, 9),
    "complaintsInTime": (1, 1),
    "complaintsOpen": (1, 2),
    "outageTold": (14, 17),
}
SUPPORT_MEASURES: dict[str, Any] = {
    name: {
        "numerator": said[0],
        "denominator": said[1],
        "value": round(said[0] / said[1], 4),
        "median": said[2] if len(said) == 4 else None,
        "p90": said[3] if len(said) == 4 else None,
    }
    for name, said in _HANDLED.items()
}
SUPPORT_OUT: dict[str, Any] = {
    "firstOn": "2026-11-24",
    "lastOn": "2026-11-24",
    "by": "line",
    "everybody": False,
    "parts": [
        {
            "key": "2",
            "label": "",
            "firstOn": "2026-11-24",
            "lastOn": "2026-11-24",
            "measures": SUPPORT_MEASURES,
        }
    ],
    "total": SUPPORT_MEASURES,
    "benchmarks": [
        {
            "measure": "selfCheck",
            "lowest": 0.4,
            "highest": 0.4,
            "bestLowest": None,
            "bestHighest": None,
            "source": "provider",
        }
    ],
}
EXAMPLES_NUMBERS: dict[tuple[str, str], tuple[Any, Any]] = {
    ("get", "/v1/numbers"): (None, NUMBERS_OUT),
    ("get", "/v1/numbers.csv"): (
        None,
        "key,label,firstOn,lastOn,firstTimeFix,firstTimeFixNumerator,firstTimeFixDenominator\r\n2026-11-24,,2026-11-24,2026-11-24,0.8049,33,41\r\n",
    ),
    ("get", "/v1/support-numbers"): (None, SUPPORT_OUT),
    ("get", "/v1/support-numbers.csv"): (
        None,
        "key,label,firstOn,lastOn,selfCheck,selfCheckNumerator,selfCheckDenominator\r\n2,,2026-11-24,2026-11-24,0.4,22,55\r\n",
    ),
    ("get", "/v1/fairness/history"): (None, HISTORY_OUT),
    ("get", "/v1/fairness/history.csv"): (
        None,
        f"technicianId,displayName,firstOn,days,overtimeMinutes\r\n{TECHNICIAN},Béla Nagy,2026-11-23,5,70\r\n",
    ),
}
"""(method, path) -> (request body, answer), as in `api/examples.py`, which takes them up."""
