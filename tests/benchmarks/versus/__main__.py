"""`python -m tests.benchmarks.versus`: line3 and its peers on the same instances, in one run.

For each seed, each instance, each solver in turn (beginning with another one each time): a fresh process, two threads (or
two processes of one), the same CPU seconds. Orders are timed anew and judged by `optimizer.check`. Results go to a folder, a
line a run; the tables and the drawing are made of all that stands there. A run that was stopped goes on with `--resume`.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from rich.box import MARKDOWN
from rich.console import Console

from optimizer.problem import Problem
from tests.benchmarks.versus import race
from tests.benchmarks.versus.figures import groups
from tests.benchmarks.versus.instances import DATA, Family, Instance, instances, problem
from tests.benchmarks.versus.judge import judged
from tests.benchmarks.versus.plot import drawn
from tests.benchmarks.versus.solvers import SOLVERS, Solver
from tests.benchmarks.versus.store import Line, Store
from tests.benchmarks.versus.tables import failures, tables
from tests.benchmarks.versus.terms import Terms
from tests.benchmarks.versus.told import CannotBeTold, told

THREADS = 2
RESULTS = Path(".cache/versus")
SHORT: dict[str, float] = {
    "vrptw R103": 5,
    "vrptw RC203": 5,
    "vrptw R1_2_3": 6,
    "trsp R105": 5,
    "days 200x30 busy river 1": 6,
    "days 500x60 storm centre 1": 8,
    "outages 200x30 storm polycentric 1": 6,
}
"""`--short`: instances and seconds; five minutes on two idle cores."""


class Planned(NamedTuple):
    """One run to be made."""

    instance: Instance
    solver: Solver
    setting: str
    seed: int
    seconds: float
    told: Problem

    @property
    def line(self) -> Line:
        """Its line before anything is known of it."""
        return Line(
            family=self.instance.family,
            instance=self.instance.name,
            group=self.instance.group,
            solver=self.solver.key,
            setting=self.setting,
            seed=self.seed,
            seconds=self.seconds,
        )


def asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.versus", description=__doc__)
    parser.add_argument("--families", help=f"of {', '.join(Family)}; commas between them (default: all)")
    parser.add_argument("--instances", default="", help="only those whose name fits this pattern")
    parser.add_argument(
        "--only", help=f"of {', '.join(solver.key for solver in SOLVERS)}; commas between them"
    )
    parser.add_argument(
        "--seconds", type=float, help="for each run, on each of two cores (default: by family)"
    )
    parser.add_argument("--seeds", type=int, default=1, help="of the solvers that have one")
    parser.add_argument("--settings", choices=["default", "all"], default="default", help="of each solver")
    parser.add_argument("--draw", type=int, default=1, help="which made-up days: another number, other days")
    parser.add_argument(
        "--resume", type=Path, help=f"the folder of results (default: a new one in {RESULTS})"
    )
    parser.add_argument(
        "--tries", type=int, help=f"of who got too little of a busy machine (default: {race.TRIES})"
    )
    parser.add_argument("--short", action="store_true", help="few instances, few seconds, one try each")
    parser.add_argument(
        "--show", action="store_true", help="run nothing: tables and drawing of what is there"
    )
    parser.add_argument("--data", type=Path, default=DATA, help="public instances (default: %(default)s)")
    return parser.parse_args(arguments)


def chosen(given: argparse.Namespace) -> list[tuple[Instance, float]]:
    """The instances asked for, each with its seconds. Exits where there are none."""
    families = set(given.families.split(",")) if given.families else set(Family)
    if unknown := families - set(Family):
        sys.exit(f"no such family: {', '.join(sorted(unknown))} (there are {', '.join(Family)})")
    found = [
        (one, given.seconds or (SHORT.get(f"{one.family} {one.name}", 0) if given.short else one.seconds))
        for one in instances(given.data, given.draw)
        if one.family in families
        and re.search(given.instances, one.name)
        and (not given.short or f"{one.family} {one.name}" in SHORT)
    ]
    if not found:
        sys.exit(f"no such instance (public ones are looked for in {given.data})")
    return found


def planned(given: argparse.Namespace, console: Console) -> Iterator[Planned]:
    """Seed by seed, so that a run which is stopped has seen everything as often."""
    wanted = given.only.split(",") if given.only else [solver.key for solver in SOLVERS]
    if unknown := set(wanted) - {solver.key for solver in SOLVERS}:
        sys.exit(f"no such solver: {', '.join(sorted(unknown))}")
    silent: set[str] = set()
    for seed in range(given.seeds):
        for number, (instance, seconds) in enumerate(chosen(given)):
            whole = problem(instance, given.data)
            turn = (number + seed) % len(SOLVERS)
            for solver in SOLVERS[turn:] + SOLVERS[:turn]:
                if solver.key not in wanted or (seed and not solver.seeded):
                    continue
                if instance.family is Family.RICH and solver.key != "ours":
                    continue
                try:
                    heard = told(whole, solver.words)
                except CannotBeTold as untold:
                    silent.add(f"{solver.name} is left out of {instance.family}: it {untold}")
                    continue
                offered = solver.settings(heard)
                for setting in offered if given.settings == "all" else offered[:1]:
                    yield Planned(instance, solver, setting, seed, seconds, heard)
    for sentence in sorted(silent):
        console.print(sentence)


def ran(one: Planned, whole: Problem, tries: int) -> Line:
    """Make the run and judge it."""
    busy = os.getloadavg()[0]
    terms = Terms(
        problem=one.told,
        solver=one.solver.key,
        setting=one.setting,
        seed=one.seed,
        seconds=one.seconds,
        cpu_seconds=one.seconds * THREADS,
        threads=THREADS,
    )
    changes: dict[str, Any] = {"machine_load": busy, "priced": one.told == whole}
    try:
        run = race.run(one.solver, terms, tries)
        changes |= {
            "verdict": judged(whole, one.told, run.found),
            "version": run.version,
            "wall_s": run.seconds,
            "cpu_s": run.cpu_seconds,
            "cpu_whole_s": run.cpu_whole,
            "rss_mib": run.rss_mib,
            "tries": run.tries,
            "trace": run.found.trace,
        }
    except race.Broken as broken:
        changes["failure"] = str(broken)
    return msgspec.structs.replace(one.line, **changes)


def said(line: Line) -> str:
    """One run in one line."""
    head = f"{line.family} {line.instance} {line.solver} {line.setting} seed {line.seed}:"
    if line.verdict is None:
        return f"{head} no answer: {line.failure}"
    found = line.verdict
    doubts = [f"{len(found.violations)} VIOLATIONS, {found.violations[0]}"] if found.violations else []
    if not found.agrees:
        doubts.append(f"its own figure is {found.own_cost:,.0f}, the oracle's {found.told_cost:,.0f}")
    worth = f"{found.total:,}, {found.left_out} left out, {found.rounds} rounds"
    time = f"{line.cpu_s:.1f} CPU s, {line.wall_s:.1f} s" + (
        f", {line.tries} tries" if line.tries > 1 else ""
    )
    return "; ".join([f"{head} {worth}; {time}", *doubts])


def show(store: Store, given: argparse.Namespace, console: Console) -> None:
    """Tables on the console and in `tables.md`, the drawing in `traces.svg`."""
    known = {(one.family, one.name): one for one in instances(given.data, given.draw)}
    found = groups(store.lines)
    versions = {line.solver: line.version for line in store.lines if line.version}
    heads = [
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {THREADS} threads each; {platform.platform()}",
        f"python -m tests.benchmarks.versus {shlex.join(sys.argv[1:])}",
        ", ".join(f"{solver.name} {versions[solver.key]}" for solver in SOLVERS if solver.key in versions),
    ]
    shown = tables(found, known)
    console.print(*heads, *shown, *failures(found), sep="\n")
    with (store.path.parent / "tables.md").open("w", encoding="utf-8") as file:
        for table in shown:
            table.box = MARKDOWN
        Console(file=file, width=400, markup=False).print(*heads, *shown, *failures(found), sep="\n")
    (store.path.parent / "traces.svg").write_text(drawn(found, known), "utf-8")
    console.print(f"{len(store.lines)} runs in {store.path.parent} (go on with --resume {store.path.parent})")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 1 if one of our answers was refused by the oracle."""
    given = asked(arguments)
    console = Console(width=190, markup=False, highlight=False)
    store = Store(given.resume or RESULTS / time.strftime("%Y-%m-%d-%H%M%S"))
    tries = given.tries or (1 if given.short else race.TRIES)
    wholes: dict[tuple[Family, str], Problem] = {}
    try:
        for one in () if given.show else planned(given, console):
            if one.line.key in store.known:
                continue
            where = (one.instance.family, one.instance.name)
            if where not in wholes:
                wholes = {where: problem(one.instance, given.data)}
            line = ran(one, wholes[where], tries)
            store.add(line)
            console.print(said(line))
    except KeyboardInterrupt:
        console.print("stopped; what has been run is kept")
    if store.lines:
        show(store, given, console)
    wrong = [
        line for line in store.lines if line.solver == "ours" and line.verdict and line.verdict.violations
    ]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
