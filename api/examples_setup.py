"""Examples of setting an area up."""

from typing import Any

from api.specimens import AREA, JOB, OTHER_TECHNICIAN, TECHNICIAN, VISIT

OTHER_AREA = "01935a1c-7a00-7000-8000-000000000031"
PLACE = "01935a1c-7a00-7000-8000-000000000032"
DEPOT = "01935a1c-7a00-7000-8000-000000000033"
ELEMENT = "01935a1c-7a00-7000-8000-000000000034"
SUBSCRIBER = "01935a1c-7a00-7000-8000-000000000035"
STOCK = "01935a1c-7a00-7000-8000-000000000036"
PATTERN = "01935a1c-7a00-7000-8000-000000000037"
PERSON = "01935a1c-7a00-7000-8000-000000000039"
CODE = "AZNaHHoAcACAAAAAAAAAAXH2uIdJ0sRy9k6tQm3Ht0b5xYz8"
ABSENCE = "01935a1c-7a00-7000-8000-00000000003a"
LOAN = "01935a1c-7a00-7000-8000-000000000038"

AREA_IN: dict[str, Any] = {
    "code": "south",
    "name": "Budapest South",
    "timeZone": "Europe/Budapest",
    "currency": "HUF",
    "language": "hu",
    "settings": {
        "planDays": 2,
        "slotMinutes": 120,
        "dispatcherPhone": "+3614000001",
        "supportPhone": "+3614000000",
        "weights": {"outagePerMinute": 6.0, "overtime": 4},
    },
}
PLACE_IN: dict[str, Any] = {
    "address": "Mill Lane 12, Budapest",
    "city": "Budapest",
    "street": "Mill Lane",
    "house": "12",
    "postcode": "1095",
    "latitude": 47.4701,
    "longitude": 19.0732,
    "foundBy": "pin",
}
PLACE_OUT = {**PLACE_IN, "placeId": PLACE, "flat": "", "accessNote": "", "version": 2}
LOCATED = {name: PLACE_IN[name] for name in ("address", "city", "street", "house", "postcode")}
SUBSCRIBER_IN = {
    "contract": "C-100231",
    "holderName": "Jane Doe",
    "language": "en",
    "placeId": PLACE,
    "networkElementId": ELEMENT,
    "phone": "+36301234567",
    "feeMinor": 650000,
}
TECHNICIAN_IN: dict[str, Any] = {
    "login": "bela.nagy",
    "displayName": "Béla Nagy",
    "language": "hu",
    "skills": ["fibre", "splicing"],
    "startPlaceId": PLACE,
    "overtimeMinutes": 60,
    "active": True,
    "phone": "+36301234568",
}
STOCK_IN = {"technicianId": TECHNICIAN, "kind": "part", "code": "ont", "quantity": 14}
HOURS = {
    "start": "08:00",
    "end": "17:00",
    "breakEarliest": "11:30",
    "breakLatest": "13:30",
    "breakMinutes": 45,
    "onCall": False,
}
PATTERN_IN: dict[str, Any] = {
    "name": "Early, Monday to Friday",
    "weeks": 1,
    "firstOn": "2026-11-23",
    "shifts": [{"week": 1, "weekday": weekday, "hours": HOURS} for weekday in range(1, 6)],
    "onHolidays": False,
}
CHOICE = {"technicianId": TECHNICIAN, "fromOn": "2026-11-30", "shiftPatternId": PATTERN, "version": 1}
LOAN_IN = {
    "technicianId": TECHNICIAN,
    "areaIdWorked": OTHER_AREA,
    "firstOn": "2026-12-01",
    "lastOn": "2026-12-04",
    "cancelled": False,
}
LOAN_OUT = {**LOAN_IN, "loanId": LOAN, "version": 1}
WAITING: dict[str, Any] = {
    "visitId": VISIT,
    "jobId": JOB,
    "jobNumber": "7G4M0KT",
    "technicianId": TECHNICIAN,
    "displayName": "Béla Nagy",
    "onDay": "2026-12-01",
    "plannedStartAt": "2026-12-01T15:10:00Z",
    "plannedEndAt": "2026-12-01T16:20:00Z",
}
EXCEPTION_OUT = {"technicianId": TECHNICIAN, "onDay": "2026-12-01", "hours": None, "version": 1}
ABSENCE_IN: dict[str, Any] = {
    "firstOn": "2026-12-01",
    "lastOn": "2026-12-04",
    "reason": "training",
    "hours": {"start": "13:00", "end": "15:00"},
}
ABSENCE_OUT = {
    **{name: ABSENCE_IN[name] for name in ("firstOn", "lastOn", "reason")},
    "absenceId": ABSENCE,
    "technicianId": TECHNICIAN,
    "fromClock": "13:00",
    "untilClock": "15:00",
    "version": 1,
}
HOLIDAY_OUT = {"onDay": "2026-12-25", "name": "Christmas Day", "version": 1}
DAY = {
    "onDay": "2026-11-30",
    "areaIdWorked": AREA,
    "shiftStartAt": "2026-11-30T07:00:00Z",
    "shiftEndAt": "2026-11-30T16:00:00Z",
    "breakEarliestAt": "2026-11-30T10:30:00Z",
    "breakLatestAt": "2026-11-30T12:30:00Z",
    "onCall": False,
    "absent": False,
    "absenceReason": None,
}
KIND_IN: dict[str, Any] = {
    "kind": "cable_break",
    "after": 1,
    "title": {"en": "Cable break", "hu": "Kábelszakadás"},
    "faultClasses": ["cable_break", "trunk_cut"],
    "skills": ["fibre", "splicing"],
    "tools": ["fusion_splicer"],
    "parts": {"splice_sleeve": 12},
    "serviceMinutes": 170,
    "setupMinutes": 5,
    "priority": 2,
    "dueHours": 8,
    "checklist": [{"code": "closure_sealed", "text": {"en": "Closure sealed"}, "required": True}],
    "photos": ["before", "closure"],
    "lineTest": {
        "quantity": "ont_rx_dbm",
        "unit": "dBm",
        "minimum": -27.0,
        "maximum": -8.0,
        "warnBelow": -25.0,
        "warnAbove": -10.0,
    },
    "chargeable": False,
    "interruptible": True,
}
KIND_OUT = {
    **{name: value for name, value in KIND_IN.items() if name != "after"},
    "kindVersion": 2,
    "validFrom": "2026-11-24T11:00:00Z",
}
TARIFF_LINE = {
    "code": "settings_work",
    "text": {"en": "Setting up router and Wi-Fi", "hu": "Router és Wi-Fi beállítása"},
    "amountMinor": 990000,
    "taxBasisPoints": 2700,
}
TARIFF_IN: dict[str, Any] = {"after": 1, "lines": [TARIFF_LINE], "validFrom": "2026-12-31T23:00:00Z"}
TARIFF_OUT = {
    "tariffVersion": 2,
    "currency": "HUF",
    "validFrom": "2026-12-31T23:00:00Z",
    "lines": [TARIFF_LINE],
}
TEXTS = {"en": "If the cause turns out to be yours, the visit costs 4900 HUF."}
AGREED = {"en": "I was shown the prices below and agree to them."}
TERMS_OUT = {
    "termsVersion": 2,
    "texts": TEXTS,
    "callOutMinor": 490000,
    "currency": "HUF",
    "validFrom": "2026-11-24T11:00:00Z",
}
AGREEMENT_OUT = {"agreementVersion": 2, "texts": AGREED, "validFrom": "2026-11-24T11:00:00Z"}
IMPORT_OUT: dict[str, Any] = {
    "kind": "depots",
    "lines": 3,
    "new": 1,
    "changed": 0,
    "unchanged": 1,
    "dropped": 0,
    "written": 0,
    "lookedUp": 2,
    "toLookUp": 0,
    "faults": [
        {
            "line": 4,
            "column": "latitude",
            "code": "invalid",
            "value": "47,1a",
            "sentence": "What stands in “latitude” is not of the form that is needed.",
        }
    ],
}
TABLE = "name;address;latitude;longitude\nNorth;Mill Lane 12;47.4701;19.0732\n"
SKILL_OUT = {"code": "splicing", "name": "Splicing", "version": 1}
PART_OUT = {"code": "ont", "kind": "part", "name": "Optical terminal", "version": 1}
DEPOT_OUT = {"depotId": DEPOT, "name": "North", "placeId": PLACE, "address": "Mill Lane 12", "version": 1}
ELEMENT_IN: dict[str, Any] = {"kind": "cabinet", "name": "C07", "parentId": None, "placeId": PLACE}
ELEMENT_OUT = {**ELEMENT_IN, "networkElementId": ELEMENT, "version": 1}
SUBSCRIBER_OUT = {
    **SUBSCRIBER_IN,
    "subscriberId": SUBSCRIBER,
    "address": "Mill Lane 12, Budapest",
    "version": 1,
}
PERSON_IN = {
    "login": "anna.kiss",
    "displayName": "Anna Kiss",
    "language": "hu",
    "roles": ["dispatcher", "support"],
    "active": True,
}
PERSON_OUT = {**PERSON_IN, "staffId": PERSON, "hasPassword": False, "beyond": False, "version": 1}
TECHNICIAN_OUT = {**TECHNICIAN_IN, "technicianId": TECHNICIAN, "version": 3}
STOCK_OUT = {**STOCK_IN, "stockId": STOCK, "depotId": None, "serial": "", "version": 5}
PATTERN_OUT = {**PATTERN_IN, "shiftPatternId": PATTERN, "version": 1}
WEIGHABLE = {"name": "outagePerMinute", "product": 4.0, "least": 0.0, "most": 600.0, "whole": False}
BURDEN = {"name": "far", "product": 15.0, "least": 0.0, "most": 600.0, "whole": False}
AREA_OUT = {**AREA_IN, "areaId": AREA, "version": 1}
BASE = "/v1/setup"
OF_TECHNICIAN = BASE + "/technicians/{technician_id}"

EXAMPLES_SETUP: dict[tuple[str, str], tuple[Any, Any]] = {
    ("get", f"{BASE}/areas"): (None, {"items": [AREA_OUT], "weights": [WEIGHABLE], "fairness": [BURDEN]}),
    ("put", BASE + "/areas/{setup_area_id}"): (AREA_IN, AREA_OUT),
    ("get", BASE + "/places/{place_id}"): (None, PLACE_OUT),
    ("put", BASE + "/places/{place_id}"): (PLACE_IN, PLACE_OUT),
    ("post", f"{BASE}/located-addresses"): (
        {"address": "Mill Lane 12, Budapest", "language": "en"},
        {"items": [{**LOCATED, "latitude": 47.4701, "longitude": 19.0732}]},
    ),
    ("get", f"{BASE}/depots"): (None, {"items": [DEPOT_OUT]}),
    ("put", BASE + "/depots/{depot_id}"): ({"name": "North", "placeId": PLACE}, DEPOT_OUT),
    ("get", f"{BASE}/network-elements"): (None, {"items": [ELEMENT_OUT]}),
    ("put", BASE + "/network-elements/{network_element_id}"): (ELEMENT_IN, ELEMENT_OUT),
    ("get", f"{BASE}/subscribers"): (None, {"items": [SUBSCRIBER_OUT]}),
    ("put", BASE + "/subscribers/{subscriber_id}"): (SUBSCRIBER_IN, SUBSCRIBER_OUT),
    ("get", f"{BASE}/skills"): (None, {"items": [SKILL_OUT]}),
    ("put", BASE + "/skills/{code}"): ({"name": "Splicing"}, SKILL_OUT),
    ("get", f"{BASE}/technicians"): (None, {"items": [TECHNICIAN_OUT]}),
    ("put", OF_TECHNICIAN): (TECHNICIAN_IN, {"technician": TECHNICIAN_OUT, "waiting": []}),
    ("get", f"{BASE}/staff"): (None, {"items": [PERSON_OUT]}),
    ("put", BASE + "/staff/{staff_id}"): (PERSON_IN, PERSON_OUT),
    ("post", BASE + "/staff/{staff_id}/password-links"): (
        None,
        {"url": f"https://line3.example/board/#/password/{CODE}", "expiresAt": "2026-11-25T08:00:00Z"},
    ),
    ("post", "/v1/password"): (
        {"code": CODE, "password": "four words of your own"},
        {"login": "anna.kiss"},
    ),
    ("get", f"{BASE}/parts"): (None, {"items": [PART_OUT]}),
    ("put", BASE + "/parts/{code}"): ({"kind": "part", "name": "Optical terminal"}, PART_OUT),
    ("get", f"{BASE}/stock"): (None, {"items": [STOCK_OUT]}),
    ("put", BASE + "/stock/{stock_id}"): (STOCK_IN, STOCK_OUT),
    ("get", f"{BASE}/shift-patterns"): (None, {"items": [PATTERN_OUT], "chosen": [CHOICE]}),
    ("put", BASE + "/shift-patterns/{shift_pattern_id}"): (
        PATTERN_IN,
        {"pattern": PATTERN_OUT, "waiting": [WAITING]},
    ),
    ("get", f"{OF_TECHNICIAN}/working-times"): (
        None,
        {
            "today": "2026-11-24",
            "chosen": [CHOICE],
            "exceptions": [EXCEPTION_OUT],
            "loans": [LOAN_OUT],
            "absences": [ABSENCE_OUT],
            "days": [DAY],
        },
    ),
    ("put", OF_TECHNICIAN + "/patterns/{on}"): (
        {"shiftPatternId": PATTERN},
        {"choice": CHOICE, "waiting": []},
    ),
    ("put", OF_TECHNICIAN + "/exceptions/{on}"): (
        {"hours": None},
        {"exception": EXCEPTION_OUT, "waiting": [WAITING]},
    ),
    ("delete", OF_TECHNICIAN + "/exceptions/{on}"): (None, {"items": []}),
    ("post", OF_TECHNICIAN + "/absences/{absence_id}/foreseen"): (ABSENCE_IN, {"items": [WAITING]}),
    ("put", OF_TECHNICIAN + "/absences/{absence_id}"): (
        ABSENCE_IN,
        {"absence": ABSENCE_OUT, "waiting": [WAITING]},
    ),
    ("delete", OF_TECHNICIAN + "/absences/{absence_id}"): (None, {"items": []}),
    ("get", f"{BASE}/holidays"): (None, {"items": [HOLIDAY_OUT]}),
    ("put", BASE + "/holidays/{on}"): (
        {"name": "Christmas Day"},
        {"holiday": HOLIDAY_OUT, "waiting": []},
    ),
    ("delete", BASE + "/holidays/{on}"): (None, {"items": []}),
    ("get", f"{BASE}/loans"): (
        None,
        {"items": [LOAN_OUT], "areas": [{"areaId": OTHER_AREA, "name": "Budapest North"}]},
    ),
    ("put", BASE + "/loans/{loan_id}"): (LOAN_IN, {"loan": LOAN_OUT, "waiting": []}),
    ("get", f"{BASE}/waiting-visits"): (
        None,
        {"items": [{**WAITING, "technicianId": OTHER_TECHNICIAN}]},
    ),
    ("get", f"{BASE}/job-kinds"): (None, {"items": [KIND_OUT]}),
    ("post", f"{BASE}/job-kinds"): (KIND_IN, KIND_OUT),
    ("get", f"{BASE}/tariffs"): (None, {"items": [TARIFF_OUT]}),
    ("post", f"{BASE}/tariffs"): (TARIFF_IN, TARIFF_OUT),
    ("get", f"{BASE}/terms"): (None, {"items": [TERMS_OUT]}),
    ("post", f"{BASE}/terms"): ({"after": 1, "texts": TEXTS, "callOutMinor": 490000}, TERMS_OUT),
    ("get", f"{BASE}/agreements"): (None, {"items": [AGREEMENT_OUT]}),
    ("post", f"{BASE}/agreements"): ({"after": 1, "texts": AGREED}, AGREEMENT_OUT),
    ("post", f"{BASE}/imports/preview"): ({"kind": "depots", "table": TABLE}, IMPORT_OUT),
    ("post", f"{BASE}/imports"): (
        {"kind": "depots", "table": TABLE, "onlyGood": True},
        {**IMPORT_OUT, "written": 1},
    ),
}
"""(method, path) -> (request body, answer), as in `api/examples.py`, which takes them up."""
