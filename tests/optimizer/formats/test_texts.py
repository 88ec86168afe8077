"""What Solomon's and TRSP texts mean as problems, small ones and the real ones."""

from __future__ import annotations

import csv
import math

import pytest

from optimizer.check import check
from optimizer.formats import Read, read
from optimizer.formats.record import Format, Objective
from optimizer.problem import Window
from optimizer.refit import refit
from optimizer.result import Route, Stop
from tests.optimizer.formats.files import DATA, SOLOMON, TRSP, needs_data, real

C101 = (
    (5, 3, 7, 8, 10, 11, 9, 6, 4, 2, 1, 75),
    (13, 17, 18, 19, 15, 16, 14, 12),
    (20, 24, 25, 27, 29, 30, 28, 26, 23, 22, 21),
    (32, 33, 31, 35, 37, 38, 39, 36, 34),
    (43, 42, 41, 40, 44, 46, 45, 48, 51, 50, 52, 49, 47),
    (57, 55, 54, 53, 56, 58, 60, 59),
    (67, 65, 63, 62, 74, 72, 61, 64, 68, 66, 69),
    (81, 78, 76, 71, 70, 73, 77, 79, 80),
    (90, 87, 86, 83, 82, 84, 85, 88, 89, 91),
    (98, 96, 95, 94, 92, 93, 97, 100, 99),
)
"""The best known routes, proven optimal."""


def ordered(file: Read, rows: tuple[tuple[int, ...], ...]) -> list[Route]:
    """Jobs by their ids, one row a shift, without times."""
    index = {note.id: number for number, note in enumerate(file.jobs)}
    return [
        Route(
            shift=shift,
            leave=0,
            back=0,
            stops=tuple(
                Stop(job=index[one], arrival=0, start=0, end=0, travel_s=0, distance_m=0) for one in row
            ),
        )
        for shift, row in enumerate(rows)
    ]


def test_distances_are_cut_off_after_one_decimal_for_distance() -> None:
    file = read(SOLOMON.encode())
    problem = file.problem
    assert (file.format, file.scale, file.objective) == (Format.SOLOMON, 10, Objective.DISTANCE)
    assert problem.travel_s().tolist() == [[0, 14, 20, 20], [14, 0, 14, 14], [20, 14, 0, 28], [20, 14, 28, 0]]
    assert problem.distance == problem.travel
    assert problem.jobs[0].windows == (Window(earliest=50, latest=400),)
    assert [one.service_s for one in problem.jobs] == [100, 100, 100]
    assert all(one.mandatory for one in problem.jobs)
    assert [note.id for note in file.jobs] == [1, 2, 3]
    assert (problem.shifts[0].start, problem.shifts[0].end, problem.weights.shift_used) == (0, 1_000, 0)


def test_distances_are_rounded_up_to_thousandths_for_vehicles_and_a_vehicle_outweighs_them() -> None:
    file = read(SOLOMON.encode(), objective="vehicles")
    problem = file.problem
    assert (file.scale, problem.travel_s()[0].tolist()) == (1_000, [0, 1_415, 2_000, 2_000])
    assert problem.weights.shift_used > 2 * problem.travel_s()[0].sum()


def test_the_demand_is_a_part_and_no_more_vehicles_are_made_than_customers() -> None:
    problem = read(SOLOMON.encode()).problem
    assert [one.parts for one in problem.jobs] == [{"demand": 3}, {"demand": 7}, {"demand": 1}]
    assert [one.parts for one in problem.technicians] == [{"demand": 10}] * 3


def test_whole_distances_are_exact_either_way_and_roots_are_rounded_as_said() -> None:
    points = "".join(f"{n} {n * n % 613} {n * 7 % 401} 1 0 900 1\n" for n in range(400))
    text = (SOLOMON[: SOLOMON.index("    0      0")] + points).encode()
    tenths = read(text).problem.travel_s().tolist()
    thousandths = read(text, objective="vehicles").problem.travel_s().tolist()
    for a in range(0, 400, 7):
        for b in range(400):
            squared = (a * a % 613 - b * b % 613) ** 2 + (a * 7 % 401 - b * 7 % 401) ** 2
            assert tenths[a][b] == math.isqrt(100 * squared)
            assert thousandths[a][b] == (math.isqrt(1_000_000 * squared - 1) + 1 if squared else 0)


def test_a_crew_has_homes_skills_tools_and_parts_and_a_depot() -> None:
    file = read(TRSP.encode())
    problem = file.problem
    assert (file.format, file.scale) == (Format.TRSP, 1_000)
    assert [note.id for note in file.vehicles] == [1, 2]
    assert [note.id for note in file.jobs] == [3, 4]
    ada, ben = problem.technicians
    assert (ada.skills, ada.tools, ada.parts) == ({"0"}, {"0"}, {"0": 1})
    assert (ben.skills, ben.tools, ben.parts) == ({"0", "1"}, set(), {"1": 2})
    assert [(shift.start_place, shift.end_place, shift.end) for shift in problem.shifts] == [
        (1, 1, 100_000),
        (2, 2, 100_000),
    ]
    assert problem.jobs[0].windows == (Window(earliest=20_000, latest=40_000),)
    assert (problem.jobs[1].skills, problem.jobs[1].tools, problem.jobs[1].service_s) == (
        {"1"},
        {"1"},
        10_000,
    )
    assert [depot.place for depot in problem.depots] == [0]
    assert (problem.weights.travel, problem.weights.duration) == (0, 1)
    assert problem.travel_s()[1, 3] == math.ceil(1_000 * math.sqrt(2))


def published() -> dict[str, list[str]]:
    """Best known values by instance: distance, vehicles, distance with fewest vehicles."""
    with (DATA / "vrptw" / "best-known.csv").open() as lines:
        return {name: values for name, *values in csv.reader(lines)}


@needs_data()
def test_every_real_instance_is_read_for_both_objectives() -> None:
    best = published()
    for path in real("vrptw/C*.txt") + real("vrptw/R*.txt"):
        plain = read(path.read_bytes()).problem
        problem = read(path.read_bytes(), objective="vehicles").problem
        assert len(plain.jobs) == len(problem.jobs) in (100, 200, 400, 1_000)
        assert plain.weights.shift_used == 0
        assert problem.weights.shift_used > 1.5 * 1_000 * float(best[path.stem][2])


@needs_data()
def test_every_real_crew_is_read() -> None:
    for path in real("trsp/*.txt"):
        problem = read(path.read_bytes()).problem
        assert (len(problem.technicians), len(problem.jobs), len(problem.depots)) == (25, 100, 1)
        assert all(len(job.skills) == 1 for job in problem.jobs)


@needs_data()
@pytest.mark.parametrize(("objective", "column"), [("distance", 0), ("vehicles", 2)])
def test_the_best_known_routes_cost_what_is_published(objective: str, column: int) -> None:
    best = published()["C101"]
    file = read((DATA / "vrptw" / "C101.txt").read_bytes(), objective=objective)
    result = refit(file.problem, ordered(file, C101))
    assert check(file.problem, result) == []
    assert result.unassigned == ()
    assert len(result.routes) == int(best[1])
    assert file.shown(result.cost.travel) == pytest.approx(float(best[column]), abs=0.06)
    assert [len(route.stops) for route in result.routes] == [len(row) for row in C101]
