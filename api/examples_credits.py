"""Examples of what follows a closure: credits and the terms of credit."""

from typing import Any

from api.examples_tickets import SUBSCRIBER, TICKET
from api.specimens import AREA

CREDIT = "01935a1c-7a00-7000-8000-00000000c011"
APPOINTMENT = "01935a1c-7a00-7000-8000-00000000c012"
DAY_LINE = {
    "kind": "day",
    "onDay": "2026-12-03",
    "appointmentId": None,
    "amountMinor": 1034,
    "tableVersion": 1,
    "sentence": "3 December 2026: no service, day 1: 10.34 GBP.",
    "spoken": "3 December 2026: no service, day 1: 10.34 GBP.",
}
MISSED_LINE = {
    "kind": "appointment",
    "onDay": "2026-12-01",
    "appointmentId": APPOINTMENT,
    "amountMinor": 3231,
    "tableVersion": 1,
    "sentence": "1 December 2026: nobody came to the appointment: 32.31 GBP.",
    "spoken": "1 December 2026: nobody came to the appointment: 32.31 GBP.",
}
CREDIT_OUT: dict[str, Any] = {
    "areaId": AREA,
    "creditId": CREDIT,
    "subscriberId": SUBSCRIBER,
    "ticketId": TICKET,
    "outageId": None,
    "amountMinor": 4265,
    "currency": "GBP",
    "claimed": False,
    "creditedAt": "2026-12-03T17:05:00Z",
    "lines": [MISSED_LINE, DAY_LINE],
}
NOT_CREDITED = {
    "reason": "credited_before",
    "onDay": "2026-12-03",
    "appointmentId": None,
    "sentence": "3 December 2026: credited already.",
    "spoken": "3 December 2026: credited already.",
}
UK: dict[str, Any] = {
    "after": 0,
    "scheme": "uk",
    "validFrom": "2026-11-24",
    "daily": {
        "steps": [{"fromDay": 1, "amount": {"minor": 1034, "percent": 0}}],
        "startsNextDay": True,
        "freeWorkingDays": 2,
        "restorationDayCounts": True,
        "stopsDay": "whole",
    },
    "appointment": {"amount": {"minor": 3231, "percent": 0}, "noticeHours": 24},
    "stops": ["no_access", "subscriber_wish"],
    "completeOnly": True,
    "rounding": "half_up",
}
TABLE_OUT: dict[str, Any] = {
    "tableVersion": 1,
    "currency": "GBP",
    "validFrom": "2026-11-24",
    "terms": {**UK, "after": 1},
}
PAPER: dict[str, Any] = {
    "language": "en",
    "sender": "North",
    "toName": "Jane Doe",
    "toAddress": "Mill Lane 14",
    "dated": "3 December 2026",
    "reference": ["Contract C-10482", "Ticket T-7G4M0KV"],
    "call": "Questions? Call +3614000000.",
    "closing": "Yours sincerely",
}
EXPORT_OUT: dict[str, Any] = {
    "exportId": "01935a1c-7a00-7000-8000-00000000c013",
    "firstOn": "2026-12-01",
    "lastOn": "2026-12-31",
    "exportedAt": "2027-01-04T09:00:00Z",
    "exportedBy": "Anna Kiss",
    "credits": 1,
}
EXAMPLES_CREDITS: dict[tuple[str, str], tuple[Any, Any]] = {
    ("get", "/v1/complaints/{complaint_id}/letter"): (
        None,
        {
            **PAPER,
            "subject": "Our answer to your complaint CP-7G4M0KW of 1 December 2026",
            "paragraphs": ["We are sorry: the technician was held up, and we should have called you."],
            "lines": [],
            "signedBy": "Anna Kiss",
        },
    ),
    ("get", "/v1/credits/{credit_id}/letter"): (
        None,
        {
            **PAPER,
            "subject": "Your credit of 42.65 GBP",
            "paragraphs": [
                "We have credited your contract with 42.65 GBP. This is how the amount comes about:"
            ],
            "lines": [MISSED_LINE["spoken"], DAY_LINE["spoken"]],
            "signedBy": "",
        },
    ),
    ("get", "/v1/subscribers/{subscriber_id}/credits"): (None, {"items": [CREDIT_OUT]}),
    ("get", "/v1/tickets/{ticket_id}/credits"): (
        None,
        {
            "items": [CREDIT_OUT],
            "isOver": True,
            "dueMinor": 0,
            "currency": "GBP",
            "refused": [NOT_CREDITED],
        },
    ),
    ("post", "/v1/tickets/{ticket_id}/credit-claims"): (
        {},
        {"credit": {**CREDIT_OUT, "claimed": True}, "refused": []},
    ),
    ("get", "/v1/credits"): (None, {"items": [CREDIT_OUT], "next": None}),
    ("get", "/v1/credit-statement"): (
        None,
        {
            "firstOn": "2026-12-01",
            "lastOn": "2026-12-31",
            "items": [
                {
                    "creditId": CREDIT,
                    "contract": "C-10482",
                    "ticketId": TICKET,
                    "ticketNumber": "T-7G4M0KV",
                    "amountMinor": 4265,
                    "currency": "GBP",
                    "claimed": False,
                    "creditedAt": "2026-12-03T17:05:00Z",
                    "exportedAt": None,
                    "leavesBy": "file",
                    "billedAt": None,
                    "lines": [MISSED_LINE, DAY_LINE],
                }
            ],
            "totals": [
                {
                    "currency": "GBP",
                    "credits": 1,
                    "amountMinor": 4265,
                    "exported": 0,
                    "exportedMinor": 0,
                    "owed": 1,
                    "owedMinor": 4265,
                }
            ],
            "more": False,
            "leavesBy": "file",
        },
    ),
    ("post", "/v1/credit-exports"): ({"firstOn": "2026-12-01", "lastOn": "2026-12-31"}, EXPORT_OUT),
    ("get", "/v1/credit-exports"): (None, {"items": [EXPORT_OUT]}),
    ("get", "/v1/credit-exports/{export_id}/file"): (
        None,
        f"creditId,contract,amount,currency\r\n{CREDIT},C-10482,10.34,GBP\r\n",
    ),
    ("post", "/v1/setup/credit-tables/example"): (
        {"terms": UK, "feeMinor": 3000},
        {
            "reportedAt": "2026-11-30T09:00:00Z",
            "restoredAt": "2026-12-06T17:00:00Z",
            "currency": "GBP",
            "amountMinor": 7367,
            "sentences": [MISSED_LINE["sentence"], DAY_LINE["sentence"]],
        },
    ),
    ("get", "/v1/setup/credit-tables"): (None, {"items": [TABLE_OUT], "known": [TABLE_OUT]}),
    ("post", "/v1/setup/credit-tables"): (UK, TABLE_OUT),
}
"""(method, path) -> (request body, answer), as in `api/examples.py`, which takes them up."""
