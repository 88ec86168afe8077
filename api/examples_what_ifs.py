"""Examples of what if."""

from typing import Any

from api.specimens import JOB, OTHER_JOB, OTHER_TECHNICIAN, TECHNICIAN, WHAT_IF

TRIAL_OUT: dict[str, Any] = {
    "whatIfId": WHAT_IF,
    "on": "2026-11-24",
    "state": "queued",
    "askedAt": "2026-11-24T09:20:00Z",
    "endedAt": None,
    "progress": None,
    "failure": None,
    "result": None,
}
RESULT_OUT: dict[str, Any] = {
    "before": {
        "cost": {"travel": 30400, "outage": 361200, "unassigned": 57600, "total": 449200},
        "unassigned": [{"jobId": OTHER_JOB, "jobNumber": "7G4M0KV"}],
        "promises": {"kept": 21, "late": 0, "unplaced": 0},
        "moved": 0,
        "drivingSeconds": 30400,
        "drivingM": 206400,
    },
    "after": {
        "cost": {"travel": 33100, "outage": 349000, "churn": 950, "total": 383050},
        "unassigned": [],
        "promises": {"kept": 21, "late": 0, "unplaced": 0},
        "moved": 1,
        "drivingSeconds": 33100,
        "drivingM": 224900,
    },
    "moved": [
        {
            "jobId": JOB,
            "jobNumber": "7G4M0KT",
            "fromTechnicianId": TECHNICIAN,
            "fromDisplayName": "Béla Nagy",
            "fromStartAt": "2026-11-24T11:31:00Z",
            "toTechnicianId": OTHER_TECHNICIAN,
            "toDisplayName": "Ildikó Szabó",
            "toStartAt": "2026-11-24T13:05:00Z",
        }
    ],
    "sentence": "The rounds would cost 18 h 23 min less; 1 more job would have a place; "
    "1 visit that is out would move.",
}
EXAMPLES_WHAT_IFS: dict[tuple[str, str], tuple[Any, Any]] = {
    ("post", "/v1/what-ifs"): (
        {
            "on": "2026-11-24",
            "changes": [{"kind": "technician-more", "skills": ["fibre"]}],
            "seconds": 5,
        },
        TRIAL_OUT,
    ),
    ("get", "/v1/what-ifs/{what_if_id}"): (
        None,
        {
            **TRIAL_OUT,
            "state": "done",
            "progress": {"seconds": 9.8, "budgetSeconds": 10.0},
            "endedAt": "2026-11-24T09:20:11Z",
            "result": RESULT_OUT,
        },
    ),
}
"""(method, path) -> (request body, answer), as in `api/examples.py`, which takes them up."""
