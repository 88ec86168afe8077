"""From plans of the search to answers with times, and from routes back to plans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from optimizer.compiled import compiled
from optimizer.cost import cost_of
from optimizer.problem import Problem
from optimizer.result import Rest, Result, Route, Stop, StoppedBy, Supply, Unassigned
from optimizer.search.layout import (
    FROZEN,
    GOAL,
    HOME,
    LIMIT,
    PARTNER,
    PAUSE,
    PLACE,
    SPEED,
    START,
    Layout,
    Table,
)
from optimizer.search.team import Member, Plan, empty, room_of
from optimizer.search.times import AFTER_LEG, ARRIVED, ENDED, INSIDE, NOWHERE, STARTED, opening, timed

NAME: Final = "search" if compiled() else "search, uncompiled"


def answer(problem: Problem, member: Member, plan: Plan, seconds: float, stopped_by: StoppedBy) -> Result:
    """The plan with its times; `unassigned` carry no reasons yet (`explain` gives them)."""
    member.take(plan)
    routes = tuple(
        timed_route(problem, member, shift, plan.rows[shift, :count].tolist())
        for shift, count in enumerate(plan.counts.tolist())
        if count
    )
    served = {stop.job for route in routes for stop in route.stops}
    left_out = [job for job in range(len(problem.jobs)) if job not in served]
    return Result(
        routes=routes,
        unassigned=tuple(Unassigned(job=job, blocks={}) for job in left_out),
        cost=cost_of(problem, routes, left_out),
        seconds=seconds,
        engine=NAME,
        stopped_by=stopped_by,
    )


def timed_route(problem: Problem, member: Member, shift: int, row: list[int]) -> Route:
    """One route with its times; the first drive starts as late as useful."""
    layout, window = member.layout, member.routes.window
    facts, count = layout.shift[shift], len(row)
    order, times = np.array(row, np.int64), np.zeros((2, count + 1, 3), np.int64)
    _, back, where, leg, rest_start, _, later = timed(
        layout, window, shift, order, count, int(facts[LIMIT]), times
    )
    table = times[0]
    leave = int(facts[START]) + later
    travel = layout.travel[facts[SPEED]]
    if later and (where == NOWHERE or leg == count):
        _later(layout, window, shift, row, leave, table)
    else:
        first = rest_start if where == AFTER_LEG and leg == 0 else int(table[0, STARTED])
        table[0, ARRIVED] = first
        leave = first - int(travel[facts[HOME], layout.job[row[0], PLACE]])
    metres = problem.distance_m()
    stops: list[Stop] = []
    supply: Supply | None = None
    place = int(facts[HOME])
    driven = far = 0
    for job, (arrival, start, end) in zip(row, table[:count].tolist(), strict=True):
        there = int(layout.job[job, PLACE])
        seconds, distance = int(travel[place, there]), int(metres[place, there])
        driven, far, place = driven + seconds, far + distance, there
        if job < layout.jobs:
            stops.append(
                Stop(job=job, arrival=arrival, start=start, end=end, travel_s=seconds, distance_m=distance)
            )
        else:
            supply = Supply(
                before=len(stops),
                depot=job - layout.jobs,
                arrival=arrival,
                end=end,
                travel_s=seconds,
                distance_m=distance,
            )
    rest = None
    if where != NOWHERE:
        inside = row[leg] if where == INSIDE else None
        rest = Rest(start=rest_start, end=rest_start + int(facts[PAUSE]), inside=inside)
    goal = int(facts[GOAL])
    return Route(
        shift=shift,
        leave=leave,
        back=back,
        stops=tuple(stops),
        rest=rest,
        supply=supply,
        travel_s=driven + int(travel[place, goal]),
        distance_m=far + int(metres[place, goal]),
    )


def _later(layout: Layout, window: Table, shift: int, row: Sequence[int], leave: int, table: Table) -> None:
    """Times of a route that starts at `leave`, so that nobody waits; in place."""
    facts = layout.shift[shift]
    now, place = leave, facts[HOME]
    for k, job in enumerate(row):
        there = layout.job[job, PLACE]
        now += layout.travel[facts[SPEED], place, there]
        table[k, ARRIVED] = now
        start, _ = opening(layout, window, job, int(now))
        work = table[k, ENDED] - table[k, STARTED]
        table[k, STARTED], table[k, ENDED] = start, start + work
        now, place = start + work, there


def plan_of(layout: Layout, routes: Sequence[Route]) -> Plan:
    """The order of jobs in routes, after what is frozen; times are not looked at, unknown jobs and shifts left out."""
    plan = empty(layout)
    room = room_of(layout) - 2
    for route in routes:
        if not 0 <= route.shift < len(plan.counts):
            continue
        row = [stop.job for stop in route.stops]
        if route.supply is not None and 0 <= route.supply.depot < layout.depots:
            row.insert(route.supply.before, layout.jobs + route.supply.depot)
        known = [job for job in row if 0 <= job < layout.job.shape[0] and not layout.job[job, FROZEN]]
        for job in known[: room - int(plan.counts[route.shift])]:
            plan.rows[route.shift, plan.counts[route.shift]] = job
            plan.counts[route.shift] += 1
        for stop in route.stops:
            if 0 <= stop.job < layout.jobs and layout.job[stop.job, PARTNER] >= 0:
                plan.fixed[stop.job] = stop.start
    return plan
