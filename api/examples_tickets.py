"""Examples of lines 1 and 2: callers, tickets, the queue."""

from typing import Any

from api.examples_outages import OUTAGE_TOLD
from api.specimens import AREA, JOB, JOB_OUT

SUBSCRIBER = "01935a1c-7a00-7000-8000-00000000c001"
TICKET = "01935a1c-7a00-7000-8000-00000000c002"
ENTRY = "01935a1c-7a00-7000-8000-00000000c003"
BRIEF = {
    "ticketId": TICKET,
    "ticketNumber": "T-7G4M0KV",
    "state": "in_progress",
    "line": 2,
    "symptom": "no_internet",
    "reportedAt": "2026-11-24T08:02:00Z",
    "resolvedAt": None,
}
IN_HAND = {
    **BRIEF,
    "contract": "C-10482",
    "who": "John Doe",
    "trouble": "No internet",
    "since": "2026-11-24T08:06:00Z",
}
WAITING = {
    "areaId": AREA,
    "line": 2,
    "contract": "C-10482",
    "who": "J. D.",
    "trouble": "No internet",
    "language": "en",
    "skills": ["Fibre"],
    "priority": 3,
    "waitingSince": "2026-11-24T08:03:00Z",
    "over": False,
}
CALLER_OUT = {
    "areaId": AREA,
    "subscriberId": SUBSCRIBER,
    "contract": "C-10482",
    "holderHint": "J. D.",
    "language": "en",
    "address": "Mill Lane 14",
    "tickets": [BRIEF],
    "recent": [{**BRIEF, "state": "resolved", "resolvedAt": "2026-11-22T15:40:00Z"}],
    "jobs": [],
    "outage": OUTAGE_TOLD,
}
MEASURED_OUT = {
    "online": True,
    "measures": [
        {
            "quantity": "rx_power",
            "value": -31.2,
            "unit": "dBm",
            "minimum": -27.0,
            "maximum": -8.0,
            "good": False,
        }
    ],
    "changedAt": None,
    "localised": "line",
    "faultClass": "cable_break",
}
TICKET_OUT: dict[str, Any] = {
    **BRIEF,
    "areaId": AREA,
    "version": 4,
    "channel": "phone",
    "language": "en",
    "description": "No internet since this morning.",
    "priority": 3,
    "skills": ["fibre"],
    "waitingSince": None,
    "inHand": True,
    "callerName": "John Doe",
    "callerRelation": "family",
    "callerPhone": "+36201234567",
    "verifiedBy": "name",
    "atEquipment": False,
    "onSite": {"name": "Jane Doe", "relation": "holder", "phone": "+36201112233", "language": "en"},
    "subscriberId": SUBSCRIBER,
    "contract": "C-10482",
    "holderHint": "J. D.",
    "holderName": "Jane Doe",
    "address": "Mill Lane 14",
    "clock": {
        "spentSeconds": 260,
        "limitSeconds": 900,
        "paused": False,
        "warning": False,
        "overrun": False,
        "dueAt": "2026-11-24T08:21:00Z",
    },
    "step": {
        "code": "lights",
        "text": "Which lights are on?",
        "spoken": "Which lights are on?",
        "answers": [{"code": "red", "text": "A red one", "outcome": "hand-over"}],
    },
    "checked": [
        {
            "symptom": "no_internet",
            "step": "plug",
            "text": "Is it plugged in?",
            "answer": "yes",
            "said": "Yes",
            "at": "2026-11-24T08:05:00Z",
            "answers": [{"code": "yes", "text": "Yes", "outcome": "next"}],
        }
    ],
    "localised": None,
    "measured": MEASURED_OUT,
    "agreed": ["wifi_name"],
    "askedFor": [
        {
            "action": "wifi_name",
            "accepted": True,
            "person": "Jane Doe",
            "at": "2026-11-24T08:07:00Z",
            "doneAt": None,
        }
    ],
    "terms": {"termsVersion": 3, "accepted": True, "person": "Jane Doe", "at": "2026-11-24T08:09:00Z"},
    "resolution": "",
    "jobs": [],
    "outage": None,
    "history": [
        {
            "contactEntryId": ENTRY,
            "ticketId": TICKET,
            "at": "2026-11-24T08:06:00Z",
            "line": 2,
            "staff": "Anna Kiss",
            "kind": "taken",
            "facts": {"waitedSeconds": 41},
            "question": None,
        }
    ],
}
DESK_OUT = {
    "symptoms": [{"code": "no_internet", "title": "No internet", "spoken": {"en": "No internet"}}],
    "faults": [
        {"faultClass": "cable_break", "kind": "cable_break", "title": "Cable break", "chargeable": False}
    ],
    "terms": [
        {
            "termsVersion": 3,
            "language": "en",
            "text": "If the cause lies with your own equipment, the visit costs 15.00 EUR. Do you agree?",
            "callOutMinor": 1500,
            "currency": "EUR",
        }
    ],
    "lines": [{"number": 2, "limitSeconds": 900, "waitSeconds": 120}],
}
CHECK = {
    "symptom": "no_internet",
    "title": {"en": "No internet", "hu": "Nincs internet"},
    "skills": ["fibre"],
    "steps": [
        {
            "code": "lights",
            "text": {"en": "Which lights are on?", "hu": "Melyik lámpák égnek?"},
            "answers": [
                {
                    "code": "red",
                    "text": {"en": "A red one", "hu": "Piros"},
                    "outcome": "hand-over",
                    "symptom": None,
                }
            ],
        }
    ],
}
CHECK_OUT = {**CHECK, "selfCheckVersion": 2, "validFrom": "2026-11-24T08:00:00Z"}
PROFILE = {"lines": [2], "skills": ["fibre"], "languages": ["hu", "en"]}
PERSON_OUT = {
    **PROFILE,
    "staffId": "01935a1c-7a00-7000-8000-00000000c004",
    "displayName": "Anna Kiss",
    "version": 1,
}
ESCALATED = {**TICKET_OUT, "state": "escalated", "inHand": False, "clock": None, "jobs": [JOB_OUT]}
STEPS: dict[str, Any] = {
    "take": None,
    "verification": {"name": "Jane Doe"},
    "terms": {
        "termsVersion": 3,
        "language": "en",
        "answer": "accepted",
        "person": "Jane Doe",
        "capacity": "holder",
    },
    "checks": {"step": "lights", "answer": "red"},
    "hand-over": {"line": 2, "skills": ["fibre"], "note": "Plug and cable are checked."},
    "notes": {"note": "The cat lay on the router."},
    "pause": {"reason": "device_restarts"},
    "measurements": None,
    "agreements": {"actions": ["wifi_name"], "accepted": True, "person": "Jane Doe"},
    "actions": {"action": "restart_port"},
    "localisation": {"localised": "line"},
    "resolution": {"resolution": "port_restarted", "note": ""},
    "no-visit": {"resolution": "works_again", "note": "Since this morning, by itself."},
    "unlinking": {"note": "Only the tablet does not work."},
    "reopening": {"note": "It went dark again."},
}
EXAMPLES_TICKETS: dict[tuple[str, str], tuple[Any, Any]] = {
    ("post", "/v1/callers"): ({"address": "Mill Lane 14"}, {"items": [CALLER_OUT]}),
    ("post", "/v1/tickets"): (
        {
            "subscriberId": SUBSCRIBER,
            "symptom": "no_internet",
            "caller": {"name": "John Doe", "relation": "family", "phone": "+36201234567"},
            "atEquipment": False,
        },
        TICKET_OUT,
    ),
    ("post", "/v1/written-requests"): (
        {
            "channel": "chat",
            "conversation": "chat-7731",
            "messageKey": "chat-7731-4",
            "sender": "Jane Doe",
            "text": "Contract C-10482, no internet since this morning, the lamp is red. +36201234567",
            "transcript": [{"who": "bot", "text": "Is the router plugged in?"}],
        },
        {
            "ticketId": None,
            "ticketNumber": "",
            "missing": ["address"],
            "reply": "Thank you for writing. So that we can help, please answer with: the address where it does not work.",
            "again": False,
        },
    ),
    ("get", "/v1/tickets"): (None, {"items": [IN_HAND]}),
    ("get", "/v1/tickets/{ticket_id}"): (None, TICKET_OUT),
    ("get", "/v1/queue"): (
        None,
        {
            "tickets": [WAITING],
            "items": [
                {
                    "areaId": AREA,
                    "line": 2,
                    "waiting": 3,
                    "longestSince": "2026-11-24T08:05:00Z",
                    "inHand": 2,
                    "limitSeconds": 120,
                    "over": False,
                }
            ],
        },
    ),
    ("post", "/v1/queue/next"): (None, TICKET_OUT),
    **{("post", f"/v1/tickets/{{ticket_id}}/{step}"): (body, TICKET_OUT) for step, body in STEPS.items()},
    ("put", "/v1/tickets/{ticket_id}/caller"): (
        {
            "caller": {"name": "John Doe", "relation": "family", "phone": "+36201234567"},
            "atEquipment": False,
            "onSite": {"name": "Jane Doe", "relation": "holder", "phone": "+36201112233", "language": "en"},
        },
        TICKET_OUT,
    ),
    ("get", "/v1/desk"): (None, DESK_OUT),
    ("get", "/v1/systemic-problems"): (
        None,
        {
            "items": [
                {
                    "of": "element",
                    "networkElementId": "01935a1c-7a00-7000-8000-00000000c005",
                    "technicianId": None,
                    "name": "Splitter S-14",
                    "subscribers": 32,
                    "expected": 0.7,
                    "surprise": 5.2,
                    "weeks": [0, 1, 0, 2, 1, 0, 2, 1],
                    "faults": [{"jobId": JOB, "number": "7G4M0KV", "reportedAt": "2026-11-24T08:02:00Z"}],
                }
            ]
        },
    ),
    ("get", "/v1/setup/self-checks"): (None, {"items": [CHECK_OUT]}),
    ("post", "/v1/setup/self-checks"): ({**CHECK, "after": 1}, CHECK_OUT),
    ("get", "/v1/setup/support-profiles"): (None, {"items": [PERSON_OUT]}),
    ("put", "/v1/setup/support-profiles/{staff_id}"): (PROFILE, PERSON_OUT),
    ("delete", "/v1/tickets/{ticket_id}/pause"): (None, TICKET_OUT),
    ("delete", "/v1/tickets/{ticket_id}/verification"): (
        None,
        {**TICKET_OUT, "verifiedBy": None, "holderName": ""},
    ),
    ("post", "/v1/tickets/{ticket_id}/escalation"): (
        {"faultClass": "cable_break", "summary": "Level below -27 dBm since 07:40."},
        {
            "jobId": JOB,
            "number": "7G4M0KV",
            "priority": 2,
            "dueAt": "2026-11-25T08:02:00Z",
            "ticket": ESCALATED,
        },
    ),
}
