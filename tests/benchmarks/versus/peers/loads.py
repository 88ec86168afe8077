"""Parts as loads with a capacity, the way vehicle routing libraries know them; with depots, tools as well."""

from __future__ import annotations

from typing import NamedTuple

from optimizer.problem import Job, Problem


class Loads(NamedTuple):
    """`needs[job][load]`, `stock[shift][load]` (never above `total`), `total[load]` of all jobs."""

    names: list[str]
    needs: list[list[int]]
    stock: list[list[int]]
    total: list[int]


def loads(problem: Problem) -> Loads:
    """Every part that may run out on somebody. Where there are depots, a tool is a load, too: who has it from the start can
    serve all jobs, who has not none, and a depot hands out both. Each technician is taken to have one shift."""
    kinds = ["parts", "tools"] if problem.depots else ["parts"]
    columns: list[tuple[str, list[int], list[int], int]] = []
    for kind in kinds:
        for name in sorted({name for job in problem.jobs for name in getattr(job, kind)}):
            needs = [_need(job, kind, name) for job in problem.jobs]
            most = sum(needs)
            stock = [_stock(problem, shift.technician, kind, name, most) for shift in problem.shifts]
            if min(stock, default=0) < most:
                columns.append((f"{kind} {name}", needs, stock, most))
    return Loads(
        names=[name for name, _, _, _ in columns],
        needs=[[needs[job] for _, needs, _, _ in columns] for job in range(len(problem.jobs))],
        stock=[[stock[shift] for _, _, stock, _ in columns] for shift in range(len(problem.shifts))],
        total=[most for _, _, _, most in columns],
    )


def _need(job: Job, kind: str, name: str) -> int:
    return job.parts.get(name, 0) if kind == "parts" else int(name in job.tools)


def _stock(problem: Problem, index: int, kind: str, name: str, most: int) -> int:
    technician = problem.technicians[index]
    if kind == "tools":
        return most if name in technician.tools else 0
    return min(most, technician.parts.get(name, 0))


def skilled(problem: Problem) -> list[frozenset[int]]:
    """For each shift, the jobs whose skills its technician has."""
    by_skills: dict[frozenset[str], frozenset[int]] = {}
    found: list[frozenset[int]] = []
    for shift in problem.shifts:
        skills = problem.technicians[shift.technician].skills
        if skills not in by_skills:
            able = (index for index, job in enumerate(problem.jobs) if job.skills <= skills)
            by_skills[skills] = frozenset(able)
        found.append(by_skills[skills])
    return found


def alike(problem: Problem, stock: Loads) -> list[list[int]]:
    """Shifts that nobody could tell apart: the same places, hours, jobs they are able to do, and stock."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, (shift, able) in enumerate(zip(problem.shifts, skilled(problem), strict=True)):
        same = (shift.start_place, shift.end_place, shift.start, shift.end, able, tuple(stock.stock[index]))
        groups.setdefault(same, []).append(index)
    return list(groups.values())
