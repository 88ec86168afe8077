"""Examples of a subscriber's link."""

from typing import Any

from api.specimens import CONSENT, SLOT_QUOTE

WINDOW = {"earliest": "2026-11-24T13:00:00Z", "latest": "2026-11-24T15:00:00Z"}
OWN_VISIT: dict[str, Any] = {
    "number": "7G4M0KT",
    "language": "en",
    "timeZone": "Europe/Budapest",
    "firstName": "Jane",
    "what": "Equipment failure",
    "stage": "agreed",
    "sentence": "Your visit is today between 14:00 and 16:00: a technician who can do this is free then.",
    "window": WINDOW,
    "confirmed": False,
    "expected": {
        "earliest": "2026-11-24T13:20:00Z",
        "latest": "2026-11-24T14:20:00Z",
        "late": False,
        "sentence": "The technician is expected between 14:20 and 15:20.",
    },
    "technician": "",
    "accessNote": "",
    "visitCode": "381502",
    "consents": [
        {
            "consentId": CONSENT,
            "subject": "terms",
            "answer": "accepted",
            "answeredAt": "2026-11-24T08:20:00Z",
            "title": "Terms of the visit 7G4M0KT",
            "text": "If it ends with setting up your own equipment, the visit is paid.",
            "language": "en",
            "lines": [],
            "amountMinor": 1500,
            "currency": "EUR",
            "copy": "Terms of the visit 7G4M0KT\n\nIf it ends with setting up your own equipment, the visit is paid.\n",
        }
    ],
    "mayMove": True,
    "mayCancel": True,
    "locked": False,
    "call": "+3614000000",
    "now": "2026-11-24T11:10:00Z",
}
LATER = {"earliest": "2026-11-25T08:00:00Z", "latest": "2026-11-25T10:00:00Z"}
WINDOWS = {
    "slotQuoteId": SLOT_QUOTE,
    "expiresAt": "2026-11-24T11:25:00Z",
    "offers": [{"offer": 1, **LATER}],
}
EXAMPLES_LINKS: dict[tuple[str, str], tuple[Any, Any]] = {
    ("get", "/v1/visit"): (None, OWN_VISIT),
    ("post", "/v1/visit/confirmation"): (None, {**OWN_VISIT, "confirmed": True}),
    ("put", "/v1/visit/access-note"): (
        {"note": "The bell is broken: call when you are at the gate."},
        {**OWN_VISIT, "accessNote": "The bell is broken: call when you are at the gate."},
    ),
    ("post", "/v1/visit/windows"): (None, WINDOWS),
    ("post", "/v1/visit/move"): (
        {"slotQuoteId": SLOT_QUOTE, "offer": 1, "digits": "4567"},
        {**OWN_VISIT, "window": LATER, "expected": None},
    ),
    ("post", "/v1/visit/cancellation"): (
        {"digits": "4567", "reason": "not_at_home"},
        {
            **OWN_VISIT,
            "stage": "cancelled",
            "sentence": "The visit has been cancelled, and nobody comes. You can choose another time whenever it suits you.",
            "window": None,
            "expected": None,
            "visitCode": None,
            "mayCancel": False,
        },
    ),
    ("post", "/v1/jobs/{job_id}/link"): (None, None),
    ("post", "/v1/jobs/{job_id}/link/revocation"): (None, None),
}
"""(method, path) -> (request body, answer), as in `api/examples.py`, which takes them up."""
