"""What is written and read again is the same: problems with every member of the model, answers with breaks and depots anywhere."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.check import check
from optimizer.formats import Read, read
from optimizer.formats.answer import Run, answered
from optimizer.formats.found import found
from optimizer.formats.written import written
from optimizer.problem import Problem, Technician
from tests.optimizer.formats.worlds import anyhow, everything, replace
from tests.optimizer.worlds import quiet_street, small_town, town

SEEDS = st.integers(0, 1 << 30)


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_a_problem_that_is_written_and_read_is_the_same_problem(seed: int) -> None:
    problem = everything(seed)
    again = read(written(problem))
    for member in problem.__struct_fields__:
        assert getattr(again.problem, member) == getattr(problem, member)
    assert (again.scale, again.origin, again.warm) == (1, 0, ())


def test_named_problems_and_an_empty_one_survive_as_well() -> None:
    nobody = Problem(
        technicians=(Technician(name="Ada"),), shifts=(), jobs=(), places=0, travel=b"", distance=b""
    )
    for problem in (quiet_street(), small_town(), town(60, 8, days=2), nobody):
        assert read(written(problem)).problem == problem


def test_the_random_problems_do_use_every_member() -> None:
    problems = [everything(seed) for seed in range(300)]
    technicians = [one for problem in problems for one in problem.technicians]
    jobs = [job for problem in problems for job in problem.jobs]
    plain = quiet_street()
    for samples, dull in ((technicians, plain.technicians[0]), (jobs, plain.jobs[0]), (problems, plain)):
        for member in dull.__struct_fields__:
            assert any(getattr(one, member) != getattr(dull, member) for one in samples), member
    assert any(job.frozen for job in jobs)
    assert any(job.parts.get("q") == 0 for job in jobs)


@settings(max_examples=150, deadline=None)
@given(SEEDS, st.sampled_from([(1, 0), (1, 1_700_000_000), (10, 0), (1_000, 0), (1_000, 86_400)]))
def test_an_answer_that_is_written_and_found_is_the_same_answer(seed: int, unit: tuple[int, int]) -> None:
    problem = everything(seed)
    file = in_unit(read(written(problem)), *unit)
    result = anyhow(problem, seed)
    text = answered(file, result, Run())
    again = found(file, text)
    assert again.unknown == []
    assert again.result == result
    assert check(problem, again.result) == check(problem, result)


def test_the_random_answers_have_breaks_everywhere_and_depots() -> None:
    routes = [route for seed in range(400) for route in anyhow(everything(seed), seed).routes]
    rests = [(route, route.rest) for route in routes if route.rest is not None]
    assert any(rest.inside is not None for _, rest in rests)
    assert any(rest.end <= route.leave for route, rest in rests)
    assert any(rest.start >= route.back for route, rest in rests)
    assert any(stop.arrival <= rest.start and rest.end <= stop.start for r, rest in rests for stop in r.stops)
    supplies = [(route, route.supply) for route in routes if route.supply is not None]
    assert any(supply.before == 0 for _, supply in supplies)
    assert any(supply.before == len(route.stops) for route, supply in supplies)


def in_unit(file: Read, scale: int, origin: int) -> Read:
    """The same problem as if its file counted otherwise."""
    return replace(file, scale=scale, origin=origin)
