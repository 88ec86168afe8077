"""One job into 200 rounds of 8 visits: the compiled `Standing` beside the plain Python of `insertion`."""

from __future__ import annotations

import random
import statistics
import timeit
from collections.abc import Callable

from optimizer.distances import travel
from optimizer.draft import Draft
from optimizer.ground import Ground
from optimizer.insertion import cheapest_in
from optimizer.problem import Job, Problem, Technician, Window, pack
from optimizer.rounds import Row
from optimizer.standing import Standing, warm
from tests.optimizer.rounds import DETOUR, SPEED, coordinates, standing_of, stop_of
from tests.optimizer.worlds import HOUR, LUNCH, day_shift

CREW, VISITS, SEED = 200, 8, 7
WINDOWS = tuple((8 * HOUR + n * HOUR // 4, 10 * HOUR + n * HOUR // 4) for n in range(30))
DAYS, DAY_S = 14, 24 * HOUR
FORTNIGHT = tuple(
    (day * DAY_S + 8 * HOUR + n * 2 * HOUR, day * DAY_S + 10 * HOUR + n * 2 * HOUR)
    for day in range(DAYS)
    for n in range(5)
)
Timer = Callable[[Callable[[], object], int], float]
"""Median seconds of so many runs."""
Compared = tuple[str, float, str, float]


def day() -> Problem:
    """Shifts from eight to five with a break, short visits all over a city, a quarter of them promised; one job more."""
    rng, places = random.Random(SEED), CREW * (VISITS + 1) + 1
    seconds, metres = travel(*coordinates(places, SEED), DETOUR, SPEED)
    hours = [rng.choice([8, 10, 12, 14]) * HOUR for _ in range(CREW * VISITS + 1)]
    return Problem(
        technicians=tuple(Technician(name=f"t{n}", overtime_max_s=HOUR) for n in range(CREW)),
        shifts=tuple(day_shift(n, 0, n, LUNCH) for n in range(CREW)),
        jobs=tuple(
            Job(
                name=f"j{n}",
                place=CREW + n,
                service_s=1_200,
                setup_s=300,
                prize=10_000,
                windows=(Window(earliest=low, latest=low + 2 * HOUR),) if rng.random() < 0.25 else (),
                affected=20 if rng.random() < 0.05 else 0,
            )
            for n, low in enumerate(hours)
        ),
        places=places,
        travel=pack(seconds),
        distance=pack(metres),
    )


def rounds() -> tuple[Draft, Standing, int]:
    """The same rounds twice, and the job that asks: each technician takes what is nearest to where he is."""
    draft = Draft(Ground(day()))
    asked = len(draft.shift_of) - 1
    for _ in range(VISITS):
        for shift in range(CREW):
            place = (
                draft.ground.place[draft.rows[shift][-1]] if draft.rows[shift] else draft.ground.home[shift]
            )
            way = draft.ground.travel[place]
            near = sorted(draft.left_out()[:-1], key=lambda job: way[draft.ground.place[job]])
            next((job for job in near[:20] if draft.append(shift, job)), None)
    return draft, standing_of(draft, SEED), asked


def fortnight(standing: Standing) -> Standing:
    """The same rounds on each of 14 days."""
    every = Standing(standing.weights, DETOUR, SPEED, standing.origin)
    for place, (latitude, longitude) in enumerate(
        zip(*coordinates(CREW * (VISITS + 1) + 1, SEED), strict=True)
    ):
        every.place(place, latitude, longitude)
    for day in range(DAYS):
        for key in standing:
            every.put((key, day), later(standing.row(key), day * DAY_S))
    return every


def later(row: Row, seconds: int) -> Row:
    stops = tuple(
        stop._replace(
            window=stop.window and (stop.window[0] + seconds, stop.window[1] + seconds),
            due=stop.due + seconds,
        )
        for stop in row.stops
    )
    low, high, pause = row.rest or (0, 0, 0)
    return row._replace(
        start=row.start + seconds,
        end=row.end + seconds,
        limit=row.limit + seconds,
        rest=row.rest and (low + seconds, high + seconds, pause),
        stops=stops,
    )


def compared(timed: Timer) -> list[Compared]:
    """What, seconds, beside what, its seconds."""
    warm()
    draft, standing, job = rounds()
    asked = stop_of(draft.ground.problem, job)
    visits = sum(len(row) for row in draft.rows)
    title = f"into {CREW} rounds ({visits} visits)"
    rows: list[Compared] = []
    for name, windows in (("one job", WINDOWS[:1]), ("one job, 30 windows,", WINDOWS)):

        def plain(windows: tuple[tuple[int, int], ...] = windows) -> list[float]:
            return [found.cost if (found := cheapest_in(draft, job, windows=(w,))) else -1 for w in windows]

        def ours(windows: tuple[tuple[int, int], ...] = windows) -> list[float]:
            return [found[0].cost if found else -1 for found in standing.price(asked, windows, most=1)]

        agree = all(abs(a - b) < 1e-6 for a, b in zip(plain(), ours(), strict=True))
        beside = "plain Python, the same prices" if agree else "plain Python, OTHER PRICES"
        rows.append((f"{name} {title}", timed(ours, 31), beside, timed(plain, 5)))
    return rows


def _timed(work: Callable[[], object], times: int) -> float:
    return statistics.median(timeit.repeat(work, number=1, repeat=times))


if __name__ == "__main__":
    for what, ours, beside, theirs in compared(_timed):
        print(f"{what}: {ours * 1000:.3g} ms; {beside}: {theirs * 1000:.3g} ms; {theirs / ours:.3g} times")
