"""Examples of what happens through the day: windows, emergencies, technicians who do not come, going back."""

from typing import Any

from api.specimens import (
    JOB,
    JOB_OUT,
    OTHER_JOB,
    OTHER_PLAN,
    OTHER_TECHNICIAN,
    PLAN,
    PLAN_OUT,
    PROPOSAL,
    SLOT_QUOTE,
    TECHNICIAN,
    VISIT_OUT,
)

SLOT_QUOTE_OUT: dict[str, Any] = {
    "slotQuoteId": SLOT_QUOTE,
    "jobId": JOB,
    "createdAt": "2026-11-24T09:10:00Z",
    "expiresAt": "2026-11-24T09:25:00Z",
    "offers": [
        {
            "offer": 1,
            "earliest": "2026-11-25T10:00:00Z",
            "latest": "2026-11-25T12:00:00Z",
            "expectedArrivalAt": "2026-11-25T10:20:00Z",
            "travelMinutes": 5,
            "cost": 640,
            "reason": "passing",
            "sentence": "A technician passes by at 11:20, 5 min away.",
        }
    ],
    "nothing": None,
}
NOTHING_OUT: dict[str, Any] = {
    "blocks": [{"code": "full", "count": 12, "sentence": "12 technician-days have no room"}],
    "would": [
        {
            "code": "days",
            "value": "",
            "earliest": "2026-11-27T08:00:00Z",
            "sentence": "Other days would do: the first window is 27.11. 09:00.",
        }
    ],
}
APPOINTMENT_OUT = {
    "appointmentId": "01935a1c-7a00-7000-8000-000000000020",
    "state": "confirmed",
    "earliestAt": "2026-11-25T10:00:00Z",
    "latestAt": "2026-11-25T12:00:00Z",
    "promisedAt": "2026-11-24T09:12:00Z",
    "arrivedAt": None,
}
CONSEQUENCES_OUT: dict[str, Any] = {
    "drivingSeconds": 640,
    "drivingM": 4300,
    "overtimeSeconds": 0,
    "shifted": [
        {
            "jobId": OTHER_JOB,
            "jobNumber": "7G4M0KV",
            "address": "Bajcsy-Zsilinszky út 7",
            "technicianId": OTHER_TECHNICIAN,
            "displayName": "Ildikó Szabó",
            "startAt": "2026-11-24T13:05:00Z",
            "seconds": 1260,
            "promised": True,
        }
    ],
    "promisesAtRisk": [
        {
            "jobId": OTHER_JOB,
            "jobNumber": "7G4M0KV",
            "address": "Bajcsy-Zsilinszky út 7",
            "technicianId": OTHER_TECHNICIAN,
            "displayName": "Ildikó Szabó",
            "startAt": "2026-11-24T13:05:00Z",
            "latestAt": "2026-11-24T13:15:00Z",
            "spareSeconds": 600,
        }
    ],
    "messages": [
        {
            "technicianId": OTHER_TECHNICIAN,
            "displayName": "Ildikó Szabó",
            "jobId": None,
            "jobNumber": None,
            "address": None,
            "language": "hu",
            "text": "Megváltozott a kör",
            "sent": True,
        },
        {
            "technicianId": None,
            "displayName": None,
            "jobId": JOB,
            "jobNumber": "7G4M0KT",
            "address": "Mill Lane 12",
            "language": "en",
            "text": "A technician is to come today; no hour has been agreed yet.",
            "sent": False,
        },
    ],
}
TAKEN_OUT: dict[str, Any] = {
    "jobId": JOB,
    "jobNumber": "7G4M0KT",
    "address": "Mill Lane 12",
    "earliest": "2026-11-24T11:00:00Z",
    "latest": "2026-11-24T13:00:00Z",
    "fromTechnicianId": TECHNICIAN,
    "fromDisplayName": "Béla Nagy",
    "wasAt": "2026-11-24T11:31:00Z",
    "technicianId": OTHER_TECHNICIAN,
    "displayName": "Ildikó Szabó",
    "onDay": "2026-11-24",
    "startAt": "2026-11-24T12:10:00Z",
}
UNPLACED_OUT: dict[str, Any] = {
    "jobId": OTHER_JOB,
    "jobNumber": "7G4M0KV",
    "address": "Bajcsy-Zsilinszky út 7",
    "earliest": None,
    "latest": None,
    "fromTechnicianId": TECHNICIAN,
    "fromDisplayName": "Béla Nagy",
    "wasAt": "2026-11-24T13:05:00Z",
}
PROPOSAL_OUT: dict[str, Any] = {
    "proposalId": PROPOSAL,
    "jobId": JOB,
    "createdAt": "2026-11-24T11:10:00Z",
    "expiresAt": "2026-11-24T11:20:00Z",
    "options": [
        {
            "option": 1,
            "technicianId": TECHNICIAN,
            "displayName": "Béla Nagy",
            "onDay": "2026-11-24",
            "expectedArrivalAt": "2026-11-24T11:31:00Z",
            "expectedStartAt": "2026-11-24T11:31:00Z",
            "expectedEndAt": "2026-11-24T14:31:00Z",
            "cost": 18400,
            "moved": [
                {
                    "jobId": OTHER_JOB,
                    "jobNumber": "7G4M0KV",
                    "address": "Bajcsy-Zsilinszky út 7",
                    "fromTechnicianId": TECHNICIAN,
                    "fromDisplayName": "Béla Nagy",
                    "toTechnicianId": OTHER_TECHNICIAN,
                    "toDisplayName": "Ildikó Szabó",
                    "toDay": "2026-11-24",
                    "startAt": "2026-11-24T13:05:00Z",
                }
            ],
            "later": [
                {
                    "jobId": "01935a1c-7a00-7000-8000-000000000021",
                    "jobNumber": "7G4M0KW",
                    "address": "Castle Hill 3",
                    "technicianId": OTHER_TECHNICIAN,
                    "displayName": "Ildikó Szabó",
                    "seconds": 1260,
                    "promised": True,
                }
            ],
            "consequences": CONSEQUENCES_OUT,
        }
    ],
}
EMERGENCY_PLAN_OUT = {
    **PLAN_OUT,
    "planVersion": 8,
    "planRunId": None,
    "origin": "emergency",
    "state": "published",
    "cost": {},
    "unassigned": [],
    "publishedAt": "2026-11-24T11:12:00Z",
}
ABSENCE_PLAN_OUT: dict[str, Any] = {
    **EMERGENCY_PLAN_OUT,
    "origin": "absence",
    "unassigned": [{"jobId": OTHER_JOB, "blocks": {}, "hint": None}],
}
UNDO_PLAN_OUT = {
    **EMERGENCY_PLAN_OUT,
    "planId": OTHER_PLAN,
    "planVersion": 9,
    "origin": "undo",
    "undoesPlanId": PLAN,
}
CHANGE_OUT: dict[str, Any] = {
    "jobId": OTHER_JOB,
    "jobNumber": "7G4M0KV",
    "kind": "router_swap",
    "title": "Router swap",
    "address": "Mill Lane 14",
    "priority": 3,
    "affected": 1,
    "window": None,
    "before": {
        "technicianId": TECHNICIAN,
        "displayName": "Béla Nagy",
        "onDay": "2026-11-24",
        "arrivalAt": "2026-11-24T11:40:00Z",
        "startAt": "2026-11-24T11:40:00Z",
        "endAt": "2026-11-24T12:20:00Z",
    },
    "after": {
        "technicianId": OTHER_TECHNICIAN,
        "displayName": "Ildikó Szabó",
        "onDay": "2026-11-24",
        "arrivalAt": "2026-11-24T13:05:00Z",
        "startAt": "2026-11-24T13:05:00Z",
        "endAt": "2026-11-24T13:45:00Z",
    },
    "secondsLater": 5100,
    "promised": False,
    "why": "Next best: Béla Nagy today at 15:40, 18 min more.",
}
SPLIT_OUT: dict[str, Any] = {
    "unassigned": 21600,
    "outage": 372000,
    "lateness": 5400,
    "travel": 30400,
    "distance": 0,
    "overtime": 1200,
    "duration": 0,
    "shifts": 0,
    "unfairness": 0,
    "churn": 0,
    "total": 430600,
    "placed": 48,
    "unplaced": 1,
    "promises": {"kept": 21, "late": 0, "unplaced": 0},
    "drivingSeconds": 30400,
    "drivingM": 206400,
    "outageMinutes": 6200,
}

ALERT_OUT: dict[str, Any] = {
    "alertId": "01935a1c-7a00-7000-8000-000000000022",
    "kind": "promise_late",
    "subjectId": "01935a1c-7a00-7000-8000-000000000020",
    "jobId": JOB,
    "technicianId": TECHNICIAN,
    "facts": {
        "visitId": "01935a1c-7a00-7000-8000-00000000000b",
        "expectedArrivalAt": "2026-11-24T13:12:00Z",
        "latestAt": "2026-11-24T13:00:00Z",
    },
    "openedAt": "2026-11-24T11:32:20Z",
}

FAIR_DAY = {
    "onDay": "2026-11-23",
    "overtimeMinutes": 40,
    "farVisits": 1,
    "emergencies": 1,
    "weekendMinutes": 0,
    "lateMinutes": 0,
    "joinedVisits": 0,
    "burdenMinutes": 75,
    "balanceMinutes": 52,
}
EXAMPLES_DAY: dict[tuple[str, str], tuple[Any, Any]] = {
    ("get", "/v1/me/fairness"): (
        None,
        {
            "balanceMinutes": 52,
            "days": [
                {
                    **FAIR_DAY,
                    "sentence": "40 min past the end of the shift, 1 emergency, 1 far visit: counted as 1 h 15 min. "
                    "Over four weeks that is 52 min more than the average.",
                }
            ],
        },
    ),
    ("get", "/v1/fairness"): (
        None,
        {
            "items": [
                {
                    "technicianId": TECHNICIAN,
                    "displayName": "Béla Nagy",
                    "balanceMinutes": 52,
                    "days": [FAIR_DAY],
                }
            ]
        },
    ),
    ("post", "/v1/slot-quotes"): ({"jobId": JOB, "firstOn": "2026-11-25", "language": "en"}, SLOT_QUOTE_OUT),
    ("get", "/v1/slot-quotes/{slot_quote_id}"): (
        None,
        {**SLOT_QUOTE_OUT, "offers": [], "nothing": NOTHING_OUT},
    ),
    ("put", "/v1/slot-quotes/{slot_quote_id}/booking"): (
        {"offer": 1},
        {"appointment": APPOINTMENT_OUT, "visit": VISIT_OUT, "job": JOB_OUT},
    ),
    ("post", "/v1/jobs/{job_id}/appointment/cancel"): (
        {"reason": "has to be at work after all"},
        {**JOB_OUT, "state": "on_hold", "holdReason": "subscriber_wish"},
    ),
    ("post", "/v1/emergencies"): ({"jobId": JOB, "mostMoved": 3}, PROPOSAL_OUT),
    ("post", "/v1/emergencies/{proposal_id}/accept"): ({"option": 1}, {"plan": EMERGENCY_PLAN_OUT}),
    ("post", "/v1/technicians/{technician_id}/absences"): (
        {"onDay": "2026-11-24", "lastOn": "2026-11-26"},
        {
            "plan": ABSENCE_PLAN_OUT,
            "taken": [TAKEN_OUT],
            "unplaced": [UNPLACED_OUT],
        },
    ),
    ("put", "/v1/technicians/{technician_id}/days/{on}/on-call"): (
        {"startAt": "2026-11-24T19:00:00Z", "endAt": "2026-11-25T05:00:00Z"},
        {
            "technicianId": TECHNICIAN,
            "onDay": "2026-11-24",
            "onCallStartAt": "2026-11-24T19:00:00Z",
            "onCallEndAt": "2026-11-25T05:00:00Z",
        },
    ),
    ("delete", "/v1/technicians/{technician_id}/absences/{on}"): (
        None,
        {
            "days": ["2026-11-24", "2026-11-25"],
            "planIds": [PLAN_OUT["planId"]],
            "taken": [TAKEN_OUT],
            "unplaced": [],
        },
    ),
    ("get", "/v1/technicians/{technician_id}/absences/{on}"): (
        None,
        {
            "taken": [TAKEN_OUT],
            "unplaced": [],
            "consequences": CONSEQUENCES_OUT,
        },
    ),
    ("get", "/v1/technicians/{technician_id}/relief/{on}"): (
        None,
        {
            "taken": [TAKEN_OUT],
            "unplaced": [],
            "promises": [
                {
                    "jobId": JOB,
                    "jobNumber": "7G4M0KT",
                    "address": "Mill Lane 12",
                    "technicianId": OTHER_TECHNICIAN,
                    "displayName": "Ildikó Szabó",
                    "startAt": "2026-11-24T12:10:00Z",
                    "latestAt": "2026-11-24T13:00:00Z",
                    "kept": True,
                }
            ],
            "consequences": CONSEQUENCES_OUT,
            "seen": [{"jobId": JOB, "technicianId": OTHER_TECHNICIAN}],
        },
    ),
    ("post", "/v1/technicians/{technician_id}/relief"): (
        {
            "onDay": "2026-11-24",
            "trouble": "late",
            "seen": [{"jobId": JOB, "technicianId": OTHER_TECHNICIAN}],
        },
        {"plan": {**EMERGENCY_PLAN_OUT, "origin": "hand"}},
    ),
    ("post", "/v1/plans/{plan_id}/discard"): (None, {**PLAN_OUT, "state": "superseded"}),
    ("post", "/v1/plans/{plan_id}/undo"): (
        None,
        {
            "plan": UNDO_PLAN_OUT,
            "stays": [
                {
                    "jobId": OTHER_JOB,
                    "jobNumber": "7G4M0KV",
                    "address": "Mill Lane 14",
                    "technicianId": TECHNICIAN,
                    "displayName": "Béla Nagy",
                    "startAt": "2026-11-24T11:40:00Z",
                }
            ],
        },
    ),
    ("get", "/v1/plans/{plan_id}/changes"): (
        None,
        {
            "moved": [CHANGE_OUT],
            "new": [],
            "dropped": [],
            "promisesTouched": [],
            "before": SPLIT_OUT,
            "after": {
                **SPLIT_OUT,
                "unassigned": 0,
                "outage": 361200,
                "travel": 31200,
                "churn": 1155,
                "total": 400155,
                "placed": 49,
                "unplaced": 0,
                "drivingSeconds": 31200,
                "drivingM": 211800,
                "outageMinutes": 6020,
            },
        },
    ),
    ("post", "/v1/visits/{visit_id}/crew"): ({"technicianId": OTHER_TECHNICIAN}, VISIT_OUT),
    ("get", "/v1/alerts"): (None, {"items": [ALERT_OUT]}),
}
"""(method, path) -> (request body, answer), as in `api/examples.py`, which takes them up."""
