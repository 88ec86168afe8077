"""Examples of asking whether it is mended, and of complaints."""

from typing import Any

from api.examples_tickets import SUBSCRIBER, TICKET
from api.specimens import AREA, CLOSURE, JOB, TECHNICIAN, VISIT

CALLBACK = "01935a1c-7a00-7000-8000-00000000c021"
CALLBACK_OUT: dict[str, Any] = {
    "areaId": AREA,
    "callbackId": CALLBACK,
    "state": "taken",
    "dueAt": "2026-11-25T13:40:00Z",
    "tries": 0,
    "inHand": True,
    "jobId": JOB,
    "jobNumber": "7G4M0KT",
    "kind": "equipment_failure",
    "closedAt": "2026-11-24T13:40:00Z",
    "reopened": 0,
    "closure": {
        "closureId": CLOSURE,
        "visitId": VISIT,
        "technicianId": TECHNICIAN,
        "location": "ont_operator",
        "cause": "hardware",
        "action": "swap_ont",
        "liability": "operator",
        "outcome": "done",
        "consentId": None,
        "confirmedBy": "Jane Doe",
        "closedAt": "2026-11-24T13:40:00Z",
        "inForce": True,
    },
    "ticketId": TICKET,
    "ticketNumber": "T-7G4M0KV",
    "subscriberId": SUBSCRIBER,
    "contract": "C-10482",
    "language": "en",
    "name": "Jane Doe",
    "phone": "+36201112233",
    "address": "Mill Lane 14",
}
COMPLAINT = "01935a1c-7a00-7000-8000-00000000c022"
COMPLAINT_OUT: dict[str, Any] = {
    "areaId": AREA,
    "complaintId": COMPLAINT,
    "number": "CP-7G4M0KW",
    "state": "open",
    "overdue": False,
    "subscriberId": SUBSCRIBER,
    "contract": "C-10482",
    "language": "en",
    "ticketId": TICKET,
    "ticketNumber": "T-7G4M0KV",
    "about": "the technician of Tuesday",
    "aboutStaff": "",
    "text": "He came two hours late and did not take off his shoes.",
    "complainedAt": "2026-11-24T15:00:00Z",
    "openedAt": "2026-11-24T15:04:00Z",
    "openedBy": "Anna Kiss",
    "dueAt": "2026-12-24T23:00:00Z",
    "answer": "",
    "answeredAt": None,
    "answeredBy": "",
}
ANSWER = "We are sorry. We have spoken with the technician, and the visit costs you nothing."
EXAMPLES_AFTER: dict[tuple[str, str], tuple[Any, Any]] = {
    ("get", "/v1/callbacks"): (None, {"items": [{**CALLBACK_OUT, "state": "due", "inHand": False}]}),
    ("post", "/v1/callbacks/next"): (None, CALLBACK_OUT),
    ("post", "/v1/callbacks/{callback_id}/outcome"): (
        {"outcome": "not_fixed", "note": "It went dark again in the evening."},
        {**CALLBACK_OUT, "state": "not_fixed", "inHand": False},
    ),
    ("post", "/v1/complaints"): (
        {
            "subscriberId": SUBSCRIBER,
            "ticketId": TICKET,
            "about": "the technician of Tuesday",
            "text": COMPLAINT_OUT["text"],
            "complainedAt": "2026-11-24T15:00:00Z",
        },
        COMPLAINT_OUT,
    ),
    ("get", "/v1/complaints"): (None, {"items": [COMPLAINT_OUT]}),
    ("get", "/v1/complaints/{complaint_id}"): (
        None,
        {
            **COMPLAINT_OUT,
            "history": [
                {"at": "2026-11-24T09:12:00Z", "line": 2, "staff": "Anna Kiss", "kind": "escalated"},
                {"at": "2026-11-24T09:02:00Z", "line": 1, "staff": "Béla Nagy", "kind": "opened"},
            ],
            "reachable": True,
            "answerSentAt": None,
        },
    ),
    ("post", "/v1/complaints/{complaint_id}/answer"): (
        {"text": ANSWER},
        {
            **COMPLAINT_OUT,
            "state": "answered",
            "answer": ANSWER,
            "answeredAt": "2026-11-26T09:00:00Z",
            "answeredBy": "Béla Nagy",
        },
    ),
}
"""(method, path) -> (request body, answer), as in `api/examples.py`, which takes them up."""
