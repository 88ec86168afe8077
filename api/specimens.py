"""What the examples speak of: one town's ids, and the answers that several operations give."""

AREA = "01935a1c-7a00-7000-8000-000000000001"
JOB = "01935a1c-7a00-7000-8000-00000000000a"
VISIT = "01935a1c-7a00-7000-8000-00000000000b"
TECHNICIAN = "01935a1c-7a00-7000-8000-00000000000c"
PLAN = "01935a1c-7a00-7000-8000-00000000000d"
RUN = "01935a1c-7a00-7000-8000-00000000000e"
EVENT = "01935a1c-7a00-7000-8000-00000000000f"
CONSENT = "01935a1c-7a00-7000-8000-000000000010"
CLOSURE = "01935a1c-7a00-7000-8000-000000000011"
CHARGE = "01935a1c-7a00-7000-8000-000000000012"
REVIEW = "01935a1c-7a00-7000-8000-000000000013"
DEVICE = "01935a1c-7a00-7000-8000-000000000014"
SESSION = "01935a1c-7a00-7000-8000-000000000015"
STAFF = "01935a1c-7a00-7000-8000-000000000016"
BATCH = "01935a1c-7a00-7000-8000-000000000017"
EPOCH = "5b0c2f5e-64a4-4c0d-9a0e-0d2b3f6f9b11"
QUOTE = "01935a1c-7a00-7000-8000-000000000018"
SLOT_QUOTE = "01935a1c-7a00-7000-8000-00000000001a"
PROPOSAL = "01935a1c-7a00-7000-8000-00000000001b"
OTHER_JOB = "01935a1c-7a00-7000-8000-00000000001c"
OTHER_TECHNICIAN = "01935a1c-7a00-7000-8000-00000000001d"
OTHER_PLAN = "01935a1c-7a00-7000-8000-00000000001e"
WHY_NOT = "01935a1c-7a00-7000-8000-000000000023"
WHAT_IF = "01935a1c-7a00-7000-8000-000000000024"
ME = {
    "staffId": STAFF,
    "displayName": "Anna Kovács",
    "language": "hu",
    "roles": [{"areaId": AREA, "role": "dispatcher", "technicianId": None}],
    "now": "2026-11-24T08:00:00Z",
}
PLACE = {
    "address": "Mill Lane 12",
    "latitude": 47.4979,
    "longitude": 19.0402,
    "accessNote": "bell 3, back yard",
}
JOB_OUT = {
    "jobId": JOB,
    "number": "7G4M0KT",
    "kind": "cable_break",
    "kindVersion": 1,
    "state": "planned",
    "holdReason": None,
    "priority": 1,
    "faultClass": "cable_break",
    "affected": 200,
    "reportedAt": "2026-11-24T11:02:00Z",
    "receivedAt": "2026-11-24T11:09:00Z",
    "dueAt": "2026-11-24T15:02:00Z",
    "restoredAt": None,
    "closedAt": None,
    "reopened": 0,
    "outageId": None,
    "version": 3,
}
VISIT_OUT = {
    "visitId": VISIT,
    "jobId": JOB,
    "technicianId": TECHNICIAN,
    "onDay": "2026-11-24",
    "state": "published",
    "endReason": "",
    "sequence": 4,
    "plannedArrivalAt": "2026-11-24T11:31:00Z",
    "plannedStartAt": "2026-11-24T11:31:00Z",
    "plannedEndAt": "2026-11-24T14:31:00Z",
    "onMyWayAt": None,
    "arrivedAt": None,
    "workingAt": None,
    "endedAt": None,
    "pinned": False,
    "pinnedStartAt": None,
    "version": 2,
}
PLAN_OUT = {
    "planId": PLAN,
    "planVersion": 7,
    "planRunId": RUN,
    "origin": "run",
    "undoesPlanId": None,
    "state": "draft",
    "firstOn": "2026-11-24",
    "lastOn": "2026-11-25",
    "cost": {"travel": 30400, "outage": 361200, "unassigned": 21200, "total": 412800},
    "unassigned": [
        {
            "jobId": JOB,
            "blocks": {"skill": 9, "shift": 3},
            "hint": {
                "kind": "overtime",
                "technician_id": TECHNICIAN,
                "on_day": "2026-11-24",
                "seconds": 1500,
            },
        }
    ],
    "createdAt": "2026-11-24T06:31:00Z",
    "publishedAt": None,
}
STOP_OUT = {
    "visitId": VISIT,
    "version": 2,
    "jobId": JOB,
    "jobNumber": "7G4M0KT",
    "kind": "cable_break",
    "title": "Cable break",
    "state": "published",
    "sequence": 4,
    "plannedArrivalAt": "2026-11-24T11:31:00Z",
    "plannedStartAt": "2026-11-24T11:31:00Z",
    "plannedEndAt": "2026-11-24T14:31:00Z",
    "address": "Mill Lane 12",
    "accessNote": "Ring at the porter's",
    "latitude": 47.4979,
    "longitude": 19.0402,
    "window": {"earliest": "2026-11-24T11:00:00Z", "latest": "2026-11-24T13:00:00Z", "state": "confirmed"},
    "priority": 1,
    "affected": 200,
    "expectedArrivalAt": "2026-11-24T11:40:00Z",
    "expectedStartAt": "2026-11-24T11:40:00Z",
    "expectedEndAt": "2026-11-24T14:40:00Z",
    "risk": "tight",
    "parts": {"drop_cable": 20},
    "tools": ["splicer"],
    "joined": False,
    "togetherWith": ["Anna Kovács"],
}
VERSION_OUT = {
    **PLAN_OUT,
    "madeBy": "Anna Kovács",
    "publishedBy": None,
    "discardedAt": None,
    "discardedBy": None,
    "partOfPlanId": None,
    "undoneByPlanId": None,
    "undoable": False,
}
