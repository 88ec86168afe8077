"""What VROOM's JSON means as a problem."""

from __future__ import annotations

import msgspec
import pytest

from optimizer.formats import read
from optimizer.formats.record import Format
from optimizer.problem import Break, Window
from tests.optimizer.formats.files import HOUR, File, changed, opened, small

AGES = 1_700_000_000
"""An instant of 2023."""


def job(number: int, **members: object) -> File:
    """The small file with these members of one job."""
    return changed(lambda file: file["jobs"][number].update(members))


def vehicle(number: int, **members: object) -> File:
    """The small file with these members of one vehicle."""
    return changed(lambda file: file["vehicles"][number].update(members))


def both(**members: object) -> File:
    """The small file with these members of both vehicles."""
    return changed(lambda file: [one.update(members) for one in file["vehicles"]])


def test_jobs_vehicles_and_matrices_are_read_as_they_stand() -> None:
    file = opened(small())
    problem = file.problem
    assert file.format == Format.VROOM
    assert [note.id for note in file.jobs] == [20, 21, 22]
    assert [note.id for note in file.vehicles] == [7, 9]
    assert [one.name for one in problem.jobs] == ["20", "router", "22"]
    assert [(one.place, one.service_s, one.setup_s) for one in problem.jobs] == [
        (1, 1800, 0),
        (2, 1800, 300),
        (3, 900, 0),
    ]
    assert problem.jobs[2].windows == (Window(earliest=9 * HOUR, latest=10 * HOUR),)
    assert problem.jobs[0].skills == problem.technicians[0].skills == {"1"}
    assert (problem.shifts[0].start, problem.shifts[0].end, problem.shifts[0].start_place) == (
        8 * HOUR,
        17 * HOUR,
        0,
    )
    assert problem.travel_s()[1, 3] == 600
    assert not problem.distance_m().any()
    assert not file.has_distances


def test_the_old_matrix_is_that_of_cars() -> None:
    def older(file: File) -> None:
        file["matrix"] = file.pop("matrices")["car"]["durations"]

    assert opened(changed(older)).problem == opened(small()).problem


def test_what_vroom_does_not_know_is_ignored() -> None:
    assert opened(job(0, colour="red", nested={"a": [1, {"b": None}]})).problem == opened(small()).problem


def test_a_higher_priority_outweighs_all_lower_ones_together_and_any_job_outweighs_its_way() -> None:
    def three(file: File) -> None:
        for number, priority in enumerate((0, 1, 100)):
            file["jobs"][number]["priority"] = priority

    low, middle, high = (one.prize for one in opened(changed(three)).problem.jobs)
    assert low >= 2 * 600
    assert middle > 3 * low
    assert high > 50 * middle


def test_deliveries_and_pickups_are_parts_of_which_the_larger_counts() -> None:
    def loaded(file: File) -> None:
        for one in file["vehicles"]:
            one["capacity"] = [4, 1_000_000_000]
        file["jobs"][0]["delivery"] = [1, 5]
        file["jobs"][1].update(delivery=[2, 0], pickup=[3, 0])
        file["jobs"][2]["amount"] = [1, 0]

    problem = opened(changed(loaded)).problem
    assert [one.parts for one in problem.jobs] == [
        {"amount[0]": 1, "amount[1]": 5},
        {"amount[0]": 3},
        {"amount[0]": 1},
    ]
    assert problem.technicians[0].parts == {"amount[0]": 4, "amount[1]": 5}


def test_an_amount_beside_a_pickup_means_nothing() -> None:
    def compatible(file: File) -> None:
        for one in file["vehicles"]:
            one["capacity"] = [4]
        file["jobs"][0].update(amount=[3], pickup=[1])

    assert opened(changed(compatible)).problem.jobs[0].parts == {"amount[0]": 1}


def test_a_most_of_tasks_is_a_part_of_which_each_job_uses_one() -> None:
    problem = opened(vehicle(0, max_tasks=2)).problem
    assert [one.parts for one in problem.jobs] == [{"max_tasks": 1}] * 3
    assert [one.parts for one in problem.technicians] == [{"max_tasks": 2}, {"max_tasks": 3}]


def test_types_of_vehicles_are_levels() -> None:
    problem = opened(job(0, service_per_type={"van": 60})).problem
    assert problem.technicians[1].level == "van"
    assert (problem.jobs[0].service_s, problem.jobs[0].service_by_level) == (1_800, {"van": 60})


def test_a_setup_that_differs_by_type_is_part_of_the_service_where_nobody_else_is() -> None:
    problem = opened(job(1, setup_per_type={"van": 100}, service_per_type={"bike": 50})).problem
    assert (problem.jobs[1].setup_s, problem.jobs[1].service_s) == (0, 2_100)
    assert problem.jobs[1].service_by_level == {"van": 1_900, "bike": 350}


def test_a_setup_that_is_the_same_for_all_types_stays_a_setup() -> None:
    problem = opened(job(1, setup_per_type={"van": 300})).problem
    assert (problem.jobs[1].setup_s, problem.jobs[1].service_by_level) == (300, {})


def test_a_speed_factor_is_a_percentage() -> None:
    assert opened(vehicle(1, speed_factor=1.29)).problem.technicians[1].speed_percent == 129


def test_fixed_costs_and_costs_by_distance_are_weights_if_all_vehicles_have_them() -> None:
    file = both(costs={"fixed": 500, "per_km": 3})
    file["matrices"]["car"]["distances"] = file["matrices"]["car"]["durations"]
    weights = opened(file).problem.weights
    assert (weights.shift_used, weights.distance_per_km, weights.travel) == (500, 3, 1)


def test_a_break_starts_in_its_window_and_ends_within_the_working_hours() -> None:
    rest = {"id": 3, "service": 1_800, "time_windows": [[12 * HOUR, 17 * HOUR]]}
    expected = Break(window=Window(earliest=12 * HOUR, latest=17 * HOUR - 1_800), duration_s=1_800)
    assert opened(vehicle(0, breaks=[rest])).problem.shifts[0].rest == expected
    at_any_time = opened(vehicle(0, breaks=[{"id": 3, "service": 600}])).problem.shifts[0].rest
    assert at_any_time == Break(window=Window(earliest=8 * HOUR, latest=17 * HOUR - 600), duration_s=600)


def test_windows_are_put_in_order_and_those_that_overlap_are_one() -> None:
    windows = (
        opened(job(0, time_windows=[[500, 600], [100, 200], [150, 300], [300, 301]])).problem.jobs[0].windows
    )
    assert [(one.earliest, one.latest) for one in windows] == [(100, 301), (500, 600)]


def test_a_vehicle_without_an_end_stops_at_its_last_job() -> None:
    file = changed(lambda file: file["vehicles"][0].pop("end_index"))
    problem = opened(file).problem
    nowhere = problem.shifts[0].end_place
    assert (nowhere, problem.places) == (4, 5)
    assert problem.shifts[1].end_place == 0
    assert not problem.travel_s()[nowhere].any()
    assert not problem.travel_s()[:, nowhere].any()
    assert problem.travel_s()[1, 2] == 600


def test_a_vehicle_without_hours_has_time_for_everything_alone() -> None:
    file = changed(lambda file: file["vehicles"][1].pop("time_window"))
    shift = opened(file).problem.shifts[1]
    assert shift.start == 0
    assert shift.end >= 10 * HOUR + 1_800 + 2_100 + 900 + 4 * 600
    endless = opened(vehicle(1, time_window=[60, 4_294_967_295])).problem.shifts[1]
    assert (endless.start, endless.end) == (60, shift.end)


def absolute(file: File) -> None:
    """The same day in 2023."""
    for one in file["vehicles"]:
        one["time_window"] = [instant + AGES for instant in one["time_window"]]
    file["jobs"][2]["time_windows"] = [[9 * HOUR + AGES, 10 * HOUR + AGES]]


def test_absolute_times_count_from_a_midnight_before_the_first() -> None:
    found = opened(changed(absolute))
    assert found.origin == (AGES + 8 * HOUR) // 86_400 * 86_400
    assert found.problem.shifts[0].start + found.origin == AGES + 8 * HOUR
    assert found.problem.jobs[2].windows[0].earliest + found.origin == AGES + 9 * HOUR
    unbounded = changed(absolute)
    del unbounded["vehicles"][0]["time_window"]
    assert opened(unbounded).origin == found.origin - 86_400


def test_the_origin_can_be_said() -> None:
    file = changed(absolute)
    file["line3"] = {"origin": AGES}
    found = opened(file)
    assert (found.origin, found.problem.shifts[0].start) == (AGES, 8 * HOUR)


def test_without_matrices_ways_are_straight_lines_with_a_detour_at_a_speed() -> None:
    def mapped(file: File) -> None:
        del file["matrices"]
        for number, one in enumerate(file["jobs"]):
            one["location"] = [37.6 + number / 100, 55.75]
        for one in file["vehicles"]:
            one["start"] = one["end"] = [37.6, 55.75]

    problem = opened(changed(mapped)).problem
    assert problem.places == 3
    assert problem.shifts[0].start_place == problem.jobs[0].place
    metres = problem.distance_m()[problem.jobs[0].place, problem.jobs[1].place]
    assert metres == pytest.approx(1.3 * 627.7, rel=0.01)
    assert problem.travel_s()[problem.jobs[0].place, problem.jobs[1].place] == pytest.approx(
        metres / 8, abs=1
    )
    slow = changed(mapped)
    slow["line3"] = {"detour": 2.0, "speed": 4.0}
    assert opened(slow).problem.travel_s().max() == pytest.approx(
        problem.travel_s().max() * 2 * 2 / 1.3, rel=0.01
    )


def test_steps_are_where_the_search_starts() -> None:
    steps = [
        {"type": "start"},
        {"type": "job", "id": 22},
        {"type": "break", "id": 1},
        {"type": "job", "id": 20},
    ]
    [route] = opened(vehicle(1, steps=steps)).warm
    assert (route.shift, [stop.job for stop in route.stops]) == (1, [2, 0])


def test_our_members_say_what_vroom_has_no_word_for() -> None:
    extra = {
        "skills": ["fibre"],
        "tools": ["ladder"],
        "parts": {"modem": 2},
        "prize": 77,
        "mandatory": True,
        "affected": 40,
        "due": 11 * HOUR,
        "lateness_weight": 3,
        "interruptible": True,
        "excluded": [9],
        "vehicles": [7],
        "published": {"vehicle": 7, "start": 9 * HOUR},
        "frozen": True,
    }
    one = opened(job(0, line3=extra)).problem.jobs[0]
    assert (one.skills, one.tools, one.parts, one.prize) == ({"fibre"}, {"ladder"}, {"modem": 2}, 77)
    assert (one.mandatory, one.affected, one.due, one.lateness_weight) == (True, 40, 11 * HOUR, 3)
    assert (one.interruptible, one.excluded, one.shifts) == (True, {1}, {0})
    assert (one.published_shift, one.published_start, one.frozen) == (0, 9 * HOUR, True)


def test_partners_name_each_other_by_id() -> None:
    file = job(0, line3={"partner": 22})
    file["jobs"][2]["line3"] = {"partner": 20}
    assert [one.partner for one in opened(file).problem.jobs] == [2, None, 0]


def test_a_technician_of_two_shifts_is_listed_once() -> None:
    def listed(file: File) -> None:
        ada = {"id": 3, "name": "Ada", "overtime": 900, "debt": -60, "level": "senior", "speed_factor": 0.5}
        file["line3"] = {"technicians": [ada], "weights": {"duration": 1}, "depots": [{"location_index": 3}]}
        for day, one in enumerate(file["vehicles"]):
            one.update(line3={"technician": 3, "day": day}, skills=[1], type="van")
            one["time_window"] = [(24 * day + 8) * HOUR, (24 * day + 17) * HOUR]

    problem = opened(changed(listed)).problem
    [ada] = problem.technicians
    assert (ada.name, ada.overtime_max_s, ada.debt_s, ada.level, ada.speed_percent) == (
        "Ada",
        900,
        -60,
        "senior",
        50,
    )
    assert [(shift.technician, shift.day) for shift in problem.shifts] == [(0, 0), (0, 1)]
    assert problem.weights.duration == 1
    assert [depot.place for depot in problem.depots] == [3]


def test_what_the_list_of_technicians_leaves_open_their_vehicles_say() -> None:
    def listed(file: File) -> None:
        file["line3"] = {"technicians": [{"id": 3}, {"id": 4, "skills": ["fibre"]}]}
        for number, one in enumerate(file["vehicles"]):
            one.update(line3={"technician": 3 + number}, capacity=[5], type="van", speed_factor=2)
        file["jobs"][0]["delivery"] = [9]

    ada, ben = opened(changed(listed)).problem.technicians
    assert (ada.skills, ada.parts, ada.level, ada.speed_percent) == ({"1"}, {"amount[0]": 5}, "van", 200)
    assert (ben.skills, ben.parts) == ({"fibre"}, {"amount[0]": 5})


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read(b"\xef\xbb\xbf\n" + msgspec.json.encode(small())) == opened(small())
