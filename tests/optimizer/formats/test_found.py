"""Solution files of others, and of ours that somebody changed, against their problem."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from optimizer.check import check
from optimizer.formats import Read, Refused, read
from optimizer.formats.answer import Run, answered
from optimizer.formats.found import Found, found
from optimizer.result import Result
from tests.optimizer.formats.files import HOUR, SOLOMON, File, changed, opened, small

NINE, TEN = 9 * HOUR, 10 * HOUR


def step(kind: str, arrival: float, duration: float | None = None, **members: object) -> dict[str, Any]:
    """As VROOM writes it, sums included."""
    made = {"type": kind, "arrival": arrival, "setup": 0, "service": 0, "waiting_time": 0, **members}
    return made if duration is None else made | {"duration": duration}


def plain(*steps: dict[str, Any], vehicle: int = 7, left: tuple[int, ...] = ()) -> bytes:
    """A solution of VROOM's with one route."""
    routes = [{"vehicle": vehicle, "steps": list(steps)}]
    unassigned = [{"id": one, "type": "job"} for one in left]
    return msgspec.json.encode(
        {"code": 0, "summary": {"cost": 1}, "unassigned": unassigned, "routes": routes}
    )


def said(file: Read, text: bytes) -> list[str]:
    """What is wrong, as cause and sentence."""
    result = found(file, text)
    return [f"{v.cause}: {v.says}" for v in result.unknown or check(file.problem, result.result)]


GOOD = (
    step("start", 31_200, 0),
    step("job", 31_800, 600, id=20, service=1_800),
    step("job", 34_200, 1_200, id=22, service=900),
    step("end", 35_700, 1_800),
)


def test_a_true_plain_solution_has_no_violation_and_its_cost_is_worked_out() -> None:
    file = opened(small())
    text = plain(*GOOD, left=(21,))
    assert said(file, text) == []
    result = found(file, text).result
    assert result.cost.travel == 1_800
    assert result.cost.unassigned == file.problem.jobs[1].prize
    assert (result.routes[0].leave, result.routes[0].back) == (31_200, 35_700)


def test_sums_may_be_missing() -> None:
    steps = [{key: value for key, value in one.items() if key != "duration"} for one in GOOD]
    assert said(opened(small()), plain(*steps, left=(21,))) == []


def test_what_is_false_is_named() -> None:
    file = opened(small())
    early = (GOOD[0], GOOD[1] | {"arrival": 31_700}, *GOOD[2:])
    assert said(file, plain(*early, left=(21,))) == [
        "travel: arrives at 31700, 600 s from where it is free at 31200"
    ]
    short = (GOOD[0], GOOD[1] | {"service": 60}, *GOOD[2:])
    assert said(file, plain(*short, left=(21,))) == ["service: lasts 60 s, not 1800 s"]
    far = (GOOD[0], GOOD[1] | {"duration": 500}, GOOD[2] | {"duration": 1_100}, GOOD[3] | {"duration": 1_700})
    assert said(file, plain(*far, left=(21,))) == ["travel: drives 500 s and 0 m, not 600 s and 0 m"]
    assert said(file, plain(*GOOD)) == ["missing: neither in a route nor left out"]
    assert said(file, plain(*GOOD, left=(21, 22))) == ["double: stands in 2 places"]
    assert said(file, plain(*GOOD, vehicle=9, left=(21,))) == ["skill: lacks 1"]
    late = (*GOOD[:2], GOOD[2] | {"waiting_time": 3_600}, GOOD[3] | {"arrival": 39_300})
    assert said(file, plain(*late, left=(21,))) == ["window: starts at 37800, outside its windows"]


def test_what_the_problem_does_not_have_is_named_by_its_id() -> None:
    file = opened(small())
    assert said(file, plain(*GOOD, vehicle=8, left=(21, 99))) == [
        "unknown: there is no vehicle 8",
        "unknown: there is no job 99",
    ]
    stranger = (*GOOD[:2], GOOD[2] | {"id": 98}, GOOD[3])
    assert said(file, plain(*stranger, left=(21,))) == ["unknown: there is no job 98"]


def resting(file: File) -> None:
    """The first vehicle has a break between nine and ten."""
    file["vehicles"][0]["breaks"] = [{"id": 1, "service": 600, "time_windows": [[NINE, TEN]]}]


def rested(at: int, arrival: int) -> bytes:
    """A break of ten minutes between the first job, which ends at 33,600, and the second."""
    return plain(
        *GOOD[:2],
        step("break", 33_600, 600, id=1, service=600, waiting_time=at - 33_600),
        step("job", arrival, 1_200, id=22, service=900),
        step("end", arrival + 1_500, 1_800),
        left=(21,),
    )


def test_a_drive_beside_a_break_lies_where_it_fits() -> None:
    file = opened(changed(resting))
    assert said(file, rested(at=33_600, arrival=34_800)) == []
    assert found(file, rested(at=33_600, arrival=34_800)).result.routes[0].stops[1].arrival == 34_800
    assert said(file, rested(at=34_300, arrival=34_900)) == []
    assert found(file, rested(at=34_300, arrival=34_900)).result.routes[0].stops[1].arrival == 34_200
    assert said(file, rested(at=33_700, arrival=34_800)) == ["break: lies in the drive from 34200 to 34800"]


def test_a_speed_of_its_own_may_cut_off_fractions() -> None:
    def quick(file: File) -> None:
        file["vehicles"][0]["speed_factor"] = 1.29

    file = opened(changed(quick))
    assert file.problem.technicians[0].speed_percent == 129
    steps = (
        step("start", 31_200, 0),
        step("job", 31_665, 465, id=20, service=1_800),
        step("job", 33_930, 930, id=22, service=900),
        step("end", 35_295, 1_395),
    )
    assert said(file, plain(*steps, left=(21,))) == []
    assert found(file, plain(*steps, left=(21,))).result.routes[0].travel_s == 3 * 466
    slow = (steps[0], steps[1] | {"arrival": 31_600}, *steps[2:])
    assert said(file, plain(*slow, left=(21,))) == [
        "travel: arrives at 31600, 466 s from where it is free at 31200"
    ]


def ours() -> tuple[Read, dict[str, Any]]:
    """Our own answer to the small problem, as a tree to change."""
    file = opened(small())
    result = found(file, plain(*GOOD, left=(21,))).result
    return file, msgspec.json.decode(answered(file, result, Run(seed=5)))


def verdict(file: Read, tree: dict[str, Any]) -> Found:
    return found(file, msgspec.json.encode(tree))


def test_a_cost_of_ours_that_was_changed_is_found_out() -> None:
    file, tree = ours()
    tree["line3"]["cost"]["travel"] -= 500
    tree["line3"]["cost"]["total"] -= 500
    [violation] = check(file.problem, verdict(file, tree).result)
    assert violation.says == "travel is 1800.0, not 1300"


def test_a_total_that_is_not_the_sum_is_refused() -> None:
    file, tree = ours()
    tree["line3"]["cost"]["total"] -= 500
    with pytest.raises(Refused, match=r"^line3\.cost\.total: \d+, but the parts are \d+ together$"):
        verdict(file, tree)


def test_the_answer_repeats_what_the_file_said() -> None:
    def described(file: File) -> None:
        file["jobs"][0].update(location=[37.5, 55.5], description="cabinet")
        file["vehicles"][0].update(description="Ada", start=[37.6, 55.6])
        file["jobs"][1]["description"] = "router"

    file = opened(changed(described))
    result = found(file, plain(*GOOD, left=(21,))).result
    tree = msgspec.json.decode(answered(file, result, Run(seed=5, loading_ms=3, solving_ms=1_000)))
    assert tree["code"] == 0
    assert tree["summary"]["computing_times"] == {"loading": 3, "solving": 1_000, "routing": 0}
    assert (tree["summary"]["cost"], tree["summary"]["service"], tree["summary"]["unassigned"]) == (
        1_800,
        2_700,
        1,
    )
    [route] = tree["routes"]
    assert (route["vehicle"], route["description"]) == (7, "Ada")
    assert [one["type"] for one in route["steps"]] == ["start", "job", "job", "end"]
    start, first = route["steps"][:2]
    assert (start["location"], start["location_index"]) == ([37.6, 55.6], 0)
    assert (first["id"], first["location"], first["location_index"]) == (20, [37.5, 55.5], 1)
    assert (first["description"], first["violations"]) == ("cabinet", [])
    [left] = tree["unassigned"]
    assert (left["id"], left["type"], left["description"], left["location_index"]) == (21, "job", "router", 2)
    assert (tree["line3"]["seed"], tree["line3"]["violations"]) == (5, [])
    assert "distance" not in route


def test_the_scale_is_undone_in_what_people_read() -> None:
    file = read(SOLOMON.encode())
    steps = (step("start", 3.6), step("job", 5, id=1, service=10), step("end", 16.4))
    result: Result = found(file, plain(*steps, vehicle=1, left=(2, 3))).result
    assert (result.routes[0].stops[0].start, result.routes[0].back, result.cost.travel) == (50, 164, 28)
    assert check(file.problem, result) == []
    tree = msgspec.json.decode(answered(file, result, Run()))
    assert tree["summary"]["cost"] == 2.8
    assert [one["arrival"] for one in tree["routes"][0]["steps"]] == [3.6, 5, 16.4]
    assert isinstance(tree["routes"][0]["steps"][1]["arrival"], int)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"", "the file is empty"),
        (b"{}", "routes: is missing"),
        (b'{"code": 2, "error": "Invalid vehicles."}', "code: 2, no solution: Invalid vehicles."),
        (b'{"routes": [{"vehicle": 7}]}', "routes[0]: Object missing required field steps"),
        (plain(step("pickup", 5, id=20)), "routes[0].steps[0].type: 'pickup' is not supported"),
        (plain(step("job", 5)), "routes[0].steps[0].id: is missing"),
        (plain(GOOD[1], *[step("break", 5, id=1)] * 2), "routes[0].steps[2]: a second break in one route"),
        (
            plain(GOOD[1] | {"arrival": 1e300}),
            "routes[0].steps[0].arrival: Expected float <= 9007199254740992.0",
        ),
    ],
)
def test_what_is_no_solution_is_refused(text: bytes, line: str) -> None:
    with pytest.raises(Refused) as caught:
        found(opened(small()), text)
    assert str(caught.value) == line
