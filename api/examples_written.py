"""Examples of written requests at the desk."""

from typing import Any

from api.examples_tickets import SUBSCRIBER, TICKET
from api.specimens import AREA

CONVERSATION = "01935a1c-7a00-7000-8000-00000000c031"
ANSWER = "01935a1c-7a00-7000-8000-00000000c033"
WORDS = "No internet since this morning, the lamp is red. +36201234567"
BRIEF: dict[str, Any] = {
    "areaId": AREA,
    "conversationId": CONVERSATION,
    "channel": "email",
    "state": "unassigned",
    "sender": "jane@example.org",
    "subject": "Internet",
    "words": WORDS,
    "automatic": "",
    "missing": ["contract", "address"],
    "reason": "",
    "ticketId": None,
    "ticketNumber": "",
    "openedAt": "2026-11-24T08:05:00Z",
    "lastAt": "2026-11-24T08:05:00Z",
}
OUT: dict[str, Any] = {
    **{name: value for name, value in BRIEF.items() if name not in ("words", "automatic")},
    "language": "en",
    "subscriberId": None,
    "contract": "",
    "address": "",
    "byHand": False,
    "openTickets": [],
    "answerTo": "jane@example.org",
    "phone": "+36201234567",
    "messages": [
        {
            "messageId": "01935a1c-7a00-7000-8000-00000000c032",
            "sender": "jane@example.org",
            "text": WORDS,
            "phone": "+36201234567",
            "address": "",
            "attachments": ["lamp.jpg"],
            "automatic": "",
            "cut": False,
            "missing": ["contract", "address"],
            "reply": "Thank you for writing. So that we can help, please answer with: your contract number; the address where it "
            "does not work.",
            "replyRefusedAt": None,
            "receivedAt": "2026-11-24T08:05:00Z",
        }
    ],
    "answers": [],
}
KNOWN: dict[str, Any] = {
    **OUT,
    "subscriberId": SUBSCRIBER,
    "contract": "C-10482",
    "address": "Mill Lane 14",
    "byHand": True,
    "missing": ["address"],
    "openTickets": [
        {
            "ticketId": TICKET,
            "ticketNumber": "T-7G4M0KV",
            "state": "waiting",
            "line": 1,
            "symptom": "no_internet",
            "description": "Nothing works since the storm",
            "callerName": "John Doe",
            "callerRelation": "family",
            "reportedAt": "2026-11-24T07:40:00Z",
        }
    ],
}
BECAME: dict[str, Any] = {
    **KNOWN,
    "state": "ticket",
    "missing": [],
    "ticketId": TICKET,
    "ticketNumber": "T-7G4M0KV",
    "openTickets": [],
}
TEXT = "Does the lamp turn green when you restart the box?"
EXAMPLES_WRITTEN: dict[tuple[str, str], tuple[Any, Any]] = {
    ("get", "/v1/written-conversations"): (None, {"items": [BRIEF]}),
    ("get", "/v1/written-conversations/{conversation_id}"): (None, OUT),
    ("put", "/v1/written-conversations/{conversation_id}/subscriber"): ({"subscriberId": SUBSCRIBER}, KNOWN),
    ("post", "/v1/written-conversations/{conversation_id}/answers"): (
        {"text": TEXT},
        {
            **KNOWN,
            "state": "asked",
            "answers": [
                {
                    "answerId": ANSWER,
                    "text": TEXT,
                    "by": "Anna Kiss",
                    "madeAt": "2026-11-24T08:20:00Z",
                    "deliveredAt": None,
                    "refusedAt": None,
                }
            ],
            "lastAt": "2026-11-24T08:20:00Z",
        },
    ),
    ("post", "/v1/written-conversations/{conversation_id}/ticket"): (
        {"relation": "family", "name": "John Doe", "symptom": "no_internet", "another": True},
        BECAME,
    ),
    ("put", "/v1/written-conversations/{conversation_id}/ticket"): ({"ticketId": TICKET}, BECAME),
    ("post", "/v1/written-conversations/{conversation_id}/setting-aside"): (
        {"reason": "an advertisement"},
        {**OUT, "state": "set_aside", "reason": "an advertisement"},
    ),
    ("get", "/v1/written-answers"): (
        None,
        {
            "items": [
                {
                    "areaId": AREA,
                    "answerId": ANSWER,
                    "channel": "chat",
                    "conversation": "chat-7731",
                    "text": TEXT,
                    "madeAt": "2026-11-24T08:20:00Z",
                }
            ]
        },
    ),
    ("post", "/v1/written-answers/{answer_id}/delivery"): (None, None),
}
"""(method, path) -> (request body, answer), as in `api/examples.py`, which takes them up."""
