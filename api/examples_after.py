"""Examples of asking whether it is mended."""

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
EXAMPLES_AFTER: dict[tuple[str, str], tuple[Any, Any]] = {
    ("get", "/v1/callbacks"): (None, {"items": [{**CALLBACK_OUT, "state": "due", "inHand": False}]}),
    ("post", "/v1/callbacks/next"): (None, CALLBACK_OUT),
    ("post", "/v1/callbacks/{callback_id}/outcome"): (
        {"outcome": "not_fixed", "note": "It went dark again in the evening."},
        {**CALLBACK_OUT, "state": "not_fixed", "inHand": False},
    ),
}
"""(method, path) -> (request body, answer), as in `api/examples.py`, which takes them up."""
