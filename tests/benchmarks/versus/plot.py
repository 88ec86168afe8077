"""The best plan over time as a drawing (SVG): one panel a group, a line a solver, a dot where it ended."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from statistics import fmean, median

from tests.benchmarks.versus import figures
from tests.benchmarks.versus.figures import Entry, Group, verdict
from tests.benchmarks.versus.instances import Family, Instance
from tests.benchmarks.versus.solvers import SOLVERS
from tests.benchmarks.versus.store import Line

WIDTH, HEIGHT, LEFT, TOP, LEGEND = 540, 260, 52, 34, 130
COLUMNS = 2
COLOURS = {
    "ours": "#c0392b",
    "pyvrp": "#2471a3",
    "vroom": "#1e8449",
    "ortools": "#b7950b",
    "vrpcli": "#7d3c98",
}
NAMES = {solver.key: solver.name for solver in SOLVERS}
STEPS = 60
FIRST_S = 0.1
"""Where the axis of time begins."""


def drawn(groups: list[Group], known: Mapping[tuple[Family, str], Instance]) -> str:
    """The whole drawing. Above the best known value, or where none is known, the best that anybody found."""
    panels = [panel for group in groups if (panel := _panel(group, known))]
    rows = -(-len(panels) // COLUMNS)
    placed = [
        f'<g transform="translate({(n % COLUMNS) * WIDTH},{(n // COLUMNS) * HEIGHT})">{panel}</g>'
        for n, panel in enumerate(panels)
    ]
    size = f'width="{COLUMNS * WIDTH}" height="{max(1, rows) * HEIGHT}"'
    style = (
        '<style>text{font:11px sans-serif;fill:#333}</style><rect width="100%" height="100%" fill="#fff"/>'
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{style}{"".join(placed)}</svg>\n'


def _panel(group: Group, known: Mapping[tuple[Family, str], Instance]) -> str:
    entries = [entry for entry in group.entries if entry.runs]
    if not entries:
        return ""
    base = {name: _base(group, name, known) for name in group.instances}
    ends = {
        entry.solver: figures.mean(entry, lambda line: verdict(line).total / base[line.instance] - 1)
        for entry in entries
    }
    last = max(line.cpu_s for entry in entries for line in entry.runs)
    times = [FIRST_S * (max(last, 1.0) / FIRST_S) ** (n / STEPS) for n in range(STEPS + 1)]
    curves = {entry.solver: _curve(entry, base, times) for entry in entries}
    # Somebody who is far off is drawn at the upper edge, so that the others can be told apart.
    top = max(0.005, 1.25 * min(max(ends.values()), 4 * median(ends.values())))
    parts = [_axes(group, times[-1], top)]
    for number, entry in enumerate(entries):
        colour = COLOURS[entry.solver]
        points = " ".join(
            f"{_x(at, times[-1]):.1f},{_y(share, top):.1f}"
            for at, share in curves[entry.solver]
            if share <= top
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        at = figures.mean(entry, lambda line: line.cpu_s)
        parts.append(
            f'<circle cx="{_x(at, times[-1]):.1f}" cy="{_y(ends[entry.solver], top):.1f}" r="3.5" fill="{colour}"/>'
        )
        label = f"{NAMES[entry.solver]} {100 * ends[entry.solver]:.2f} %"
        parts.append(
            f'<text x="{WIDTH - LEGEND + 10}" y="{TOP + 12 + 14 * number}" style="fill:{colour}">{escape(label)}</text>'
        )
    return "".join(parts)


def _base(group: Group, name: str, known: Mapping[tuple[Family, str], Instance]) -> float:
    """In units of cost."""
    instance = known.get((group.family, name))
    found = min(
        verdict(line).total for entry in group.entries for line in entry.runs if line.instance == name
    )
    if instance is None or instance.best is None or instance.best_rounds is not None:
        return max(1.0, found)
    return instance.best * instance.scale


def _curve(entry: Entry, base: dict[str, float], times: list[float]) -> list[tuple[float, float]]:
    """Mean over the runs, from when each of them has a plan; wall-clock times are stretched to the CPU seconds used."""
    runs = [line for line in entry.runs if line.trace and line.priced]
    if not runs or len(runs) < len(entry.runs):
        return []
    found: list[tuple[float, float]] = []
    for at in times:
        shares = [_best_at(line, at) / base[line.instance] - 1 for line in runs]
        if all(map(math.isfinite, shares)):
            found.append((at, fmean(shares)))
    return found


def _best_at(line: Line, at: float) -> float:
    pace = line.cpu_s / max(line.wall_s, 0.001)
    return min((cost for wall, cost in line.trace if wall * pace <= at), default=math.inf)


def _x(at: float, last: float) -> float:
    share = math.log(max(at, FIRST_S) / FIRST_S) / math.log(last / FIRST_S)
    return LEFT + share * (WIDTH - LEFT - LEGEND)


def _y(share: float, top: float) -> float:
    return TOP + (1 - min(max(0.0, share), top) / top) * (HEIGHT - TOP - 36)


def _axes(group: Group, last: float, top: float) -> str:
    title = f"{group.family} {group.name}: {len(group.instances)} instances"
    parts = [f'<text x="{LEFT}" y="18" style="font-weight:bold">{escape(title)}</text>']
    for number in range(5):
        share = top * number / 4
        y = _y(share, top)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - LEGEND}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 4}" y="{y + 4:.1f}" text-anchor="end">{100 * share:.1f} %</text>')
    at = FIRST_S
    while at <= last:
        parts.append(f'<text x="{_x(at, last):.1f}" y="{HEIGHT - 20}" text-anchor="middle">{at:g}</text>')
        at *= 10
    parts.append(f'<text x="{WIDTH - LEGEND}" y="{HEIGHT - 6}" text-anchor="end">CPU seconds</text>')
    return "".join(parts)
