"""A problem as flat arrays, as the compiled search wants it. Built once per problem, never changed."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from optimizer.problem import MANDATORY, Job, Problem, Technician, frozen_jobs, service_s

Row: TypeAlias = Annotated[npt.NDArray[np.int64], 1]
Table: TypeAlias = Annotated[npt.NDArray[np.int64], 2]
Cube: TypeAlias = Annotated[npt.NDArray[np.int64], 3]
Flags: TypeAlias = Annotated[npt.NDArray[np.int8], 1]
FlagTable: TypeAlias = Annotated[npt.NDArray[np.int8], 2]
Ways: TypeAlias = Annotated[npt.NDArray[np.int32], 2]
WaysBySpeed: TypeAlias = Annotated[npt.NDArray[np.int32], 3]
Prices: TypeAlias = Annotated[npt.NDArray[np.float64], 1]
PriceTable: TypeAlias = Annotated[npt.NDArray[np.float64], 2]
PriceCube: TypeAlias = Annotated[npt.NDArray[np.float64], 3]

FOREVER: Final = 1 << 60
NEAR_JOBS: Final = 100
"""Neighbours of a job that ruins follow; insertion looks at fewer."""

# Columns of `Layout.job`. PUBLISHED: start in the last plan; SHIFT: where it stood there, -1 for nowhere; CLOCKED 0/1: its cost
# depends on when it is served; PARTNER -1 for none; FROZEN 0/1.
PLACE, SETUP, DUE, PUBLISHED, SHIFT, INTERRUPTIBLE, CLOCKED, WINDOWS, PARTNER, FROZEN = range(10)
JOB_COLUMNS: Final = 10
# Columns of `Layout.rate`: cost per second dark, late, moved; cost of another shift than SHIFT; cost of leaving it out.
OUTAGE, LATE, MOVED, AWAY, LEFT_OUT = range(5)
RATE_COLUMNS: Final = 5
# Columns of `Layout.shift`. PAUSE: seconds of rest, -1 for none; PLAIN 0/1: no rest, no overtime; KIND: shifts of one kind
# are as good as one another; HEAD: jobs frozen at its head.
(
    START,
    END,
    LIMIT,
    HOME,
    GOAL,
    REST_LOW,
    REST_HIGH,
    PAUSE,
    WAIVED,
    TECHNICIAN,
    LEVEL,
    SPEED,
    PLAIN,
    KIND,
    HEAD,
) = range(15)
SHIFT_COLUMNS: Final = 15
# Columns of `Layout.keys`: dear to leave out, and among equals in need of much; far from every home; near one; narrow windows; early; late; few may go.
KEYS: Final = 7
# Entries of `Layout.price`.
PER_SECOND, PER_METRE, OVERTIME, DURATION, SHIFT_USED, UNFAIRNESS = range(6)


class Layout(NamedTuple):
    """J jobs, followed by one pseudo job for each depot; S shifts, T technicians, P places, V speeds, L levels, Q parts."""

    travel: WaysBySpeed
    """(V, P, P) seconds from row to column."""
    travel_to: WaysBySpeed
    """(V, P, P), turned round: to row from column; the same array where ways back are as long, as it is the near memory that is short."""
    metres: Ways
    """(P, P), or (0, 0) where nobody pays for them."""
    metres_to: Ways
    job: Table
    """(J + depots, JOB_COLUMNS)"""
    rate: PriceTable
    windows: Cube
    """(J + depots, most, 2), the first WINDOWS of each row."""
    service: Table
    """(J + depots, L)"""
    shift: Table
    allowed: FlagTable
    """(J + depots, S): 0 never, 1 with the technician's own tools, 2 after a depot."""
    need: Table
    """(J + depots, Q) parts"""
    stock: Table
    """(T, Q)"""
    debt: Row
    """(T,)"""
    shifts_of: Table
    """(T, most), in order of time, -1 behind the last."""
    near: Table
    """(J, NEAR_JOBS or fewer): other jobs, nearest first."""
    near_kinds: Table
    """(J, K or fewer): kinds of shifts, the nearest homes first."""
    of_kind: Table
    """(K, most): shifts of a kind, -1 behind the last."""
    keys: PriceTable
    """(J, KEYS): by which jobs are put in order before they are inserted, the smallest first."""
    price: Prices
    jobs: int
    depots: int
    crowded: bool
    """Some jobs share a place and have a setup, which the second does not pay."""
    pairs: bool
    """Some jobs have partners."""
    together: bool
    """Shifts of one technician depend on each other: by stock, by fairness, or by a depot."""
    steady: bool
    """What a stop takes and costs by itself depends neither on the stop before it nor on a partner nor on the shift."""


def layout_of(problem: Problem) -> Layout:
    """Raises `BadProblem`."""
    problem.verify()
    speeds = sorted({technician.speed_percent for technician in problem.technicians})
    levels = ["", *sorted({technician.level for technician in problem.technicians} - {""})]
    parts = sorted({part for job in problem.jobs for part, count in job.parts.items() if count})
    travel = _travel(problem, speeds)
    metres = problem.distance_m() if problem.weights.distance_per_km else np.zeros((0, 0), np.int32)
    shift = _shifts(problem, speeds, levels)
    allowed = _allowed(problem)
    of_kind = _of_kind(shift[:, KIND])
    near = _near(problem, travel[0])
    several = any(len(row) > 1 for row in _shifts_of(problem))
    rate, crowded = _rates(problem, shift), _crowded(problem)
    pairs = any(job.partner is not None for job in problem.jobs)
    return Layout(
        travel=travel,
        travel_to=_turned(travel),
        metres=np.array(metres, order="C"),
        metres_to=np.array(metres.T, order="C"),
        job=_jobs(problem),
        rate=rate,
        windows=_windows(problem),
        service=_service(problem, levels),
        shift=shift,
        allowed=allowed,
        need=_counts([job.parts for job in problem.jobs], parts, len(problem.depots)),
        stock=_stock(problem, parts),
        debt=np.array([technician.debt_s for technician in problem.technicians], np.int64),
        shifts_of=_padded(_shifts_of(problem)),
        near=near,
        near_kinds=_near_kinds(problem, travel[0], shift, allowed, of_kind),
        of_kind=of_kind,
        keys=_keys(problem, travel[0], shift, allowed),
        price=_prices(problem),
        jobs=len(problem.jobs),
        depots=len(problem.depots),
        crowded=crowded,
        pairs=pairs,
        together=bool((problem.weights.unfairness or parts or problem.depots) and several),
        steady=not crowded and not pairs and not rate[:, AWAY].any(),
    )


def _travel(problem: Problem, speeds: list[int]) -> WaysBySpeed:
    base = problem.travel_s().astype(np.int64)
    made = [-(-base * 100 // speed) for speed in speeds] or [base]
    return np.ascontiguousarray(np.stack(made).astype(np.int32))


def _turned(travel: WaysBySpeed) -> WaysBySpeed:
    turned = travel.transpose(0, 2, 1)
    return travel if np.array_equal(travel, turned) else np.ascontiguousarray(turned)


def _prices(problem: Problem) -> Prices:
    weights = problem.weights
    return np.array(
        [
            weights.travel,
            weights.distance_per_km / 1000,
            weights.overtime,
            weights.duration,
            weights.shift_used,
            weights.unfairness,
        ],
        np.float64,
    )


def _crowded(problem: Problem) -> bool:
    places = [job.place for job in problem.jobs] + [depot.place for depot in problem.depots]
    return len(set(places)) < len(places) and any(job.setup_s for job in problem.jobs)


def _jobs(problem: Problem) -> Table:
    weights = problem.weights
    rows = [
        [
            job.place,
            job.setup_s,
            0 if job.due is None else job.due,
            0 if job.published_start is None else job.published_start,
            -1 if job.published_shift is None else job.published_shift,
            job.interruptible,
            bool(
                (job.affected and weights.outage_per_minute)
                or (job.due is not None and job.lateness_weight and weights.lateness_per_minute)
                or (job.published_start is not None and weights.churn_second)
            ),
            1 if job.frozen else len(job.windows),
            -1 if job.partner is None else job.partner,
            job.frozen,
        ]
        for job in problem.jobs
    ]
    rows += [[depot.place, 0, 0, 0, -1, 0, 0, 0, -1, 0] for depot in problem.depots]
    return np.array(rows, np.int64).reshape(-1, JOB_COLUMNS)


def _rates(problem: Problem, shift: Table) -> PriceTable:
    weights = problem.weights
    horizon = int(shift[:, LIMIT].max(initial=0))
    rows: list[list[float]] = []
    for job in problem.jobs:
        outage = job.affected * weights.outage_per_minute / 60
        late = 0.0 if job.due is None else job.lateness_weight * weights.lateness_per_minute / 60
        away = 0 if job.published_shift is None else weights.churn_shift
        prize = job.prize + (MANDATORY if job.mandatory else 0)
        waiting = outage * horizon + late * max(0, horizon - (job.due or 0))
        moved = 0.0 if job.published_start is None else weights.churn_second
        rows.append([outage, late, moved, away, prize + waiting + away])
    rows += [[0.0] * RATE_COLUMNS for _ in problem.depots]
    return np.array(rows, np.float64).reshape(-1, RATE_COLUMNS)


def _windows(problem: Problem) -> Cube:
    most = max((len(job.windows) for job in problem.jobs), default=0)
    found = np.zeros((len(problem.jobs) + len(problem.depots), max(1, most), 2), np.int64)
    found[:, 0, 1] = FOREVER
    for index, job in enumerate(problem.jobs):
        if job.frozen:
            found[index, 0] = job.published_start or 0
        else:
            for number, window in enumerate(job.windows):
                found[index, number] = window.earliest, window.latest
    return found


def _service(problem: Problem, levels: list[str]) -> Table:
    someone = [Technician(name="", level=level) for level in levels]
    rows = [[service_s(technician, job) for technician in someone] for job in problem.jobs]
    rows += [[depot.service_s] * len(levels) for depot in problem.depots]
    return np.array(rows, np.int64).reshape(-1, len(levels))


def _shifts(problem: Problem, speeds: list[int], levels: list[str]) -> Table:
    chains = frozen_jobs(problem)
    kinds: dict[object, int] = {}
    rows: list[list[int]] = []
    mine = _shifts_of(problem)
    named = {job.published_shift for job in problem.jobs} | {
        s for job in problem.jobs for s in job.shifts or ()
    }
    excluded = {technician for job in problem.jobs for technician in job.excluded}
    for index, shift in enumerate(problem.shifts):
        technician = problem.technicians[shift.technician]
        limit = shift.end + technician.overtime_max_s
        chain = chains.get(index, [])
        rest = shift.rest
        alone = index in named or shift.technician in excluded or len(mine[shift.technician]) > 1
        kind: object = index if alone else (
            shift.start, shift.end, shift.start_place, shift.end_place, rest, technician.skills,
            technician.tools, tuple(sorted(technician.parts.items())), technician.overtime_max_s,
            technician.debt_s, technician.level, technician.speed_percent,
        )  # fmt: skip
        rows.append(
            [
                shift.start,
                shift.end,
                limit,
                shift.start_place,
                shift.end_place,
                0 if rest is None else rest.window.earliest,
                0 if rest is None else rest.window.latest,
                -1 if rest is None else rest.duration_s,
                _waived(problem, index, chain),
                shift.technician,
                levels.index(technician.level),
                speeds.index(technician.speed_percent),
                rest is None and limit == shift.end,
                kinds.setdefault(kind, len(kinds)),
                len(chain),
            ]
        )
    return np.array(rows, np.int64).reshape(-1, SHIFT_COLUMNS)


def _waived(problem: Problem, index: int, chain: list[int]) -> bool:
    """The break may be missing: its window passes before the shift starts or before what is frozen has ended."""
    shift = problem.shifts[index]
    if shift.rest is None:
        return True
    free = shift.start
    if chain:
        job = problem.jobs[chain[-1]]
        follows = len(chain) > 1 and problem.jobs[chain[-2]].place == job.place
        work = service_s(problem.technicians[shift.technician], job) + (0 if follows else job.setup_s)
        free = (job.published_start or 0) + work
    return free > shift.rest.window.latest


def _shifts_of(problem: Problem) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in problem.technicians]
    for index in sorted(range(len(problem.shifts)), key=lambda index: problem.shifts[index].start):
        found[problem.shifts[index].technician].append(index)
    return found


def _of_kind(kinds: Row) -> Table:
    rows: list[list[int]] = [[] for _ in range(int(kinds.max(initial=-1)) + 1)]
    for shift in range(len(kinds)):
        rows[int(kinds[shift])].append(shift)
    return _padded(rows)


def _padded(rows: list[list[int]]) -> Table:
    found = np.full((len(rows), max([len(row) for row in rows], default=0) + 1), -1, np.int64)
    for index, row in enumerate(rows):
        found[index, : len(row)] = row
    return found


def _counts(rows: list[dict[str, int]], parts: list[str], more: int) -> Table:
    found = [[row.get(part, 0) for part in parts] for row in rows] + [[0] * len(parts)] * more
    return np.array(found, np.int64).reshape(len(rows) + more, len(parts))


def _stock(problem: Problem, parts: list[str]) -> Table:
    """What is frozen is a fact and may have overdrawn the van."""
    stock = _counts([technician.parts for technician in problem.technicians], parts, 0)
    facts = np.zeros_like(stock)
    for shift, chain in frozen_jobs(problem).items():
        for index in chain:
            row = problem.jobs[index].parts
            facts[problem.shifts[shift].technician] += np.array(
                [row.get(part, 0) for part in parts], np.int64
            )
    return np.maximum(stock, facts)


def _allowed(problem: Problem) -> FlagTable:
    """Skills, tools, exclusions, locks, and whether the windows meet the shift at all."""
    groups: dict[tuple[frozenset[str], frozenset[str]], npt.NDArray[np.int8]] = {}
    whose = [shift.technician for shift in problem.shifts]
    starts = np.array([shift.start for shift in problem.shifts], np.int64)
    limits = np.array(
        [shift.end + problem.technicians[shift.technician].overtime_max_s for shift in problem.shifts],
        np.int64,
    )
    found = np.ones((len(problem.jobs) + len(problem.depots), len(problem.shifts)), np.int8)
    for index, job in enumerate(problem.jobs):
        row = groups.get((job.skills, job.tools))
        if row is None:
            able = [_able(problem, job, technician) for technician in problem.technicians]
            row = groups[job.skills, job.tools] = np.array(
                [able[technician] for technician in whose], np.int8
            )
        found[index] = row
        if job.excluded:
            found[index, [shift for shift, technician in enumerate(whose) if technician in job.excluded]] = 0
        if job.shifts is not None:
            found[index, [shift for shift in range(len(whose)) if shift not in job.shifts]] = 0
        if job.windows:
            latest = limits - min([job.service_s, *job.service_by_level.values()])
            meets = [(window.earliest <= latest) & (window.latest >= starts) for window in job.windows]
            found[index, ~np.any(meets, axis=0)] = 0
        if job.frozen:
            found[index] = 0
    return found


def _able(problem: Problem, job: Job, technician: Technician) -> int:
    if not job.skills <= technician.skills:
        return 0
    if job.tools <= technician.tools:
        return 1
    return 2 if problem.depots else 0


def _near(problem: Problem, travel: Ways) -> Table:
    places = np.array([job.place for job in problem.jobs], np.int64)
    count = min(NEAR_JOBS, max(0, len(places) - 1))
    found = np.zeros((len(places), count), np.int64)
    for index, place in enumerate(places):
        way = travel[place, places].astype(np.int64) + travel[places, place]
        way[index] = -1
        found[index] = np.argsort(way, kind="stable")[1 : count + 1]
    return found


def _near_kinds(problem: Problem, travel: Ways, shift: Table, allowed: FlagTable, of_kind: Table) -> Table:
    """For each job the kinds of shifts that may take it, by the way there and back."""
    first = of_kind[:, 0].astype(np.int64)
    home, goal = shift[first, HOME], shift[first, GOAL]
    rows: list[list[int]] = []
    for index, job in enumerate(problem.jobs):
        way = travel[home, job.place].astype(np.int64) + travel[job.place, goal]
        order = np.argsort(way, kind="stable")
        rows.append(order[allowed[index, first[order]] > 0].tolist())
    return _padded(rows)


def _keys(problem: Problem, travel: Ways, shift: Table, allowed: FlagTable) -> PriceTable:
    homes = np.unique(shift[:, HOME])
    places = np.array([job.place for job in problem.jobs], np.int64)
    way = travel[homes][:, places].min(axis=0, initial=1 << 30).astype(np.float64)
    low = np.array(
        [min([window.earliest for window in job.windows], default=0) for job in problem.jobs], np.float64
    )
    high = np.array(
        [max([window.latest for window in job.windows], default=FOREVER) for job in problem.jobs], np.float64
    )
    width = np.array(
        [sum(window.latest - window.earliest for window in job.windows) or FOREVER for job in problem.jobs],
        np.float64,
    )
    worth = np.array(
        [job.prize + job.affected * 1000 + job.mandatory * MANDATORY for job in problem.jobs], np.float64
    )
    able = (allowed[: len(places)] > 0).sum(axis=1).astype(np.float64)
    return np.ascontiguousarray(
        np.stack([-worth, -way, way, width, low, -high, able], axis=1).reshape(-1, KEYS)
    )
