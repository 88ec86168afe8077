"""The numbers of a period over HTTP: both counts of each measure, benchmarks beside them, and files for a spreadsheet."""

import csv
import io
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.routes.numbers import MeasuresOut
from api.sheets import MARK, cell, sheet
from db.pool import Database
from db.queries import technicians
from db.states import Role
from dispatch.flows import fairness
from dispatch.rules.numbers import MEASURES
from tests.api.conftest import Clock, Desk, with_role
from tests.builders import Town
from tests.dispatch.said import MENDED, out
from tests.dispatch.test_fairness import END, EVENING
from tests.worlds import TODAY, World

DAY = {"from": "2026-11-24", "to": "2026-11-24"}


@pytest.fixture
async def busy(database: Database, world: World, clock: Clock) -> Town:
    """Technician 1 mended one job, 40 minutes past the end of the shift; three worked that day."""
    town = Town(database, world)
    phone, _, visit = await out(town)
    said = [
        phone.say(visit, kind, END - timedelta(minutes=60 - 20 * number))
        for number, kind in enumerate(MENDED)
    ]
    await phone.send(database, said, now=END + timedelta(hours=1))
    clock.now = EVENING
    await town.do(lambda conn: fairness.settle(conn, area_id=world.area_id, now=EVENING))
    return town


def counts(measures: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {name: (one["numerator"], one["denominator"]) for name, one in measures.items()}


@pytest.mark.usefixtures("busy")
async def test_a_day_is_counted_from_what_phones_said(dispatcher: Desk) -> None:
    told = (await dispatcher.get("/v1/numbers", params=DAY)).json()
    shift = 3 * (9 * 60 - 30) * 60
    assert counts(told["total"]) == {
        "firstTimeFix": (1, 1),
        "repeats": (0, 1),
        "timeToRestore": (pytest.approx(11 * 3600, abs=2 * 3600), 1),
        "restoredInTime": (1, 1),
        "promisesKept": (0, 0),
        "noAccess": (0, 1),
        "paidDeclined": (0, 0),
        "visitsPerDay": (1, 3),
        "driving": (20 * 60, shift + 40 * 60),
        "overtime": (40 * 60, 3),
        "churn": (0, 1),
        "changes": (0, 1),
    }
    assert told["total"]["promisesKept"]["value"] is None
    assert told["total"]["visitsPerDay"]["value"] == pytest.approx(1 / 3)
    assert [part["measures"] for part in told["parts"]] == [told["total"]]
    fix = next(one for one in told["benchmarks"] if one["measure"] == "firstTimeFix")
    assert (fix["lowest"], fix["bestHighest"], fix["source"]) == (0.74, 0.9, "field")


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(
    ("by", "labels"),
    [
        ("technician", ["Technician 1", "Technician 2", "Technician 3"]),
        ("kind", ["Equipment failure"]),
        ("district", [""]),
        ("week", [""]),
        ("month", [""]),
    ],
)
async def test_it_is_split_as_asked(dispatcher: Desk, by: str, labels: list[str]) -> None:
    told = (await dispatcher.get("/v1/numbers", params={**DAY, "by": by})).json()
    assert [part["label"] for part in told["parts"]] == labels
    days = told["parts"][0]["measures"]["visitsPerDay"]["denominator"]
    assert days == {"technician": 1, "kind": None, "district": None}.get(by, 3)
    assert told["total"]["visitsPerDay"]["denominator"] == 3


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-11-24"},
        {"from": "2026-11-25", "to": "2026-11-24"},
        {"from": "2025-01-01", "to": "2026-11-24"},
        {"from": "soon", "to": "later"},
        {**DAY, "by": "moon"},
        {"from": "0001-01-01", "to": "0001-01-02"},
        {"from": "9999-12-30", "to": "9999-12-31"},
    ],
)
@pytest.mark.parametrize("path", ["numbers", "numbers.csv", "fairness/history", "fairness/history.csv"])
async def test_a_period_that_makes_no_sense_is_refused(
    dispatcher: Desk, path: str, asked: dict[str, Any]
) -> None:
    answer = await dispatcher.get(f"/v1/{path}", params=asked)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_supervisor_reads_them_and_support_does_not(
    client: httpx.AsyncClient, database: Database, world: World, support: Desk
) -> None:
    supervisor = await with_role(client, database, world, Role.SUPERVISOR)
    assert (await supervisor.get("/v1/numbers", params=DAY)).status_code == 200
    assert (await support.get("/v1/numbers", params=DAY)).status_code == 403


def read(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.headers["content-type"] == "text/csv; header=present; charset=utf-8"
    assert answer.content.startswith(MARK.encode())
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


async def test_the_table_says_what_the_list_says_and_holds_no_formula(busy: Town, dispatcher: Desk) -> None:
    person = busy.world.technicians[0]
    named = '=HYPERLINK("x"), the "first"'
    await busy.do(
        lambda conn: conn.execute(
            "UPDATE technician SET display_name = $1 WHERE technician_id = $2", named, person.technician_id
        )
    )
    asked = {**DAY, "by": "technician"}
    answer = await dispatcher.get("/v1/numbers.csv", params=asked)
    assert answer.headers["content-disposition"] == (
        'attachment; filename="numbers-2026-11-24-2026-11-24-technician.csv"'
    )
    rows = read(answer)
    parts = (await dispatcher.get("/v1/numbers", params=asked)).json()["parts"]
    assert len(rows) == len(parts) == 3
    assert {row["label"] for row in rows} == {f"'{named}", "Technician 2", "Technician 3"}
    for row, part in zip(rows, parts, strict=True):
        assert (row["key"], row["firstOn"], row["lastOn"]) == (part["key"], part["firstOn"], part["lastOn"])
        for name, ratio in part["measures"].items():
            assert row[f"{name}Numerator"] == str(ratio["numerator"])
            assert row[f"{name}Denominator"] == str(ratio["denominator"])
            assert row[name] == ("" if ratio["value"] is None else repr(ratio["value"]))


@pytest.mark.usefixtures("busy")
async def test_the_ledger_by_week_is_the_ledger_by_day_and_a_balance_below_stays_a_number(
    dispatcher: Desk,
) -> None:
    told = (await dispatcher.get("/v1/fairness/history", params={**DAY, "by": "week"})).json()["items"]
    assert [one["burdens"][0]["balanceMinutes"] for one in told] == [27, -13, -13]
    assert {one["burdens"][0]["firstOn"] for one in told} == {"2026-11-23"}
    rows = read(await dispatcher.get("/v1/fairness/history.csv", params={**DAY, "by": "month"}))
    assert [(row["displayName"], row["firstOn"], row["balanceMinutes"]) for row in rows] == [
        ("Technician 1", "2026-11-01", "27"),
        ("Technician 2", "2026-11-01", "-13"),
        ("Technician 3", "2026-11-01", "-13"),
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_a_line_ends_and_a_text_is_quoted_as_the_standard_says() -> None:
    assert sheet(["a", "b"], [['say "x", y', -1], [None, 0.5], ["Ж\nz", TODAY]]) == (
        f'{MARK}a,b\r\n"say ""x"", y",-1\r\n,0.5\r\n"Ж\nz",2026-11-24\r\n'
    )


def test_each_measure_has_its_place_on_the_wire() -> None:
    assert set(MeasuresOut.__struct_fields__) == set(MEASURES)


async def test_who_is_absent_works_no_day(busy: Town, dispatcher: Desk) -> None:
    last = busy.world.technicians[2]
    day = (last.area_id, last.technician_id, TODAY)
    await busy.do(lambda conn: technicians.mark_absent(conn, day))
    told = (await dispatcher.get("/v1/numbers", params=DAY)).json()
    assert told["total"]["visitsPerDay"]["denominator"] == 2
