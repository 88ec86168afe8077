"""Examples of why: of a plan, of somebody else instead, of the own round."""

from typing import Any

from api.specimens import JOB, OTHER_JOB, OTHER_TECHNICIAN, PLAN, TECHNICIAN, VISIT, WHY_NOT

REASONS_OUT: dict[str, Any] = {
    "planId": PLAN,
    "planVersion": 7,
    "state": "draft",
    "items": [
        {
            "jobId": JOB,
            "jobNumber": "7G4M0KT",
            "technicianId": TECHNICIAN,
            "displayName": "Béla Nagy",
            "onDay": "2026-11-24",
            "startAt": "2026-11-24T11:31:00Z",
            "cost": {"travel": 1440, "outage": 4320, "total": 5760},
            "own": {"travel": 780, "outage": 4100, "total": 4880},
            "leftOut": 61200,
            "instead": {
                "technicianId": OTHER_TECHNICIAN,
                "displayName": "Ildikó Szabó",
                "onDay": "2026-11-24",
                "startAt": "2026-11-24T13:05:00Z",
                "cost": 1080,
            },
            "blocks": {},
            "hint": None,
            "explainedAt": "2026-11-24T06:31:00Z",
            "stands": "holds",
            "sentences": [
                "When planned, it cost 1 h 36 min there (outage 1 h 12 min, driving 24 min).",
                "Next best when planned: Ildikó Szabó today at 14:05, 18 min more.",
            ],
        },
        {
            "jobId": OTHER_JOB,
            "jobNumber": "7G4M0KV",
            "technicianId": None,
            "displayName": None,
            "onDay": None,
            "startAt": None,
            "cost": {},
            "own": {},
            "leftOut": None,
            "instead": None,
            "blocks": {"skill": 9, "priority": 3},
            "hint": {
                "kind": "overtime",
                "technicianId": TECHNICIAN,
                "displayName": "Béla Nagy",
                "onDay": "2026-11-24",
                "seconds": 1500,
                "missing": None,
            },
            "explainedAt": "2026-11-24T06:31:00Z",
            "stands": "holds",
            "sentences": [
                "There is no place for it: the skill is lacking (9 shifts), full of what comes first (3 shifts).",
                "If Béla Nagy stayed 25 min longer today, it would fit.",
            ],
        },
    ],
    "next": None,
}
ASKED_OUT: dict[str, Any] = {
    "whyNotId": WHY_NOT,
    "planId": PLAN,
    "jobId": JOB,
    "technicianId": OTHER_TECHNICIAN,
    "earliest": "2026-11-24T12:00:00Z",
    "latest": "2026-11-24T14:00:00Z",
    "askedAt": "2026-11-24T09:10:00Z",
    "answeredAt": None,
    "answer": None,
}
TRIED_OUT: dict[str, Any] = {
    "obstacles": [],
    "cost": {"travel": 900, "churn": 180, "total": 1080},
    "onDay": "2026-11-24",
    "startAt": "2026-11-24T13:05:00Z",
    "moved": [
        {
            "jobId": OTHER_JOB,
            "jobNumber": "7G4M0KV",
            "fromDisplayName": "Ildikó Szabó",
            "fromDay": "2026-11-24",
            "toDisplayName": "Béla Nagy",
            "toDay": "2026-11-24",
            "secondsLater": 0,
        }
    ],
    "sentences": [
        "Ildikó Szabó could be there today at 14:05, and the rounds would cost 18 min more (driving 18 min); 1 other visit would move."
    ],
}

EXAMPLES_REASONS: dict[tuple[str, str], tuple[Any, Any]] = {
    ("get", "/v1/plans/{plan_id}/reasons"): (None, REASONS_OUT),
    ("post", "/v1/plans/{plan_id}/why-not"): (
        {
            "jobId": JOB,
            "technicianId": OTHER_TECHNICIAN,
            "earliest": "2026-11-24T12:00:00Z",
            "latest": "2026-11-24T14:00:00Z",
        },
        ASKED_OUT,
    ),
    ("get", "/v1/plans/{plan_id}/why-not/{why_not_id}"): (
        None,
        {**ASKED_OUT, "answeredAt": "2026-11-24T09:10:01Z", "answer": TRIED_OUT},
    ),
    ("get", "/v1/rounds/{on}/reasons"): (
        None,
        {
            "on": "2026-11-24",
            "sentence": "7 visits, 1 h 28 min at the wheel, back at 16:48.",
            "visits": [
                {
                    "visitId": VISIT,
                    "jobId": JOB,
                    "jobNumber": "7G4M0KT",
                    "state": "published",
                    "explainedAt": "2026-11-24T06:31:00Z",
                    "stands": "holds",
                    "sentence": "Any other place for it would cost 18 min of driving more.",
                }
            ],
        },
    ),
}
"""(method, path) -> (request body, answer), as in `api/examples.py`, which takes them up."""
