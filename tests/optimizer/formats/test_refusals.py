"""What cannot be used is refused in one line that says where and what."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from tests.optimizer.formats.files import HOUR, SOLOMON, TRSP, File, changed, refusal, small

Change = Callable[[File], object]


def jobs(number: int, **members: object) -> Change:
    return lambda file: file["jobs"][number].update(members)


def vehicles(number: int, **members: object) -> Change:
    return lambda file: file["vehicles"][number].update(members)


def top(**members: object) -> Change:
    return lambda file: file.update(members)


def cars(**members: object) -> Change:
    return lambda file: file["matrices"]["car"].update(members)


def entry(row: int, column: int, value: object) -> Change:
    def enter(file: File) -> None:
        file["matrices"]["car"]["durations"][row][column] = value

    return enter


def together(*changes: Change) -> Change:
    def all_of(file: File) -> None:
        for change in changes:
            change(file)

    return all_of


REST = {"id": 1, "service": 600, "time_windows": [[12 * HOUR, 13 * HOUR]]}
OPEN = {"start_index": None, "end_index": None}
CAPACITY = vehicles(0, capacity=[3]), vehicles(1, capacity=[3])
ADA = {"technicians": [{"id": 3}]}

UNSUPPORTED: list[tuple[Change, str]] = [
    (top(shipments=[{"amount": [1]}]), "shipments: are not supported (jobs with delivery or pickup are)"),
    (vehicles(1, max_distance=5), "vehicles[1].max_distance: is not supported"),
    (vehicles(1, max_travel_time=5), "vehicles[1].max_travel_time: is not supported"),
    (vehicles(0, costs={"per_hour": 5}), "vehicles[0].costs.per_hour: other than 3600 is not supported"),
    (vehicles(0, costs={"per_task_hour": 5}), "vehicles[0].costs.per_task_hour: is not supported"),
    (vehicles(1, costs={"fixed": 5}), "vehicles[1].costs: other than those of vehicles[0] are not supported"),
    (
        vehicles(1, profile="bike"),
        "vehicles[1].profile: 'bike' beside 'car': several profiles are not supported (use speed_factor)",
    ),
    (cars(costs=[[1]]), "matrices.car.costs: a cost other than time and distance is not supported"),
    (vehicles(0, breaks=[REST, REST]), "vehicles[0].breaks[1]: more than one break is not supported"),
    (vehicles(0, breaks=[REST | {"max_load": [1]}]), "vehicles[0].breaks[0].max_load: is not supported"),
    (
        vehicles(0, breaks=[REST | {"time_windows": [[1, 2], [3, 4]]}]),
        "vehicles[0].breaks[0].time_windows: 2 windows: one is supported",
    ),
    (
        vehicles(0, steps=[{"type": "pickup", "id": 1}]),
        "vehicles[0].steps[0].type: 'pickup' is not supported",
    ),
    (
        together(vehicles(0, max_tasks=1), top(line3={"depots": [{"location_index": 1}]})),
        "vehicles[0].max_tasks: is not supported together with line3.technicians or line3.depots",
    ),
    (
        together(jobs(0, setup_per_type={"van": 60}), jobs(1, location_index=1)),
        "jobs[0].setup_per_type: differs by type, and another job is at the same place",
    ),
    (
        top(line3={"weights": {"distance_per_km": 1}}),
        "matrices.car.distances: is missing, but a kilometre has a price",
    ),
]

CONTRADICTORY: list[tuple[Change, str]] = [
    (jobs(2, id=20), "jobs[2].id: 20 is that of jobs[0], too"),
    (vehicles(1, id=7), "vehicles[1].id: 7 is that of vehicles[0], too"),
    (jobs(0, location_index=4), "jobs[0].location_index: 4 is no row of 4"),
    (jobs(0, location_index=None), "jobs[0].location_index: is missing, as there are matrices"),
    (vehicles(0, end_index=99), "vehicles[0].end_index: 99 is no row of 4"),
    (vehicles(0, **OPEN), "vehicles[0]: neither start nor end is given"),
    (lambda file: file.pop("matrices"), "jobs[0].location: is missing, as there are no matrices"),
    (
        together(lambda file: file.pop("matrices"), jobs(0, location=[200, 5])),
        "jobs[0].location: [200.0, 5.0] is no longitude and latitude",
    ),
    (cars(durations=[[0]]), "jobs[0].location_index: 1 is no row of 1"),
    (cars(durations=None), "matrices.car.durations: is missing"),
    (vehicles(0, profile="bike") and top(matrices={"bike": {}}), "matrices.car.durations: is missing"),
    (cars(durations=[[0, 1], [1, 0, 1]]), "matrices.car.durations[1]: 3 entries, not 2"),
    (cars(distances=[[0]]), "matrices.car.distances: 1 rows, but durations have 4"),
    (entry(2, 2, 9), "matrices.car.durations[2][2]: 9: from a place to itself is 0"),
    (entry(1, 2, -9), "matrices.car.durations[1][2]: Expected int >= 0"),
    (entry(1, 2, 1 << 40), "matrices.car.durations[1][2]: Expected int <= 31622400"),
    (entry(1, 2, 1.5), "matrices.car.durations[1][2]: Expected int, got float"),
    (jobs(0, service="long"), "jobs[0].service: Expected int, got str"),
    (jobs(0, service=-1), "jobs[0].service: Expected int >= 0"),
    (jobs(0, service=1 << 80), "jobs[0].service: Expected int <= 9007199254740992"),
    (jobs(0, service=40_000_000), "jobs[0].service: 40000000 is not in 0 .. 31622400"),
    (jobs(0, priority=101), "jobs[0].priority: Expected int <= 100"),
    (jobs(0, time_windows=[]), "jobs[0].time_windows: is empty (leave it out for any time)"),
    (jobs(0, time_windows=[[1, 2], [9, 8]]), "jobs[0].time_windows[1]: ends at 8, before 9"),
    (jobs(0, time_windows=[[1]]), "jobs[0].time_windows[0]: Expected array of length 2"),
    (jobs(0, delivery=[1]), "jobs[0].delivery: 1 amounts, but a vehicle's capacity has 0"),
    (
        together(CAPACITY[0], vehicles(1, capacity=[1, 2])),
        "vehicles[1].capacity: 2 amounts, but a vehicle's capacity has 1",
    ),
    (
        together(*CAPACITY, jobs(1, pickup=[2_000_000])),
        "jobs[1].pickup: 2000000 is not in 0 .. 1000000",
    ),
    (vehicles(0, time_window=[9, 8]), "vehicles[0].time_window: 8 is not in 9 .. 31622400"),
    (vehicles(0, speed_factor=0), "vehicles[0].speed_factor: 0 is not in 0.01 .. 100"),
    (vehicles(0, breaks=[{"service": 1}]), "vehicles[0].breaks[0]: Object missing required field id"),
    (
        vehicles(0, breaks=[{"id": 1, "service": 40_000}]),
        "vehicles[0].breaks[0]: does not fit into the vehicle's time_window",
    ),
    (vehicles(0, steps=[{"type": "job", "id": 5}]), "vehicles[0].steps[0].id: there is no job 5"),
    (
        together(
            vehicles(0, steps=[{"type": "job", "id": 20}]), vehicles(1, steps=[{"type": "job", "id": 20}])
        ),
        "vehicles[1].steps[0].id: job 20 stands in steps twice",
    ),
    (jobs(0, line3={"partnr": 3}), "jobs[0].line3: Object contains unknown field partnr"),
    (jobs(0, line3={"partner": 3}), "jobs[0].line3.partner: there is no job 3"),
    (jobs(0, line3={"partner": 20}), "jobs[0].line3.partner: 0 is no other job"),
    (jobs(0, line3={"excluded": [7, 3]}), "jobs[0].line3.excluded[1]: there is no technician 3"),
    (jobs(0, line3={"vehicles": [3]}), "jobs[0].line3.vehicles[0]: there is no vehicle 3"),
    (jobs(0, line3={"published": {"vehicle": 3}}), "jobs[0].line3.published.vehicle: there is no vehicle 3"),
    (jobs(0, line3={"frozen": True}), "jobs[0].line3.frozen: needs published.vehicle and published.start"),
    (jobs(0, line3={"affected": -3}), "jobs[0].line3.affected: -3 is not in 0 .. 1000000"),
    (vehicles(0, line3={"overtime": -3}), "vehicles[0].line3.overtime: -3 is not in 0 .. 31622400"),
    (vehicles(0, line3={"day": 999}), "vehicles[0].line3.day: 999 is not in 0 .. 366"),
    (vehicles(0, line3={"technician": 3}), "vehicles[0].line3.technician: there are no line3.technicians"),
    (top(line3=ADA), "vehicles[0].line3.technician: is missing, as there are line3.technicians"),
    (
        together(top(line3=ADA), vehicles(0, line3={"technician": 3, "overtime": 9})),
        "vehicles[0].line3.technician: stands beside what belongs into line3.technicians",
    ),
    (
        together(top(line3=ADA), vehicles(0, line3={"technician": 3}), vehicles(1, line3={"technician": 3})),
        "vehicles[1]: skills, type, capacity or speed_factor are not those of vehicles[0], the same technician",
    ),
    (
        together(top(line3=ADA), vehicles(0, line3={"technician": 4})),
        "vehicles[0].line3.technician: there is no technician 4",
    ),
    (
        top(line3={"technicians": [{"id": 3, "debt": 1 << 60}]}),
        "vehicles[0].line3.technician: is missing, as there are line3.technicians",
    ),
    (
        top(line3={"technicians": [{"id": 3}, {"id": 3}]}),
        "line3.technicians[1].id: 3 is that of line3.technicians[0], too",
    ),
    (top(line3={"weights": {"travel": -1}}), "line3.weights.travel: -1 is not in 0 .. 1000000"),
    (top(line3={"weights": {"petrol": 1}}), "line3.weights: Object contains unknown field petrol"),
    (top(line3={"depots": [{"location_index": 9}]}), "line3.depots[0].location_index: 9 is no row of 4"),
    (top(line3={"speed": 0}), "line3.speed: Expected float >= 0.1"),
    (lambda file: file.pop("vehicles"), "Object missing required field vehicles"),
    (top(jobs={}), "jobs: Expected array, got object"),
]


@pytest.mark.parametrize(
    ("change", "line"),
    UNSUPPORTED + CONTRADICTORY,
    ids=[line[:60] for _, line in UNSUPPORTED + CONTRADICTORY],
)
def test_a_file_of_vrooms_is_refused_where_it_is_wrong(change: Change, line: str) -> None:
    assert refusal(changed(change)) == line


SMALL = msgspec.json.encode(small())
TEXTS: list[tuple[bytes, str]] = [
    (b"", "the file is empty"),
    (b" \n\t ", "the file is empty"),
    (b"\xef\xbb\xbf", "the file is empty"),
    (b"\x89PNG\r\n\x1a\n", "byte 0: is not UTF-8"),
    (b"PK\x03\x04 and so on", "is neither VROOM's JSON nor Solomon's nor TRSP text"),
    (SMALL[:-20], "JSON was truncated"),
    (SMALL + b"}", f"byte {len(SMALL) + 1}: JSON is malformed: trailing characters"),
    (SMALL.replace(b":1800", b":NaN", 1), "byte 220: JSON is malformed: invalid character"),
    (SMALL.replace(b"1800", b"1e999", 1), "jobs[0].service: Number out of range"),
    (SMALL.replace(b"1800", b"9" * 5_000, 1), "jobs[0].service: Integer value out of range"),
    (b'{"deep": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply"),
    (b"[1, 2]", "Expected object, got array"),
    (
        SMALL.replace(b"router", b"\\ud800"),
        "byte 315: JSON is malformed: unexpected end of escaped utf-16 surrogate pair",
    ),
    (SOLOMON.replace("2      2         0", "x      2         0").encode(), "line 12: 'x' is no number"),
    (
        SOLOMON.replace("         3          5", "         nan        5").encode(),
        "line 11: 'nan' is too large",
    ),
    (
        SOLOMON.replace("         3          5", "         1e300      5").encode(),
        "line 11: '1e300' is too large",
    ),
    (
        SOLOMON.replace("         3          5", "         3.5        5").encode(),
        "line 11: demand 3.5 is no whole number in 0 .. 1e+06",
    ),
    (
        SOLOMON.replace("         3          5", "         -3         5").encode(),
        "line 11: demand -3 is no whole number in 0 .. 1e+06",
    ),
    (
        SOLOMON.replace("          5         40", "          50        40").encode(),
        "line 11: ready at 50, due at 40, service of 10",
    ),
    (SOLOMON.replace("    2      2", "    1      2").encode(), "line 12: customer 1 stands here twice"),
    (
        SOLOMON.replace("  25          10", "   0          10").encode(),
        "line 5: number of vehicles 0 is no whole number in 1 .. 1e+09",
    ),
    (
        SOLOMON.replace("  25          10", "").encode(),
        "line 3: VEHICLE needs the heading NUMBER CAPACITY and one line of numbers",
    ),
    (SOLOMON[: SOLOMON.index("    1      1")].encode(), "a depot and at least one customer are needed"),
    (SOLOMON[: SOLOMON.index("CUST NO.")].encode(), "line 7: CUSTOMER needs the heading CUST NO. ..."),
    (SOLOMON[:-20].encode(), "line 13: 5 columns, not 7"),
    (SOLOMON.replace("  0         2  ", "  9e8       2  ").encode(), "distances or instants above 3162240"),
    (TRSP.replace("2      2       2       2", "2      2").encode(), "line 5: 2 columns, not 4"),
    (
        TRSP.replace("2      2       2       2", "9      2       2       2").encode(),
        "5 nodes: a depot, a crew of 9 and a request are needed",
    ),
    (TRSP.replace("[0,1]", "[0,7]").encode(), "line 11: skill 7 is no whole number in 0 .. 1"),
    (TRSP.replace("[0,2]", "[0]").encode(), "line 11: 1 counts of parts, not 2"),
    (TRSP.replace("[0,2]", "[0,2").encode(), "line 11: six numbers and three lists in brackets are needed"),
    (TRSP.replace("4    9    1", "3    9    1").encode(), "line 13: 3 stands here twice"),
    (TRSP.replace("20      40", "50      40").encode(), "line 12: from 50 to 40, service of 10"),
    (
        TRSP.replace("10    0     0      100", "10    0     0      1e8").encode(),
        "distances or instants above 31622",
    ),
]


@pytest.mark.parametrize(
    ("text", "line"), TEXTS, ids=[f"{n} {line[:50]}" for n, (_, line) in enumerate(TEXTS)]
)
def test_a_text_is_refused_where_it_is_wrong(text: bytes, line: str) -> None:
    assert refusal(text) == line


def test_more_places_than_fit_into_the_memory_are_refused() -> None:
    rows = "".join(f"{n} {n % 997} {n // 997} 1 0 900 1\n" for n in range(5_001))
    assert (
        refusal((SOLOMON[: SOLOMON.index("    0      0")] + rows).encode())
        == "more than 5000 places need matrices"
    )
    spots = [{"id": n, "location": [n / 1_000, 1]} for n in range(5_001)]
    file = {"vehicles": [{"id": 1, "start": [1, 1]}], "jobs": spots}
    assert refusal(file) == "jobs[5000].location: more than 5000 places need matrices"


def test_a_matrix_is_not_made_before_its_rows_are_there() -> None:
    rows = b"[" + b",".join([b"[]"] * 300_000) + b"]"
    text = SMALL[:-1] + b', "matrix": ' + rows + b"}"
    text = text.replace(b'"matrices"', b'"old"')
    assert refusal(text) == "matrix[0]: 0 entries, not 300000"


def test_what_a_message_repeats_of_a_file_is_short_and_printable() -> None:
    line = refusal(changed(jobs(0, line3={"parts": {"x\n\x1b[31m" * 1_000: -1}})))
    assert line.startswith("jobs[0].line3.parts['x")
    assert len(line) < 500
