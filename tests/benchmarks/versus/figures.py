"""From runs to figures: who is compared on what, at which setting, and how far from the best."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import fmean
from typing import NamedTuple

from tests.benchmarks.versus.instances import Family, Instance
from tests.benchmarks.versus.judge import Verdict
from tests.benchmarks.versus.solvers import SOLVERS
from tests.benchmarks.versus.store import Line

MANDATORY_OUT = 500_000_000
"""A total above that has a mandatory job left out: no answer, as far as a mean goes."""


class Entry(NamedTuple):
    """One solver in one group: its runs at its best setting, on the instances that all solvers of the group have answered.
    `failures` are those of that setting, on whatever instance."""

    solver: str
    setting: str
    runs: list[Line]
    failures: list[Line]


class Group(NamedTuple):
    """One row group of a table."""

    family: Family
    name: str
    entries: list[Entry]
    """The order of `SOLVERS`."""
    instances: list[str]
    """On which they are compared."""


def groups(lines: Iterable[Line]) -> list[Group]:
    """In the order in which they were first run; runs of different length are not mixed."""
    split: dict[tuple[Family, str], list[Line]] = {}
    for line in lines:
        split.setdefault((line.family, f"{line.group}, {line.seconds:g} s"), []).append(line)
    return [_group(family, name, found) for (family, name), found in split.items()]


def _group(family: Family, name: str, lines: list[Line]) -> Group:
    by_solver = {solver.key: [line for line in lines if line.solver == solver.key] for solver in SOLVERS}
    chosen = {key: _best_setting(found) for key, found in by_solver.items() if found}
    kept = {
        key: [line for line in by_solver[key] if line.setting == setting] for key, setting in chosen.items()
    }
    answered = {key: {line.instance for line in found if _whole(line)} for key, found in kept.items()}
    sets = [names for names in answered.values() if names]
    shared = set[str].intersection(*sets) if sets else set[str]()
    order = list(dict.fromkeys(line.instance for line in lines if line.instance in shared))
    entries = [
        Entry(
            key,
            chosen[key],
            [line for line in found if line.instance in shared and _whole(line)],
            [line for line in found if not _whole(line)],
        )
        for key, found in kept.items()
    ]
    return Group(family, name, entries, order)


def _whole(line: Line) -> bool:
    return line.verdict is not None and line.verdict.total < MANDATORY_OUT


def _best_setting(lines: list[Line]) -> str:
    """Of the settings run on most instances, the one with the least cost on those that all of these have."""
    runs: dict[str, dict[str, list[int]]] = {}
    for line in lines:
        known = runs.setdefault(line.setting, {})
        if line.verdict is not None:
            known.setdefault(line.instance, []).append(line.verdict.total)
    most = max(len(known) for known in runs.values())
    rivals = {setting: known for setting, known in runs.items() if len(known) == most}
    shared = set[str].intersection(*(set(known) for known in rivals.values()))
    return min(rivals, key=lambda setting: sum(fmean(rivals[setting][name]) for name in shared))


def mean(entry: Entry, figure: Callable[[Line], float]) -> float:
    """Over seeds, then over instances."""
    by_instance: dict[str, list[float]] = {}
    for line in entry.runs:
        by_instance.setdefault(line.instance, []).append(figure(line))
    return fmean(map(fmean, by_instance.values())) if by_instance else float("nan")


def verdict(line: Line) -> Verdict:
    """Of a run that has one."""
    if line.verdict is None:
        raise ValueError(f"{line.key} has no answer")
    return line.verdict


def spread(entry: Entry) -> float:
    """Between seeds: the highest total over the lowest, less 1, mean over the instances with more than one seed."""
    totals: dict[str, list[int]] = {}
    for line in entry.runs:
        totals.setdefault(line.instance, []).append(verdict(line).total)
    spreads = [max(found) / min(found) - 1 for found in totals.values() if len(found) > 1]
    return fmean(spreads) if spreads else float("nan")


def value(line: Line, known: Instance) -> float:
    """In the units of the best known value: rounds do not count, they are compared on their own."""
    price = verdict(line).cost["shifts"]
    return (verdict(line).total - price) / known.scale


def gap(line: Line, known: Instance) -> float:
    """Above the best known value, as a share of it; NaN where none is known, or where vehicles come first and are more."""
    if known.best is None:
        return float("nan")
    if known.best_rounds is not None and verdict(line).rounds != known.best_rounds:
        return float("nan")
    return value(line, known) / known.best - 1
