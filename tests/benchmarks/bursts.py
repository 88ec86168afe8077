"""Outages in a made-up network, and what is proposed of them: precision, recall, how soon; and what is proposed while nothing fails.

    python -m tests.benchmarks.bursts [--outages 200] [--days 2] [--seed 10000] [--all]

`--all`: also habits that are not the usual ones, and two outages at once; these take four times as long. Rules and settings were tried out on seeds below 10,000 only; the table is of seeds from there on.
"""

import argparse
import math
import random
import statistics
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import UUID

from rich.console import Console
from rich.progress import track
from rich.table import Table

from dispatch.rules.bursts import (
    USUAL,
    Hour,
    Proposal,
    Proposed,
    arranged,
    detect_among,
    learnt,
    longest_look_back,
)
from dispatch.rules.networks import NONE, Network
from dispatch.rules.scanning import Background
from tests.failing import Failure, Habits, Story, Teller, grown, instant

UNSEEN = 10_000
QUIET_BEFORE, FOLLOWED, TURN = 5_400.0, 3_600.0, 30.0
"""Seconds: what is heard before an outage, how long it is followed, and how often is looked besides at each sign."""
NOISY = Habits(tickets_an_hour=60.0, alarms_an_hour=120.0)
LEARNT = "twice as many tickets, learnt from two weeks"
FIRST = ("tickets and alarms", "calls only", LEARNT)
"""What is measured where nothing else is asked for."""
HABITS = {
    "tickets and alarms": Habits(),
    "a third of the terminals watched": Habits(watched=0.33),
    "calls only": Habits(watched=0.0, alarms_an_hour=0.0, speaking_kinds=()),
    "calls only, few and late": Habits(
        watched=0.0, alarms_an_hour=0.0, speaking_kinds=(), calling=(0.1, 0.3), call_delay=(900.0, 1_800.0)
    ),
    "twice as many tickets as expected": NOISY,
    LEARNT: NOISY,
    "three tickets of ten name a wrong element": Habits(wrong=0.3),
}


@dataclass
class Told:
    """A proposal over its life."""

    at: float
    first: int
    last: int
    sure: float


@dataclass(frozen=True)
class Scored:
    """One story. `fifth`: seconds from an outage's fifth sign to its right proposal; below 0 where that came sooner."""

    proposals: int
    right_first: int
    right_last: int
    outages: int
    found: int
    with_five: int
    found_with_five: int
    exact: int
    fifth: Sequence[float] = field(default_factory=list[float])
    milliseconds: Sequence[float] = field(default_factory=list[float])


def usual_of(seed: int, habits: Habits, hours: int = 14 * 24) -> Background:
    """What an area learns from two weeks before, whole hours in which nothing failed."""
    rng, (network, kinds) = random.Random(f"before {seed}"), grown(random.Random(seed), habits)
    speaking = any(kind in habits.speaking_kinds for kind in kinds)

    def came(an_hour: float) -> int:
        at, count = rng.expovariate(1.0), 0
        while at < an_hour:
            at, count = at + rng.expovariate(1.0), count + 1
        return count

    return learnt(
        network,
        [
            Hour(
                tickets=came(habits.tickets_an_hour),
                alarms=came(habits.alarms_an_hour * habits.watched),
                element_alarms=came(habits.element_alarms_an_hour) if speaking else 0,
            )
            for _ in range(hours)
        ],
    )


def replayed(story: Story, begin: float, end: float, usual: Background) -> tuple[list[Told], list[float]]:
    """All proposals, and how long each look took. Signs of one second are looked at together."""
    times = [at for at, _ in story.signs]
    looks = {float(math.ceil(at)) for at in times if begin <= at < end}
    looks |= {begin + TURN * turn for turn in range(int((end - begin) / TURN))}
    told, before, took = dict[UUID, Told](), list[Proposed](), list[float]()
    every, longest = (
        arranged(story.network, [sign for _, sign in story.signs]),
        longest_look_back().total_seconds(),
    )
    for now in sorted(looks):
        among = every.between(bisect_right(times, now - longest), bisect_right(times, now))
        began = time.process_time()
        detected = detect_among(story.network, among, instant(now), before=before, background=usual)
        took.append((time.process_time() - began) * 1000)
        before = [_known(story.network, told, proposal, now) for proposal in detected.proposals]
    return list(told.values()), took


def _known(network: Network, told: dict[UUID, Told], proposal: Proposal, now: float) -> Proposed:
    element = network.number_of[proposal.element_id]
    own = proposal.continues or UUID(int=len(told))
    if own in told:
        told[own].last = element
    else:
        told[own] = Told(now, element, element, proposal.sure)
    return Proposed(proposal_id=own, element_id=proposal.element_id)


def names(network: Network, element: int, failure: Failure) -> bool:
    """The failed element, its parent or a child."""
    failed = failure.element
    return element == failed or network.parent[failed] == element or network.parent[element] == failed != NONE


def scored(story: Story, begin: float, end: float, usual: Background = USUAL) -> Scored:
    told, took = replayed(story, begin, end, usual)
    open_failures = dict(enumerate(story.failures))
    right_first = right_last = exact = 0
    fifth, found = list[float](), set[int]()
    for one in sorted(told, key=lambda one: one.at):
        right_first += any(names(story.network, one.first, failure) for failure in open_failures.values())
        number = next((n for n, f in open_failures.items() if names(story.network, one.last, f)), None)
        if number is None:
            continue  # wrong, or the second of the same outage
        failure = open_failures.pop(number)
        right_last += 1
        exact += one.last == failure.element
        found.add(number)
        if (five := _fifth(story, number)) is not None:
            fifth.append(one.at - five)
    five_or_more = {
        n for n in range(len(story.failures)) if (at := _fifth(story, n)) is not None and at < end
    }
    return Scored(
        len(told), right_first, right_last, len(story.failures), len(found), len(five_or_more),
        len(found & five_or_more), exact, fifth, took,
    )  # fmt: skip


def _fifth(story: Story, failure: int) -> float | None:
    own = [at for at, sign in story.signs if story.of.get(sign.sign_id) == failure]
    return own[4] if len(own) > 4 else None


def outage(
    seed: int, habits: Habits, at_once: int = 1, followed: float = FOLLOWED, learns: bool = False
) -> Scored:
    """One or more that begin within five minutes."""
    teller = Teller(seed, habits)
    failures = list[Failure]()
    for _ in range(at_once):
        failures.append(teller.fails(QUIET_BEFORE + teller.rng.uniform(0, 300), failures))
    end = QUIET_BEFORE + 300 + followed
    usual = usual_of(seed, habits) if learns else USUAL
    return scored(teller.told(end, failures), QUIET_BEFORE - 300, end, usual)


def quiet(seed: int, habits: Habits, hours: int = 24, learns: bool = False) -> Scored:
    """Nothing fails."""
    end = QUIET_BEFORE + hours * 3600
    usual = usual_of(seed, habits) if learns else USUAL
    return scored(Teller(seed, habits).told(end), QUIET_BEFORE, end, usual)


def row(name: str, all_of: Sequence[Scored]) -> list[str]:
    def total(part: str) -> int:
        return sum(getattr(one, part) for one in all_of)

    def share(part: str, whole: str) -> str:
        return f"{total(part) / total(whole):.3f}" if total(whole) else "-"

    fifth = sorted(second for one in all_of for second in one.fifth)
    took = sorted(spent for one in all_of for spent in one.milliseconds)
    return [
        name,
        str(total("outages")),
        share("right_first", "proposals"),
        share("right_last", "proposals"),
        share("found", "outages"),
        f"{share('found_with_five', 'with_five')} of {total('with_five')}",
        share("exact", "found"),
        f"{statistics.median(fifth):.0f}" if fifth else "-",
        f"{fifth[int(len(fifth) * 0.95)]:.0f}" if fifth else "-",
        f"{statistics.median(took):.1f} / {took[int(len(took) * 0.99)]:.1f}",
    ]


Case = tuple[str, Callable[[int], Scored]]


def outages_of(only: str, every: bool) -> list[Case]:
    cases = [
        (name, partial(outage, habits=habits, learns=name == LEARNT))
        for name, habits in HABITS.items()
        if every or name in FIRST
    ]
    if every:
        cases += [
            (f"two at once: {name}", partial(outage, habits=HABITS[name], at_once=2))
            for name in ("tickets and alarms", "calls only")
        ]
    return [(name, case) for name, case in cases if only in name]


def days_of(only: str, every: bool) -> list[Case]:
    cases = [
        (name, partial(quiet, habits=habits, learns=name == LEARNT))
        for name, habits in HABITS.items()
        if every or name in FIRST
    ]
    if every:
        louder = replace(HABITS["tickets and alarms"], tickets_an_hour=120.0)
        cases.append(("four times as many tickets as expected", partial(quiet, habits=louder)))
    return [(name, case) for name, case in cases if only in name]


def told_of(
    pool: ProcessPoolExecutor, console: Console, cases: Sequence[Case], seeds: Sequence[int], what: str
) -> list[tuple[str, list[Scored]]]:
    """Of each case all seeds, with what is done by now."""
    found: list[tuple[str, list[Scored]]] = []
    for name, case in cases:
        done = track(pool.map(case, seeds), f"{what}: {name}", len(seeds), console=console, transient=True)
        found.append((name, list(done)))
    return found


def table_of(
    pool: ProcessPoolExecutor, console: Console, seeds: Sequence[int], cases: Sequence[Case]
) -> Table:
    table = Table(
        "what is heard", "outages", "precision: first named", "last named", "recall", "of those with 5 signs",
        "named exactly", "5th sign to proposal, s: median", "95 %", "a look, ms of a processor: median / 99 %",
        title=f"Outages, seeds {seeds[0]} to {seeds[-1]}",
    )  # fmt: skip
    for name, found in told_of(pool, console, cases, seeds, "outages"):
        table.add_row(*row(name, found))
    return table


def quiet_table(
    pool: ProcessPoolExecutor, console: Console, seeds: Sequence[int], cases: Sequence[Case]
) -> Table:
    table = Table("what is heard", "proposals a day", title=f"Nothing fails, {len(seeds)} days")
    for name, found in told_of(pool, console, cases, seeds, "days"):
        table.add_row(name, f"{sum(day.proposals for day in found) / len(found):.2f}")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outages", type=int, default=200)
    parser.add_argument("--days", type=int, default=2)
    parser.add_argument("--seed", type=int, default=UNSEEN)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", default="", help="what a row's name has in it")
    parser.add_argument("--all", action="store_true")
    asked = parser.parse_args()
    seeds = range(asked.seed, asked.seed + asked.outages)
    with ProcessPoolExecutor(asked.processes) as pool:
        console = Console(width=160)
        if seeds:
            console.print(
                table_of(pool, console, seeds, outages_of(asked.only, asked.all or bool(asked.only)))
            )
        if asked.days:
            days = range(asked.seed, asked.seed + asked.days)
            console.print(
                quiet_table(pool, console, days, days_of(asked.only, asked.all or bool(asked.only)))
            )


if __name__ == "__main__":
    main()
