"""Examples of outages and alarms."""

from typing import Any

from api.specimens import AREA, JOB

OUTAGE = "01935a1c-7a00-7000-8000-00000000d001"
SPLITTER = "01935a1c-7a00-7000-8000-00000000d002"
CABINET = "01935a1c-7a00-7000-8000-00000000d003"
OUTAGE_TOLD = {
    "outageId": OUTAGE,
    "elementName": "S-17",
    "since": "2026-11-24T07:41:00Z",
    "expectedAt": "2026-11-24T10:00:00Z",
    "restoredAt": None,
    "text": "There is no service in Mill Lane. It began today at 8:41. We expect it to work again today at about 11:00. "
    "We are working on it; you need not report it.",
}
WORK = {
    "jobId": JOB,
    "number": "L-7G4M0KV",
    "kind": "cable_break",
    "state": "in_progress",
    "affected": 1,
    "mayMend": True,
    "mends": False,
    "follows": False,
    "visitState": "on_my_way",
    "plannedAt": "2026-11-24T08:30:00Z",
    "technician": "Béla Nagy",
}
PROPOSED: dict[str, Any] = {
    "areaId": AREA,
    "outageId": OUTAGE,
    "state": "proposed",
    "version": 1,
    "networkElementId": SPLITTER,
    "elementKind": "splitter",
    "elementName": "S-17",
    "streets": ["Mill Lane"],
    "affected": 34,
    "since": "2026-11-24T07:41:00Z",
    "proposedAt": "2026-11-24T07:46:00Z",
    "acceptedAt": None,
    "expectedAt": None,
    "restoredAt": None,
    "jobId": None,
    "linked": 0,
    "held": 0,
    "jobs": [WORK],
    "evidence": {
        "spoke": 2,
        "odds": 6.4,
        "sure": 0.93,
        "instead": [{"networkElementId": CABINET, "kind": "cabinet", "name": "K-4", "sure": 0.05}],
        "tickets": [
            {
                "ticketId": "01935a1c-7a00-7000-8000-00000000c002",
                "ticketNumber": "T-7G4M0KV",
                "reportedAt": "2026-11-24T07:44:00Z",
                "networkElementId": SPLITTER,
            }
        ],
        "alarms": [
            {
                "alarmId": "01935a1c-7a00-7000-8000-00000000d004",
                "source": "nms",
                "id": "olt-3/1/7:los",
                "severity": "critical",
                "raisedAt": "2026-11-24T07:41:00Z",
                "clearedAt": None,
                "networkElementId": SPLITTER,
                "subscriberId": None,
            }
        ],
    },
    "announcement": {
        "en": "There is no service in Mill Lane. It began today at 8:41. We do not know yet when it will work again. "
        "We are working on it; you need not report it.",
        "ru": "Нет связи: Mill Lane. Это началось сегодня в 8:41. Когда связь восстановится, пока не известно. "
        "Мы уже работаем над этим, сообщать об этом не нужно.",
        "hu": "Nincs szolgáltatás itt: Mill Lane. A hiba ma 8:41-kor kezdődött. Még nem tudjuk, mikor áll helyre. "
        "Már dolgozunk rajta, nem kell bejelentenie.",
    },
}
ACCEPTED = {
    **PROPOSED,
    "state": "accepted",
    "version": 2,
    "acceptedAt": "2026-11-24T07:48:00Z",
    "expectedAt": "2026-11-24T10:00:00Z",
    "jobId": JOB,
    "linked": 7,
    "held": 2,
    "jobs": [{**WORK, "mends": True, "affected": 34}],
}
REFUSED = {**PROPOSED, "state": "refused", "version": 2}
RESTORED = {
    **ACCEPTED,
    "state": "restored",
    "version": 3,
    "restoredAt": "2026-11-24T09:52:00Z",
    "held": 0,
    "jobs": [],
}
EXAMPLES_OUTAGES: dict[tuple[str, str], tuple[Any, Any]] = {
    ("post", "/v1/alarms"): (
        {
            "source": "nms",
            "alarms": [
                {
                    "id": "olt-3/1/7:los",
                    "networkElementId": SPLITTER,
                    "severity": "critical",
                    "raisedAt": "2026-11-24T07:41:00Z",
                },
                {"id": "ont-C-10482:dying-gasp", "contract": "C-10482", "raisedAt": "2026-11-24T07:41:02Z"},
            ],
        },
        {"kept": 2, "unknown": []},
    ),
    ("get", "/v1/outages"): (None, {"items": [PROPOSED]}),
    ("post", "/v1/network-elements/{network_element_id}/outage"): (
        {"expectedAt": "2026-11-24T10:00:00Z", "faultClass": "cable_break"},
        ACCEPTED,
    ),
    ("post", "/v1/outages/{outage_id}/acceptance"): ({"expectedAt": "2026-11-24T10:00:00Z"}, ACCEPTED),
    ("post", "/v1/outages/{outage_id}/refusal"): (None, REFUSED),
    ("put", "/v1/outages/{outage_id}/expected-end"): ({"expectedAt": "2026-11-24T10:00:00Z"}, ACCEPTED),
    ("post", "/v1/outages/{outage_id}/restoration"): ({}, RESTORED),
}
