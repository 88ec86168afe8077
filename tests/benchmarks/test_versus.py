"""The comparison itself: what solvers are told, what they say, and that the oracle has the last word.

Peers are not installed with line3: their tests skip, saying how to get them.
"""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from optimizer.check import Cause, check
from optimizer.cities import Shape
from optimizer.days import Weather, day
from optimizer.problem import Depot, Job, Problem, Shift, Technician, Weights, Window, pack
from tests.benchmarks.versus import files, race
from tests.benchmarks.versus.__main__ import main
from tests.benchmarks.versus.figures import groups
from tests.benchmarks.versus.instances import DATA, Family, instances, problem
from tests.benchmarks.versus.judge import judged, rebuilt
from tests.benchmarks.versus.plot import drawn
from tests.benchmarks.versus.solvers import SOLVERS, Solver
from tests.benchmarks.versus.store import Line, Store
from tests.benchmarks.versus.tables import tables
from tests.benchmarks.versus.terms import Budget, Found, Row, Terms
from tests.benchmarks.versus.told import CannotBeTold, Trait, common, dark, horizon, told, traits
from tests.optimizer.worlds import small_town

ROOT = Path(__file__).parents[2]
HOUR = 3_600
NO_SKILLS = frozenset[str]()
BY_KEY = {solver.key: solver for solver in SOLVERS}


def street(*, weights: Weights | None = None, depots: tuple[Depot, ...] = (), **changes: object) -> Problem:
    """Homes at 0 and 1 at its two ends, six houses in between, ten minutes from each to the next. Ada, at 0, has the skill
    and one part; Ben, at 1, has two. The house at 7 is for nobody: its skill is missing."""
    spots = np.array([0, 70, 10, 20, 30, 40, 50, 60])
    minutes = np.abs(spots[:, None] - spots[None])
    part, fibre = {"modem": 1}, frozenset({"fibre"})
    jobs = [
        Job(name="fibre near Ben", place=6, service_s=HOUR, prize=50_000, skills=fibre),
        Job(name="modem", place=2, service_s=HOUR, prize=50_000, parts=part),
        Job(name="modem again", place=3, service_s=HOUR, prize=50_000, parts=part),
        Job(name="plain", place=4, service_s=HOUR, prize=50_000),
        Job(
            name="promised",
            place=5,
            service_s=HOUR,
            prize=50_000,
            windows=(Window(earliest=13 * HOUR, latest=14 * HOUR),),
        ),
        Job(name="for nobody", place=7, service_s=HOUR, prize=9_000, skills=frozenset({"mast"})),
    ]
    made = Problem(
        technicians=(
            Technician(name="Ada", skills=fibre, parts={"modem": 1}),
            Technician(name="Ben", parts={"modem": 2}),
        ),
        shifts=tuple(
            Shift(name=str(n), technician=n, day=0, start=8 * HOUR, end=17 * HOUR, start_place=n, end_place=n)
            for n in range(2)
        ),
        jobs=tuple(msgspec.structs.replace(job, **changes) for job in jobs),
        places=8,
        travel=pack(minutes * 60),
        distance=pack(minutes * 500),
        weights=weights or Weights(),
        depots=depots,
    )
    made.verify()
    return made


def answer(solver: Solver, whole: Problem, seconds: float = 1.0, setting: str | None = None) -> race.Run:
    """In a fresh process of the environment that has the peers; skips where it has not."""
    apart = ROOT / ".cache/versus/venv/bin/python"
    heard = told(whole, solver.words)
    terms = Terms(
        problem=heard,
        solver=solver.key,
        setting=setting or solver.settings(heard)[0],
        seed=1,
        seconds=seconds,
        cpu_seconds=2 * seconds,
        threads=2,
    )
    try:
        return race.run(solver, terms, 1, str(apart)) if apart.exists() else race.run(solver, terms, 1)
    except race.Broken as broken:
        if "not installed" in str(broken):
            pytest.skip(f"{broken}; without it, nothing is compared with {solver.name}")
        raise


EACH = pytest.mark.parametrize("solver", SOLVERS, ids=[solver.key for solver in SOLVERS])


@EACH
def test_each_solver_understands_skills_parts_windows_and_prizes(solver: Solver) -> None:
    """Ada must do what needs her skill at Ben's end of the street, and one modem of the two at her own end."""
    whole = street()
    run = answer(solver, whole)
    verdict = judged(whole, told(whole, solver.words), run.found)
    assert not verdict.violations
    assert verdict.agrees, (verdict.own_cost, verdict.told_cost)
    assert verdict.left_out == 1
    # The best there is, by hand: Ada to 50 and back with all on her way but the second modem, Ben to that one and back.
    assert verdict.total == 9_000 + 60 * (100 + 100)
    assert run.cpu_seconds < 4 and run.version


@EACH
def test_each_solver_can_be_asked_for_few_rounds_first(solver: Solver) -> None:
    whole = street(weights=Weights(shift_used=100_000), skills=NO_SKILLS, parts={})
    verdict = judged(whole, whole, answer(solver, whole).found)
    assert not verdict.violations and verdict.agrees
    assert (verdict.rounds, verdict.left_out) == (1, 0)


@pytest.mark.parametrize("key", ["pyvrp", "ortools"])
def test_who_can_be_told_of_a_depot_passes_by_it_for_what_is_missing(key: str) -> None:
    """Alone, Ada has one modem and no splicer: by the depot, in the middle of the street, she can do everything."""
    whole = street(weights=Weights(travel=0, duration=1), depots=(Depot(place=4, service_s=600),))
    jobs = [msgspec.structs.replace(job, skills=NO_SKILLS, mandatory=True) for job in whole.jobs]
    jobs[3] = msgspec.structs.replace(jobs[3], tools=frozenset({"splicer"}))
    whole = msgspec.structs.replace(
        whole, jobs=tuple(jobs), technicians=whole.technicians[:1], shifts=whole.shifts[:1]
    )
    found = answer(BY_KEY[key], whole).found
    verdict = judged(whole, whole, found)
    assert not verdict.violations and verdict.agrees and not verdict.left_out
    assert [row.depot for row in found.rows] == [0]
    # Six hours of work, two of driving, ten minutes at the depot, and the promised window is on the way.
    assert verdict.total == 6 * HOUR + 2 * HOUR + 600


@pytest.mark.parametrize("key", ["ours", "ortools"])
def test_who_can_be_told_of_an_outage_goes_there_first(key: str) -> None:
    whole = street(skills=NO_SKILLS, parts={}, windows=())
    jobs = [msgspec.structs.replace(job, affected=400 if job.place == 7 else 0) for job in whole.jobs]
    whole = msgspec.structs.replace(
        whole, jobs=tuple(jobs), technicians=whole.technicians[:1], shifts=whole.shifts[:1]
    )
    found = answer(BY_KEY[key], whole).found
    verdict = judged(whole, whole, found)
    assert not verdict.violations and verdict.agrees
    assert [whole.jobs[row.jobs[0]].place for row in found.rows] == [7]
    assert verdict.outage_minutes == 400 * (8 * 60 + 60 + 60)


@EACH
def test_each_solver_does_a_made_up_day_without_a_violation(solver: Solver) -> None:
    whole = common(day(40, 8, shape=Shape.RIVER, weather=Weather.BUSY, seed=1))
    verdict = judged(whole, told(whole, solver.words), answer(solver, whole).found)
    assert not verdict.violations and verdict.agrees
    assert verdict.left_out < 20


def test_a_solver_that_is_not_there_says_how_to_get_it() -> None:
    nobody = BY_KEY["ours"]._replace(key="nobody")
    terms = Terms(problem=street(), solver="nobody", setting="", seed=0, seconds=1, cpu_seconds=1, threads=1)
    with pytest.raises(race.Broken, match="not installed.*make peers"):
        race.run(nobody, terms)


# --- what solvers are told ----------------------------------------------------------------------------------


def test_a_common_day_holds_nothing_that_a_peer_cannot_be_told() -> None:
    rich = day(300, 40, shape=Shape.CENTRE, weather=Weather.STORM, seed=1)
    plain = common(rich)
    plain.verify()
    assert traits(rich) == frozenset(Trait) - {Trait.DURATION, Trait.SHIFTS, Trait.PUBLISHED}
    assert not traits(plain)
    assert [job.prize for job in plain.jobs] == [job.prize for job in rich.jobs]
    assert all(told(plain, solver.words) == plain for solver in SOLVERS)


def test_an_outage_is_told_as_a_prize_to_who_has_no_other_word_for_it() -> None:
    whole = dark(day(100, 12, shape=Shape.CENTRE, weather=Weather.STORM, seed=1))
    assert traits(whole) == {Trait.OUTAGE}
    assert told(whole, frozenset({Trait.OUTAGE})) == whole
    heard = told(whole, frozenset())
    out = (Row(shift=0, jobs=()),)
    assert rebuilt(heard, out).cost.total == pytest.approx(rebuilt(whole, out).cost.total, abs=100)
    assert not traits(heard)


def test_what_cannot_be_told_is_refused_by_name() -> None:
    with pytest.raises(CannotBeTold, match="breaks, due instants"):
        told(small_town(), BY_KEY["vroom"].words)


def test_each_trait_is_seen_alone() -> None:
    plain = common(day(20, 3, shape=Shape.CENTRE, weather=Weather.CALM, seed=1))

    def with_job(**changes: object) -> Problem:
        return msgspec.structs.replace(
            plain, jobs=(msgspec.structs.replace(plain.jobs[0], **changes), *plain.jobs[1:])
        )

    def with_technician(**changes: object) -> Problem:
        return msgspec.structs.replace(
            plain,
            technicians=(
                msgspec.structs.replace(plain.technicians[0], **changes),
                *plain.technicians[1:],
            ),
        )

    noon = Window(earliest=0, latest=9), Window(earliest=20, latest=30)
    alone = {
        Trait.TOOLS: with_job(tools=frozenset({"ladder"})),
        Trait.WINDOWS: with_job(windows=noon),
        Trait.SETUP: with_job(setup_s=60),
        Trait.LEVELS: with_job(service_by_level={"new": 60}),
        Trait.OUTAGE: with_job(affected=1),
        Trait.LATENESS: with_job(due=0),
        Trait.PARTNERS: with_job(partner=1),
        Trait.LOCKS: with_job(excluded=frozenset({0})),
        Trait.PUBLISHED: with_job(published_shift=0),
        Trait.SPEEDS: with_technician(speed_percent=90),
        Trait.OVERTIME: with_technician(overtime_max_s=60),
        Trait.DEPOTS: msgspec.structs.replace(plain, depots=(Depot(place=0),)),
        Trait.METRES: msgspec.structs.replace(plain, weights=Weights(distance_per_km=1)),
        Trait.DURATION: msgspec.structs.replace(plain, weights=Weights(duration=1)),
        Trait.SHIFTS: msgspec.structs.replace(plain, weights=Weights(shift_used=1)),
        Trait.FAIRNESS: msgspec.structs.replace(plain, weights=Weights(unfairness=1)),
    }
    for trait, changed in alone.items():
        assert traits(changed) == {trait}
    assert {*alone, Trait.BREAKS} == set(Trait)


# --- what they say ------------------------------------------------------------------------------------------


def test_orders_are_timed_as_the_oracle_wants_them() -> None:
    whole = street(setup_s=300)
    result = rebuilt(whole, [Row(shift=0, jobs=(1, 3, 4, 0)), Row(shift=1, jobs=(2,))])
    assert check(whole, result) == []
    assert result.routes[0].stops[2].start == 13 * HOUR
    assert [left.job for left in result.unassigned] == [5]


def test_a_round_is_put_off_where_being_away_has_a_price() -> None:
    whole = street(weights=Weights(duration=1, travel=0))
    result = rebuilt(whole, [Row(shift=0, jobs=(4,))])
    assert check(whole, result) == []
    assert result.cost.duration == HOUR + 2 * 40 * 60
    assert result.routes[0].stops[0].start == 13 * HOUR


def test_the_oracle_sees_what_a_solver_was_wrong_about() -> None:
    whole = street()
    rows = (Row(shift=1, jobs=(0, 4, 3)), Row(shift=0, jobs=(1, 2)))
    verdict = judged(whole, whole, Found(rows=rows, cost=1.0))
    assert not verdict.agrees
    causes = {Cause(line.split()[0]) for line in verdict.violations}
    assert causes == {Cause.SKILL, Cause.PART}
    late = judged(whole, whole, Found(rows=(Row(shift=0, jobs=(4, 1, 3, 0)),), cost=1.0))
    assert {line.split()[0] for line in late.violations} == {Cause.OVERTIME}


def test_time_is_counted_over_threads_and_processes() -> None:
    terms = Terms(
        problem=street(), solver="ours", setting="", seed=0, seconds=60, cpu_seconds=0.05, threads=1
    )
    budget = Budget(terms)
    assert not budget.over()
    while not budget.over():
        sum(range(1000))
    assert budget.cpu() >= 0.05 and budget.elapsed() < 60


# --- what becomes of it -------------------------------------------------------------------------------------


def line(solver: str, instance: str, setting: str = "a", seed: int = 0, total: int = 100) -> Line:
    whole = street()
    verdict = judged(whole, whole, Found(rows=(Row(shift=0, jobs=(1,)),), cost=0))
    cost = {**verdict.cost, "travel": total}
    return Line(
        family=Family.DAYS,
        instance=instance,
        group="g",
        solver=solver,
        setting=setting,
        seed=seed,
        seconds=1,
        verdict=msgspec.structs.replace(verdict, total=total, cost=cost),
        cpu_s=2,
        wall_s=1,
        trace=((0.2, 2.0 * total), (0.5, float(total))),
    )


def test_results_are_kept_and_a_line_cut_short_is_forgotten(tmp_path: Path) -> None:
    store = Store(tmp_path / "results")
    store.add(line("ours", "one"))
    store.add(line("ours", "two"))
    with store.path.open("ab") as file:
        file.write(b'{"family": "da')
    again = Store(tmp_path / "results")
    assert again.lines == store.lines and again.known == store.known
    again.add(line("ours", "three"))
    assert [one.instance for one in Store(tmp_path / "results").lines] == ["one", "two", "three"]


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    asked = ["--families", "days", "--instances", "^200x30 busy (river|centre)", "--only", "ours"]
    asked += ["--seconds", "1", "--tries", "1", "--resume", str(tmp_path)]
    assert main([*asked, "--instances", "^200x30 busy river"]) == 0
    (first,) = Store(tmp_path).lines
    assert main(asked) == 0
    assert main(asked) == 0
    lines = Store(tmp_path).lines
    assert lines[0] == first and len(lines) == 2
    assert {one.instance for one in lines} == {"200x30 busy river 1", "200x30 busy centre 1"}
    assert "line3" in (tmp_path / "tables.md").read_text() and (tmp_path / "traces.svg").is_file()


def test_a_peer_is_shown_at_its_best_setting_and_only_where_all_have_answered() -> None:
    lines = [
        line("ours", "one"),
        line("ours", "two"),
        line("vroom", "one", "1", total=130),
        line("vroom", "one", "5", total=120),
        line("vroom", "two", "5", total=140),
        line("vroom", "two", "1", total=160),
        line("pyvrp", "one", total=110),
    ]
    broken = msgspec.structs.replace(line("pyvrp", "two"), verdict=None, failure="out of memory")
    (group,) = groups([*lines, broken])
    assert {entry.solver: entry.setting for entry in group.entries} == {
        "ours": "a",
        "pyvrp": "a",
        "vroom": "5",
    }
    assert group.instances == ["one"]
    assert [len(entry.runs) for entry in group.entries] == [1, 1, 1]
    assert [one.failure for entry in group.entries for one in entry.failures] == ["out of memory"]


def test_tables_and_drawing_are_made_of_what_there_is() -> None:
    lines = [line("ours", "one"), line("ours", "one", seed=1, total=110), line("vroom", "one", total=210)]
    found = groups(lines)
    (table,) = tables(found, {})
    cells = {str(column.header): list(column.cells) for column in table.columns}
    assert cells["cost"] == ["105", "210"]
    assert cells["beside ours"] == ["", "+100.0 %"]
    assert cells["seed spread"] == ["10.00 %", ""]
    drawing = drawn(found, {})
    assert drawing.count("<circle") == 2 and drawing.count("<polyline") == 2
    assert "VROOM 110.00 %" in drawing


# --- instances ----------------------------------------------------------------------------------------------

SOLOMON = """R101

VEHICLE
NUMBER     CAPACITY
  25         200

CUSTOMER
CUST NO.   XCOORD.   YCOORD.    DEMAND   READY TIME   DUE DATE   SERVICE TIME

    0          35      35           0       0         230           0
    1          41      49          10     161         171          10
    2          35      17           7      50          60          10
"""


def test_solomon_is_read_by_the_convention_of_its_best_known_values() -> None:
    tenths = files.vrptw(SOLOMON, vehicles_first=False)
    tenths.verify()
    assert tenths.travel_s()[0].tolist() == [0, 152, 180]
    assert (len(tenths.shifts), tenths.jobs[0].parts, tenths.jobs[1].windows[0]) == (
        25,
        {"load": 10},
        Window(earliest=500, latest=600),
    )
    hundredths = files.vrptw(SOLOMON, vehicles_first=True)
    assert hundredths.travel_s()[0].tolist() == [0, 1524, 1800]
    assert hundredths.weights.shift_used > 0


@pytest.mark.parametrize("family", [Family.DAYS, Family.OUTAGES, Family.RICH])
def test_made_up_instances_are_as_their_names_say(family: Family) -> None:
    found = [one for one in instances(draw=7) if one.family is family and one.name.startswith("200x30")]
    assert len(found) == len({one.name for one in found}) >= 4
    for one in found:
        made = problem(one)
        made.verify()
        assert (len(made.jobs), len(made.technicians)) == (200, 30)
    if family is Family.OUTAGES:
        worst = [max(job.affected for job in problem(one).jobs) for one in found]
        assert min(worst) > 100
        assert all(horizon(problem(one)) <= 21 * HOUR for one in found)


@pytest.mark.parametrize("name", ["vrptw C101", "vrptw R1_2_1", "vehicles RC2_4_1", "trsp R105", "trsp C201"])
def test_public_instances_are_problems(name: str) -> None:
    if not DATA.is_dir():
        pytest.skip(f"there are no public instances in {DATA}")
    (one,) = [one for one in instances() if f"{one.family} {one.name}" == name]
    made = problem(one)
    made.verify()
    assert one.best and len(made.jobs) == (100 if one.group.startswith(("100", "25")) else int(one.group))
