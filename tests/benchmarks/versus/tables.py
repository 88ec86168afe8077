"""The figures as tables, one a family."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from statistics import fmean

from rich.table import Table

from tests.benchmarks.versus import figures
from tests.benchmarks.versus.figures import Entry, Group, verdict
from tests.benchmarks.versus.instances import Family, Instance
from tests.benchmarks.versus.solvers import SOLVERS
from tests.benchmarks.versus.store import Line

NAMES = {solver.key: solver.name for solver in SOLVERS}
TITLES = {
    Family.DAYS: "Technician days: what all peers can be told (cost in seconds of travel, prizes of jobs left out included)",
    Family.OUTAGES: "The same days with subscribers in the dark (minutes: those of jobs left out count to the end)",
    Family.TRSP: "Technician routing and scheduling, with visits to the depot (total duration)",
    Family.VRPTW: "VRPTW, distance only (DIMACS convention)",
    Family.VEHICLES: "VRPTW, vehicles first",
    Family.RICH: "Technician days with every constraint: ours alone",
}


def tables(groups: list[Group], known: Mapping[tuple[Family, str], Instance]) -> list[Table]:
    """One for each family that has been run."""
    return [
        _table(family, [group for group in groups if group.family is family], known)
        for family in Family
        if any(group.family is family for group in groups)
    ]


def _table(family: Family, groups: list[Group], known: Mapping[tuple[Family, str], Instance]) -> Table:
    columns = (
        _days(groups) if family in (Family.DAYS, Family.OUTAGES, Family.RICH) else _classic(family, known)
    )
    table = Table("", "solver", "setting", *columns, *_CHECKS, title=TITLES[family])
    for column in table.columns[3:]:
        column.justify = "right"
    for group in groups:
        for number, entry in enumerate(group.entries):
            head = f"{group.name} ({len(group.instances)})" if number == 0 else ""
            cells = [figure(group, entry) if entry.runs else "" for figure in columns.values()]
            checks = [figure(entry) for figure in _CHECKS.values()]
            last = number == len(group.entries) - 1
            table.add_row(head, NAMES[entry.solver], entry.setting, *cells, *checks, end_section=last)
    return table


def failures(groups: list[Group]) -> list[str]:
    """A line for each solver and reason."""
    said: dict[tuple[str, str, str], int] = {}
    for group in groups:
        for entry in group.entries:
            for line in entry.failures:
                why = line.failure or "left out what must be served"
                key = (f"{group.family} {group.name}", NAMES[entry.solver], why)
                said[key] = said.get(key, 0) + 1
    return [f"{where}: {who}: {why} ({count} runs)" for (where, who, why), count in said.items()]


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.2f} %"


def _disagreeing(entry: Entry) -> str:
    """How often its own figure is not the oracle's."""
    count = sum(not verdict(line).agrees for line in entry.runs)
    return str(count) if count else ""


_CHECKS: dict[str, Callable[[Entry], str]] = {
    "violations": lambda entry: str(sum(len(verdict(line).violations) for line in entry.runs)),
    "own cost differs": _disagreeing,
    "no answer": lambda entry: str(len(entry.failures) or ""),
    "CPU s": lambda entry: f"{figures.mean(entry, lambda line: line.cpu_s):.1f}",
    "wall s": lambda entry: f"{figures.mean(entry, lambda line: line.wall_s):.1f}",
    "MiB": lambda entry: f"{figures.mean(entry, lambda line: line.rss_mib):.0f}",
}

Figure = Callable[[Group, Entry], str]


def _days(groups: list[Group]) -> dict[str, Figure]:
    columns: dict[str, Figure] = {
        "cost": lambda _, entry: f"{figures.mean(entry, lambda line: verdict(line).total):,.0f}",
        "beside ours": _beside_ours,
        "left out": lambda _, entry: f"{figures.mean(entry, lambda line: verdict(line).left_out):.1f}",
        "driving h": lambda _, entry: (
            f"{figures.mean(entry, lambda line: verdict(line).travel_s) / 3600:.1f}"
        ),
        "seed spread": lambda _, entry: _percent(figures.spread(entry)),
        "first plan s": lambda _, entry: _first(entry),
    }
    if any(group.family is not Family.DAYS for group in groups):
        columns["outage min"] = lambda _, entry: (
            f"{figures.mean(entry, lambda line: verdict(line).outage_minutes):,.0f}"
        )
    return columns


def _beside_ours(group: Group, entry: Entry) -> str:
    ours = next((one for one in group.entries if one.solver == "ours" and one.runs), None)
    if ours is None or entry is ours:
        return ""
    base = _by_instance(ours)
    return f"{100 * fmean(cost / base[name] - 1 for name, cost in _by_instance(entry).items()):+.1f} %"


def _by_instance(entry: Entry) -> dict[str, float]:
    found: dict[str, list[int]] = {}
    for line in entry.runs:
        found.setdefault(line.instance, []).append(verdict(line).total)
    return {name: fmean(totals) for name, totals in found.items()}


def _first(entry: Entry) -> str:
    """When the first plan was there, in wall seconds; empty for who does not tell."""
    firsts = [line.trace[0][0] for line in entry.runs if line.trace]
    return f"{fmean(firsts):.1f}" if firsts else ""


def _classic(family: Family, known: Mapping[tuple[Family, str], Instance]) -> dict[str, Figure]:
    def gaps(entry: Entry) -> list[float]:
        found = [figures.gap(line, known[line.family, line.instance]) for line in entry.runs]
        return [share for share in found if not math.isnan(share)]

    def extra(line: Line) -> int:
        return verdict(line).rounds - (known[line.family, line.instance].best_rounds or 0)

    columns: dict[str, Figure] = {}
    if family is Family.VEHICLES:
        columns["vehicles more"] = lambda _, entry: f"{figures.mean(entry, extra):.2f}"
        columns["as few"] = lambda _, entry: (
            f"{100 * figures.mean(entry, lambda line: extra(line) <= 0):.0f} %"
        )
    columns["mean gap"] = lambda _, entry: _percent(fmean(gaps(entry) or [math.nan]))
    columns["worst gap"] = lambda _, entry: _percent(max(gaps(entry), default=math.nan))
    columns["best known met"] = lambda _, entry: (
        f"{sum(share <= 5e-6 for share in gaps(entry))} of {len(entry.runs)}"
    )
    columns["left out"] = lambda _, entry: f"{figures.mean(entry, lambda line: verdict(line).left_out):.1f}"
    return columns
