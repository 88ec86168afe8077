"""`line3 simulate`: days as they happen, for each policy the same; a table, and a drawing if asked for."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from optimizer.cities import Shape
from optimizer.command.files import ANSWERED
from optimizer.command.solving import verify_writable, write
from optimizer.days import Weather

if TYPE_CHECKING:
    from optimizer.simulate.comparison import Figure, Name, Run, Spread
    from optimizer.simulate.stream import Asked

POLICIES = ("ours", "ours-without-replanning", "nearest-first", "first-come-first-served")
CITIES = tuple(shape.value for shape in Shape)
INTERRUPTED = 130
WIDTH = 120
"""Of the table, where there is no terminal."""


def run(asked: argparse.Namespace) -> int:
    """Simulate, show and write; the exit code. Interrupted, it shows what is there."""
    for out in (asked.json, asked.plot):
        verify_writable(out)
    # Only now that the options are known to be good: compiled code that is not on the disk yet takes half a minute.
    comparison: ModuleType = importlib.import_module("optimizer.simulate.comparison")
    stream = importlib.import_module("optimizer.simulate.stream")
    drawing = importlib.import_module("optimizer.simulate.drawing")
    weather = Weather(asked.weather)
    per_day = asked.jobs_per_day or round(stream.LOAD[weather] * asked.technicians)
    worlds = [
        stream.Asked(
            asked.days, asked.technicians, float(per_day), Shape(asked.city), weather, asked.seed + n
        )
        for n in range(asked.worlds)
    ]
    wanted = POLICIES if not asked.policy or "all" in asked.policy else asked.policy
    names = [name for name in comparison.Name if name in wanted]
    effort = comparison.Effort(asked.plan_seconds, asked.iterations, 1, asked.seed)
    found: list[Run] = []
    code = ANSWERED
    try:
        _simulate(comparison, worlds, names, effort, found)
    except KeyboardInterrupt:
        code = INTERRUPTED
        print("line3: interrupted; what is shown is of the worlds that were finished", file=sys.stderr)
        done = {run.seed for run in found if run.policy is names[-1]}
        found = [run for run in found if run.seed in done]
    if found:
        title = said(worlds[0], len({run.seed for run in found}))
        Console(width=None if sys.stdout.isatty() else WIDTH).print(table(comparison, found, names, title))
        if asked.json is not None:
            write(asked.json, _json(worlds[0], asked, found))
        if asked.plot is not None:
            write(asked.plot, drawing.drawn(found, title).encode())
    return code


def _simulate(
    comparison: ModuleType, worlds: Sequence[Asked], names: Sequence[Name], effort: object, found: list[Run]
) -> None:
    """All worlds, with the clock of each shown."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(file=sys.stderr),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task("loading", total=sum(world.days for world in worlds) * len(names))

        def told(world: Asked, name: Name, at: int) -> None:
            before = worlds.index(world) * len(names) + names.index(name)
            clock = f"day {at // 86_400 + 1}, {at % 86_400 // 3600:02}:{at % 3600 // 60:02}"
            bar.update(
                task,
                completed=before * world.days + at / 86_400,
                description=f"{name}, seed {world.seed}: {clock}",
            )

        runs: Iterable[Run] = comparison.compared(worlds, names, effort, told)
        found.extend(runs)  # one by one: what is there when somebody interrupts is kept


def said(asked: Asked, worlds: int) -> str:
    """What was simulated, in a line."""
    return (
        f"{worlds} {'world' if worlds == 1 else 'worlds'} of {asked.days} {'day' if asked.days == 1 else 'days'}, "
        f"{asked.technicians} technicians, {asked.faults_per_day:g} faults a day, {asked.weather} weather, "
        f"city: {asked.shape}"
    )


def table(comparison: ModuleType, runs: Sequence[Run], names: Sequence[Name], title: str) -> Table:
    """A row for each measure, a column for each policy; below each mean how much more or less ours has."""
    shown = Table(title=title, title_justify="left", show_lines=True)
    shown.add_column("")
    for name in names:
        shown.add_column(name.replace("-", " "), justify="right")
    for figure in comparison.FIGURES:
        unit = f" ({figure.unit})" if figure.unit else ""
        cells: list[str] = []
        for name in names:
            mean = comparison.spread(list(comparison.values(runs, name, figure).values()))
            text = _number(figure, mean)
            against = comparison.difference(runs, name, figure)
            cells.append(text if against is None else f"{text}\nours {_number(figure, against, signed=True)}")
        shown.add_row(figure.title + unit, *cells)
    return shown


def _number(figure: Figure, spread: Spread, signed: bool = False) -> str:
    sign = "+" if signed else ""
    text = f"{spread.mean:{sign},.{figure.digits}f}"
    return text if spread.half is None else f"{text} ± {spread.half:,.{figure.digits}f}"


def _json(asked: Asked, options: argparse.Namespace, runs: Sequence[Run]) -> bytes:
    """All figures of all runs; seconds and shares, as in `Measures`."""
    what = {
        **asked._asdict(),
        "plan_seconds": options.plan_seconds if options.iterations is None else None,
        "iterations": options.iterations,
    }
    return msgspec.json.format(msgspec.json.encode({"asked": what, "runs": list(runs)}), indent=1) + b"\n"
