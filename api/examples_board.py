"""Examples of the dispatcher's board."""

from typing import Any

from api.specimens import (
    AREA,
    JOB,
    OTHER_JOB,
    OTHER_TECHNICIAN,
    PLAN,
    PLAN_OUT,
    REVIEW,
    STOP_OUT,
    TECHNICIAN,
    VISIT,
    VISIT_OUT,
)

NUMBERS_OUT = {
    "visits": 412,
    "done": 96,
    "atRisk": 7,
    "brokenPromises": 2,
    "promises": 148,
    "unassigned": 11,
    "outageMinutes": 184200,
    "drivingSeconds": 372400,
    "distanceM": 2480000,
    "overtimeSeconds": 5400,
    "unfairness": 2100,
}
BOARD_STOP_OUT = {
    **STOP_OUT,
    "onDay": "2026-11-24",
    "pinned": False,
    "pinnedStartAt": None,
    "frozen": False,
    "subscriber": "Jane Doe",
    "district": "1012",
    "street": "Main Street",
    "house": "12",
    "darkSince": "2026-11-24T11:02:00Z",
    "travelSeconds": 420,
    "lateSeconds": 0,
    "review": False,
}
BOARD_TECHNICIAN_OUT: dict[str, Any] = {
    "technicianId": TECHNICIAN,
    "displayName": "Béla Nagy",
    "phone": "+36301234568",
    "version": 2894115207,
    "skills": ["fibre", "copper"],
    "absent": False,
    "absenceReason": None,
    "absenceId": None,
    "shiftStartAt": "2026-11-24T07:00:00Z",
    "shiftEndAt": "2026-11-24T15:30:00Z",
    "shiftDueAt": None,
    "onCall": False,
    "onCallStartAt": None,
    "onCallEndAt": None,
    "lent": False,
    "start": {"latitude": 47.5012, "longitude": 19.0333},
    "leaveAt": "2026-11-24T07:04:00Z",
    "backAt": "2026-11-24T15:12:00Z",
    "breakStartAt": "2026-11-24T10:45:00Z",
    "breakEndAt": "2026-11-24T11:15:00Z",
    "travelSeconds": 6900,
    "distanceM": 44100,
    "overtimeSeconds": 0,
    "lastSeenAt": "2026-11-24T11:08:40Z",
    "silent": False,
    "stops": [BOARD_STOP_OUT],
}
WAITING_OUT: dict[str, Any] = {
    "jobId": OTHER_JOB,
    "jobNumber": "7G4M0KV",
    "version": 2,
    "kind": "equipment_failure",
    "title": "Equipment failure",
    "priority": 3,
    "affected": 1,
    "darkSince": "2026-11-24T06:10:00Z",
    "dueAt": "2026-11-25T06:10:00Z",
    "state": "received",
    "address": "Castle Road 4",
    "latitude": 47.4931,
    "longitude": 19.0511,
    "window": None,
    "skills": ["copper"],
    "durationSeconds": 2400,
    "technicians": 1,
    "subscriber": "John Smith",
    "district": "1013",
    "reason": "There is no place for it: full of what comes first (9 shifts).",
    "suspendedReason": None,
}
BOARD_DAY_OUT: dict[str, Any] = {
    "areaId": AREA,
    "areaName": "Budapest",
    "on": "2026-11-24",
    "now": "2026-11-24T11:10:00Z",
    "timeZone": "Europe/Budapest",
    "currency": "HUF",
    "cursor": 1182,
    "opensAt": "2026-11-24T07:00:00Z",
    "closesAt": "2026-11-24T15:30:00Z",
    "plan": {
        "planId": PLAN,
        "planVersion": 7,
        "origin": "run",
        "firstOn": "2026-11-24",
        "lastOn": "2026-11-25",
        "createdAt": "2026-11-24T06:31:00Z",
        "publishedAt": "2026-11-24T06:32:00Z",
    },
    "drafts": [],
    "runs": [],
    "depots": [
        {
            "depotId": "01935a1c-7a00-7000-8000-000000000024",
            "name": "North",
            "latitude": 47.51,
            "longitude": 19.04,
        }
    ],
    "technicians": [BOARD_TECHNICIAN_OUT],
    "waiting": [WAITING_OUT],
    "outages": [
        {
            "jobId": JOB,
            "jobNumber": "7G4M0KT",
            "affected": 34,
            "latitude": 47.5012,
            "longitude": 19.0333,
            "around": [
                {"latitude": 47.5, "longitude": 19.03},
                {"latitude": 47.5, "longitude": 19.05},
                {"latitude": 47.51, "longitude": 19.04},
            ],
        }
    ],
    "attention": [
        {
            "kind": "late",
            "level": "danger",
            "sentence": "7G4M0KT: promised by 12:00, Béla Nagy is expected at 12:20.",
            "technicianId": TECHNICIAN,
            "visitId": VISIT,
            "jobId": JOB,
            "reviewId": None,
            "since": "2026-11-24T11:02:00Z",
        },
        {
            "kind": "review",
            "level": "info",
            "sentence": "A record of Ildikó Szabó waits for your decision: 7G4M0KV.",
            "technicianId": OTHER_TECHNICIAN,
            "visitId": None,
            "jobId": OTHER_JOB,
            "reviewId": REVIEW,
            "since": "2026-11-24T10:41:00Z",
        },
    ],
    "numbers": NUMBERS_OUT,
    "published": {**NUMBERS_OUT, "done": 0, "atRisk": 1, "brokenPromises": 0},
    "holiday": None,
    "codes": {"fibre": "Fibre splicing"},
}
CHANGED_OUT = (
    'id: 1183\nevent: changed\ndata: {"n":1183,"kinds":["report.received"],"visitIds":["' + VISIT + '"],'
    '"jobIds":["' + JOB + '"],"technicianIds":["' + TECHNICIAN + '"],"days":["2026-11-24"]}\n\n'
)
LATER_OUT = {
    "code": "other_promise",
    "seconds": 900,
    "jobNumber": "7G4M0KV",
    "sentence": "7G4M0KV would come 15 min after its promised window.",
}
TRIED_OUT: dict[str, Any] = {
    "technicianId": OTHER_TECHNICIAN,
    "startAt": "2026-11-24T13:05:00Z",
    "cost": 840,
    "parts": {"travel": 660, "overtime": 180},
    "extraTravelSeconds": 660,
    "breaks": [],
    "after": None,
}
TRIAL_OUT: dict[str, Any] = {
    "jobId": JOB,
    "visitId": VISIT,
    "version": 2,
    "now": {"technicianId": TECHNICIAN, "startAt": "2026-11-24T11:31:00Z", "cost": 5400},
    "rows": [TRIED_OUT],
    "asked": {
        **TRIED_OUT,
        "startAt": "2026-11-24T14:00:00Z",
        "cost": 16140,
        "parts": {"travel": 840, "promises": 15300},
        "breaks": [LATER_OUT],
    },
    "absent": None,
}
HAND_PLAN_OUT: dict[str, Any] = {
    **PLAN_OUT,
    "planVersion": 8,
    "planRunId": None,
    "origin": "hand",
    "state": "published",
    "cost": {},
    "unassigned": [],
    "publishedAt": "2026-11-24T11:12:00Z",
}
EXPECTED_IN: dict[str, Any] = {
    "visitVersion": 2,
    "technicianDays": {TECHNICIAN: 2894115207, OTHER_TECHNICIAN: 118220311},
    "cursor": 1182,
}
PINNED_OUT = {**VISIT_OUT, "pinned": True, "pinnedStartAt": "2026-11-24T14:00:00Z", "version": 3}
EXAMPLES_BOARD: dict[tuple[str, str], tuple[Any, Any]] = {
    ("get", "/v1/board/days/{on}"): (None, BOARD_DAY_OUT),
    ("get", "/v1/board/stream"): (None, CHANGED_OUT),
    ("post", "/v1/board/trials"): (
        {
            "on": "2026-11-24",
            "jobId": JOB,
            "technicianId": OTHER_TECHNICIAN,
            "startAt": "2026-11-24T14:00:00Z",
        },
        TRIAL_OUT,
    ),
    ("post", "/v1/board/moves"): (
        {
            "on": "2026-11-24",
            "jobId": JOB,
            "technicianId": OTHER_TECHNICIAN,
            "startAt": "2026-11-24T14:00:00Z",
            "expected": EXPECTED_IN,
            "accept": ["other_promise"],
        },
        {
            "planId": PLAN,
            "plan": HAND_PLAN_OUT,
            "visit": {**PINNED_OUT, "technicianId": OTHER_TECHNICIAN},
            "accepted": ["other_promise"],
        },
    ),
    ("post", "/v1/board/unassign"): (
        {"jobId": JOB, "expected": EXPECTED_IN, "accept": ["promise"]},
        {"planId": PLAN, "plan": HAND_PLAN_OUT, "visit": None, "accepted": ["promise"]},
    ),
    ("get", "/v1/board/messages"): (
        None,
        {"items": [{"to": "Ildikó Szabó", "language": "hu", "text": "Megváltozott a kör"}]},
    ),
    ("put", "/v1/visits/{visit_id}/pin"): ({"startAt": "2026-11-24T14:00:00Z"}, PINNED_OUT),
    ("delete", "/v1/visits/{visit_id}/pin"): (None, {**VISIT_OUT, "version": 4}),
}
"""(method, path) -> (request body, answer), as in `api/examples.py`, which takes them up."""
