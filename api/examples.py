"""An example for every operation, as the pages show it. A test decodes each into the type of its operation."""

from typing import Any

from api.examples_after import EXAMPLES_AFTER
from api.examples_board import EXAMPLES_BOARD
from api.examples_credits import EXAMPLES_CREDITS
from api.examples_day import EXAMPLES_DAY
from api.examples_links import EXAMPLES_LINKS
from api.examples_numbers import EXAMPLES_NUMBERS
from api.examples_outages import EXAMPLES_OUTAGES
from api.examples_phones import EXAMPLES_PHONES
from api.examples_reasons import EXAMPLES_REASONS
from api.examples_setup import EXAMPLES_SETUP
from api.examples_tickets import EXAMPLES_TICKETS
from api.examples_what_ifs import EXAMPLES_WHAT_IFS
from api.examples_written import EXAMPLES_WRITTEN
from api.specimens import (
    AREA,
    BATCH,
    CHARGE,
    CLOSURE,
    CONSENT,
    DEVICE,
    EPOCH,
    EVENT,
    JOB,
    JOB_OUT,
    ME,
    PLACE,
    PLAN_OUT,
    QUOTE,
    REVIEW,
    RUN,
    SESSION,
    STAFF,
    STOP_OUT,
    TECHNICIAN,
    VERSION_OUT,
    VISIT,
    VISIT_OUT,
)

RUN_OUT = {
    "planRunId": RUN,
    "state": "running",
    "firstOn": "2026-11-24",
    "lastOn": "2026-11-25",
    "attempt": 1,
    "requestedAt": "2026-11-24T06:30:00Z",
    "finishedAt": None,
    "progress": {"seconds": 4.2, "cost": 412800, "unassigned": 1, "budgetSeconds": 12.0},
    "failure": None,
    "travel": {"source": "budapest", "instead": None, "places": 214, "offRoad": 1, "pace": 1.12},
    "changeBudget": 10,
    "moved": None,
    "budgetKept": None,
    "planId": None,
}
CONSENT_OUT = {
    "consentId": CONSENT,
    "jobId": JOB,
    "subject": "quote",
    "quoteId": QUOTE,
    "termsVersion": None,
    "answer": "accepted",
    "amountMinor": 4900,
    "currency": "EUR",
    "language": "en",
    "method": "signature",
    "person": "Jane Doe",
    "capacity": "holder",
    "agreedAt": "2026-11-24T13:20:00Z",
    "recordedAt": "2026-11-24T13:41:00Z",
}
CLOSURE_OUT = {
    "closureId": CLOSURE,
    "visitId": VISIT,
    "technicianId": TECHNICIAN,
    "location": "subscriber_settings",
    "cause": "config",
    "action": "reconfigure",
    "liability": "subscriber",
    "outcome": "done",
    "consentId": CONSENT,
    "confirmedBy": "Jane Doe",
    "closedAt": "2026-11-24T13:40:00Z",
    "inForce": True,
}
CHARGE_OUT = {
    "chargeId": CHARGE,
    "jobId": JOB,
    "kind": "work",
    "consentId": CONSENT,
    "closureId": CLOSURE,
    "amountMinor": 4900,
    "currency": "EUR",
    "chargedAt": "2026-11-24T13:41:00Z",
}
REVIEW_OUT = {
    "reviewId": REVIEW,
    "eventId": EVENT,
    "jobId": JOB,
    "technicianId": TECHNICIAN,
    "reason": "gate-failed",
    "facts": {"faults": [{"code": "photo-missing", "detail": "joint"}]},
    "state": "open",
    "openedAt": "2026-11-24T13:41:00Z",
    "decidedAt": None,
    "decisionNote": "",
    "version": 1,
}
REVIEW_BESIDE = {
    **REVIEW_OUT,
    "jobNumber": "7G4M0KT",
    "displayName": "Béla Nagy",
    "kind": "closure",
    "sentence": "The closure lacks something that its kind of job asks for.",
    "rows": [
        {
            "field": "technician",
            "label": "technician",
            "phone": "Béla Nagy",
            "server": "Ildikó Szabó",
        },
        {"field": "cause", "label": "cause", "phone": "config", "server": None},
    ],
    "choices": [
        {"decision": "accept", "sentence": "What the phone recorded comes into force."},
        {"decision": "dismiss", "sentence": "It stays on record and has no effect."},
    ],
}
ENTRY_OUT = {
    "n": 118,
    "at": "2026-11-24T11:09:00Z",
    "actorKind": "integration",
    "actorId": STAFF,
    "action": "job.received",
    "jobId": JOB,
    "subjectId": None,
    "facts": {"kind": "cable_break", "priority": 1, "affected": 200, "sequence": 1},
}
ROUNDS_OUT = {
    "on": "2026-11-24",
    "rounds": [
        {
            "technicianId": TECHNICIAN,
            "displayName": "Béla Nagy",
            "absent": False,
            "leaveAt": "2026-11-24T07:00:00Z",
            "backAt": "2026-11-24T15:48:00Z",
            "breakStartAt": "2026-11-24T10:40:00Z",
            "breakEndAt": "2026-11-24T11:10:00Z",
            "travelSeconds": 5280,
            "distanceM": 35200,
            "stops": [STOP_OUT],
        }
    ],
}
SYNC_IN: dict[str, Any] = {
    "deviceId": DEVICE,
    "batchId": BATCH,
    "sentAt": "2026-11-24T11:32:10Z",
    "epoch": EPOCH,
    "cursor": None,
    "protocol": 2,
    "van": "",
    "events": [
        {
            "eventId": EVENT,
            "seq": 17,
            "jobId": JOB,
            "kind": "arrived",
            "v": 1,
            "recordedAt": "2026-11-24T11:31:40Z",
            "monoMs": 81234567,
            "baseVersion": 3,
            "needs": [],
            "body": {"visitId": VISIT, "point": {"latitude": 47.4979, "longitude": 19.0402}},
        }
    ],
}
SYNC_OUT = {
    "serverTime": "2026-11-24T11:32:11Z",
    "epoch": EPOCH,
    "results": [
        {"eventId": EVENT, "status": "applied", "outcome": "applied", "reason": None, "jobVersion": 4}
    ],
    "pull": {
        "changes": [{"jobId": JOB, "version": 0, "op": "remove", "job": None}],
        "cursor": "42.7f0c",
        "more": False,
        "digest": "0" * 64,
        "reset": False,
    },
    "lastSeq": 17,
    "session": "open",
    "van": {
        "version": "5c1d0a8f7e42b963",
        "parts": [{"code": "ont", "quantity": 2, "serials": ["HW-48575443A1", "HW-48575443B7"]}],
        "names": {"ont": "HG8245 optical terminal"},
    },
}
ESCALATION_IN = {
    "source": "helpdesk",
    "ticketNumber": "T-20261124-0031",
    "sequence": 1,
    "contract": "C-100231",
    "faultClass": "no_optical_signal",
    "reportedAt": "2026-11-24T11:02:00Z",
    "diagnosis": {
        "summary": "No light at the ONT since 10:58; neighbours on the splitter are up.",
        "readings": [{"quantity": "ont_rx_dbm", "value": -40.0, "unit": "dBm"}],
    },
    "affected": 1,
    "contact": {"name": "Jane Doe", "relation": "holder", "phone": "+36301234567", "language": "en"},
    "terms": {
        "termsVersion": 1,
        "language": "en",
        "answer": "accepted",
        "person": "Jane Doe",
        "capacity": "holder",
        "askedBy": "Line 1, desk 14",
        "channel": "phone",
        "answeredAt": "2026-11-24T11:05:00Z",
    },
    "promisedWindow": {"earliest": "2026-11-24T13:00:00Z", "latest": "2026-11-24T15:00:00Z"},
}
WHOLE_JOB = {
    "job": JOB_OUT,
    "place": PLACE,
    "subscriber": {"contract": "C-100231", "holderName": "Jane Doe", "language": "hu"},
    "contact": {"name": "Jane Doe", "relation": "holder", "phone": "+36301234567", "language": "en"},
    "escalations": [],
    "appointments": [],
    "visits": [VISIT_OUT],
    "reports": [],
    "quotes": [],
    "consents": [CONSENT_OUT],
    "closures": [CLOSURE_OUT],
    "charges": [CHARGE_OUT],
    "waivers": [],
    "reviews": [REVIEW_OUT],
    "journal": [ENTRY_OUT],
    "names": {STAFF: "Jane Doe"},
    "told": {
        "language": "hu",
        "sentence": "A szerelő kedden, november 24-én 12:00 és 14:00 között érkezik Önhöz: akkor 4 percre lesz.",
        "readersSentence": "Your visit is on Tuesday, 24 November between 12:00 and 14:00: the technician is then 4 minutes away.",
        "expected": None,
    },
}

EVIDENCE = {
    "format": "line3-evidence-1",
    "job": {"job_id": JOB, "number": "7G4M0KT", "contract": "C-100231"},
    "consents": {CONSENT: {"answer": "accepted", "amount_minor": 4900, "person": "Jane Doe"}},
    "quotes": {},
    "closures": {},
    "charges": {},
    "reversals": {},
    "waivers": {},
    "decisions": {},
    "hashes": {f"/consents/{CONSENT}/answer": "0" * 64},
    "root": "0" * 64,
    "seal": "0" * 64,
}

EXAMPLES: dict[tuple[str, str], tuple[Any, Any]] = {
    ("post", "/v1/sign-in"): ({"login": "dispatcher", "password": "line3-demo"}, ME),
    ("post", "/v1/sign-out"): (None, None),
    ("get", "/v1/me"): (None, ME),
    ("get", "/v1/map"): (
        None,
        {"tiles": {"url": "https://tiles.example/{z}/{x}/{y}.png", "attribution": "© Example Maps"}},
    ),
    ("put", "/v1/me/language"): ({"language": "hu"}, None),
    ("get", "/v1/areas"): (
        None,
        {
            "items": [
                {
                    "areaId": AREA,
                    "name": "Budapest",
                    "timeZone": "Europe/Budapest",
                    "currency": "HUF",
                    "language": "hu",
                }
            ]
        },
    ),
    ("get", "/v1/sessions"): (
        None,
        {
            "items": [
                {
                    "sessionId": SESSION,
                    "createdAt": "2026-11-24T06:00:00Z",
                    "usedAt": "2026-11-24T11:00:00Z",
                    "agent": "Firefox",
                }
            ]
        },
    ),
    ("delete", "/v1/sessions/{session_id}"): (None, None),
    ("post", "/v1/escalations"): (
        ESCALATION_IN,
        {
            "jobId": JOB,
            "number": "7G4M0KT",
            "state": "received",
            "priority": 2,
            "dueAt": "2026-11-25T11:02:00Z",
            "version": 1,
            "again": False,
        },
    ),
    ("get", "/v1/jobs"): (None, {"items": [JOB_OUT], "next": None}),
    ("get", "/v1/jobs/{job_id}"): (None, WHOLE_JOB),
    ("post", "/v1/jobs/{job_id}/cancel"): ({"reason": "mended from the exchange"}, JOB_OUT),
    ("post", "/v1/jobs/{job_id}/release"): ({"reason": "somebody is at home tomorrow"}, JOB_OUT),
    ("post", "/v1/jobs/{job_id}/reopen"): ({"reason": "drops out again since noon"}, JOB_OUT),
    ("get", "/v1/jobs/{job_id}/consents"): (None, {"items": [CONSENT_OUT]}),
    ("get", "/v1/jobs/{job_id}/closures"): (None, {"items": [CLOSURE_OUT]}),
    ("get", "/v1/jobs/{job_id}/evidence"): (None, EVIDENCE),
    ("get", "/v1/charges"): (None, {"items": [CHARGE_OUT], "next": None}),
    ("get", "/v1/journal"): (None, {"items": [ENTRY_OUT], "next": 118}),
    ("post", "/v1/plan-runs"): (
        {"firstOn": "2026-11-24", "lastOn": "2026-11-25", "seconds": 12, "changeBudget": 10},
        RUN_OUT,
    ),
    ("get", "/v1/plan-runs"): (None, {"items": [RUN_OUT]}),
    ("get", "/v1/plan-runs/{plan_run_id}"): (None, RUN_OUT),
    ("post", "/v1/plan-runs/{plan_run_id}/stop"): (None, RUN_OUT),
    ("get", "/v1/plans"): (None, {"items": [VERSION_OUT]}),
    ("get", "/v1/plans/{plan_id}"): (
        None,
        {"plan": PLAN_OUT, "drafts": [{"visit": VISIT_OUT, "present": None}]},
    ),
    ("post", "/v1/plans/{plan_id}/publish"): ({"only": [JOB]}, PLAN_OUT),
    ("get", "/v1/rounds"): (None, ROUNDS_OUT),
    ("post", "/v1/visits/{visit_id}/reassign"): ({"technicianId": TECHNICIAN}, VISIT_OUT),
    ("get", "/v1/technicians"): (
        None,
        {
            "items": [
                {
                    "technicianId": TECHNICIAN,
                    "displayName": "Béla Nagy",
                    "skills": ["fibre", "splicing"],
                    "active": True,
                }
            ]
        },
    ),
    ("get", "/v1/days/{on}/numbers"): (
        None,
        {
            "onDay": "2026-11-24",
            "planned": 48,
            "done": 43,
            "declined": 1,
            "noAccess": 2,
            "interrupted": 0,
            "open": 2,
            "firstTimeFix": 0.93,
            "promises": 21,
            "promisesKept": 20,
            "promisesMissed": 1,
            "outageMinutes": 38210,
            "charges": 3,
            "chargedMinor": 11700,
            "currency": "EUR",
            "unassigned": 4,
        },
    ),
    ("get", "/v1/reviews"): (None, {"items": [REVIEW_BESIDE], "next": None}),
    ("post", "/v1/reviews/{review_id}/decision"): (
        {"accepted": True, "note": "the photo hangs in the other visit"},
        REVIEW_OUT,
    ),
    ("post", "/v1/mobile/sync"): (SYNC_IN, SYNC_OUT),
    ("post", "/v1/outboxes"): (
        {"file": "bGluZTMtb3V0Ym94IDEK", "code": "7G4M-0KT2-PPQX"},
        {
            "deviceId": DEVICE,
            "technicianId": TECHNICIAN,
            "results": [{"eventId": EVENT, "status": "applied", "outcome": "applied", "jobVersion": 4}],
            "photosLeft": [],
        },
    ),
    ("get", "/v1/mobile/push"): (None, {"publicKey": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx…"}),
    ("put", "/v1/mobile/devices/{device_id}/push"): (
        {
            "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABn",
            "key": "B" + "A" * 86 + "=",
            "auth": "A" * 22 + "==",
        },
        None,
    ),
    ("delete", "/v1/mobile/devices/{device_id}/push"): (None, None),
    ("get", "/v1/mobile/stream"): (None, "id: 42\nevent: round\ndata: 42\n\n"),
    ("get", "/health/live"): (None, {"status": "ok"}),
    ("get", "/health/ready"): (None, {"status": "ok"}),
    **EXAMPLES_BOARD,
    **EXAMPLES_DAY,
    **EXAMPLES_LINKS,
    **EXAMPLES_NUMBERS,
    **EXAMPLES_OUTAGES,
    **EXAMPLES_PHONES,
    **EXAMPLES_REASONS,
    **EXAMPLES_SETUP,
    **EXAMPLES_AFTER,
    **EXAMPLES_WRITTEN,
    **EXAMPLES_CREDITS,
    **EXAMPLES_TICKETS,
    **EXAMPLES_WHAT_IFS,
}
"""(method, path) -> (request body, answer); None where there is none."""


PROBLEM: dict[str, Any] = {
    "description": "A problem (RFC 9457): what is wrong and where, never the value. `type` is stable.",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "instance"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "instance": {"type": "string", "description": "The id of the request"},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {"pointer": {"type": "string"}, "code": {"type": "string"}},
                        },
                    },
                },
            },
            "example": {
                "type": "/problems/malformed",
                "title": "The content is not of the form this address takes.",
                "status": 422,
                "instance": "urn:request:01935a1c-7a00-7000-8000-000000000099",
                "errors": [{"pointer": "/affected", "code": "invalid"}],
            },
        }
    },
}


def with_examples(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with each operation's example in its request body and its good answer, and with our
    problems instead of the framework's errors."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            sent, answered = EXAMPLES.get((method, path), (None, None))
            if sent is not None:
                content = operation.setdefault(
                    "requestBody", {"content": {"application/json": {}}, "required": True}
                )
                content["content"]["application/json"]["example"] = sent
            for status, response in operation["responses"].items():
                if answered is not None and status.startswith("2"):
                    for content in response.setdefault("content", {"application/json": {}}).values():
                        content["example"] = answered
            for status in [status for status in operation["responses"] if not status.startswith("2")]:
                del operation["responses"][status]
            operation["responses"]["default"] = PROBLEM
    return document
