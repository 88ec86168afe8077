"""A comparison as a drawing (SVG): how many are in the dark over the days, and each measure with all its worlds."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from statistics import fmean
from typing import Final

from optimizer.simulate.comparison import EVERY_S, FIGURES, Figure, Name, Run, values
from optimizer.simulate.stream import DAY_S

WIDTH, MARGIN = 1080, 40
CURVE_HEIGHT, CURVE_TOP = 250, 132
PANEL_WIDTH, PANEL_GAP, BAR = 312, 32, 20
COLUMNS = 3
COLOURS: Final = {
    Name.OURS: "#0b6e4f",
    Name.MORNING: "#7fb69f",
    Name.NEAREST: "#c77d0a",
    Name.FIRST: "#7d7f86",
}
STYLE: Final = (
    "<style>text{font:13px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#22252b}"
    ".head{font-size:20px;font-weight:600}.name{font-weight:600}.quiet{fill:#666b75;font-size:12px}</style>"
)


def drawn(runs: Sequence[Run], title: str) -> str:
    """The whole drawing."""
    names = [name for name in Name if any(run.policy is name for run in runs)]
    panel_height = 72 + BAR * len(names)
    rows = -(-len(FIGURES) // COLUMNS)
    top = CURVE_TOP + CURVE_HEIGHT + 64
    height = top + rows * panel_height + 8
    parts = [
        f'<text x="{MARGIN}" y="42" class="head">The same days, run differently</text>',
        f'<text x="{MARGIN}" y="64" class="quiet">{escape(title)}</text>',
        _legend(names),
        _curves(runs, names),
    ]
    for number, figure in enumerate(FIGURES):
        x = MARGIN + number % COLUMNS * (PANEL_WIDTH + PANEL_GAP)
        y = top + number // COLUMNS * panel_height
        parts.append(f'<g transform="translate({x},{y})">{_panel(runs, names, figure)}</g>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">'
        f'{STYLE}<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _legend(names: Sequence[Name]) -> str:
    """In columns: how wide words are drawn is not known here."""
    return "".join(
        f'<rect x="{MARGIN + 200 * n}" y="80" width="12" height="12" rx="2" fill="{COLOURS[name]}"/>'
        f'<text x="{MARGIN + 200 * n + 18}" y="91">{_said(name)}</text>'
        for n, name in enumerate(names)
    )


def _said(name: Name) -> str:
    return escape(name.replace("-", " "))


def _curves(runs: Sequence[Run], names: Sequence[Name]) -> str:
    """Subscribers in the dark, in the mean of all worlds."""
    courses = {
        name: [fmean(at) for at in zip(*(run.dark for run in runs if run.policy is name), strict=True)]
        for name in names
    }
    top = _round_up(max((max(course, default=0) for course in courses.values()), default=1))
    bottom, right = CURVE_TOP + CURVE_HEIGHT, WIDTH - MARGIN
    points = max(len(course) for course in courses.values())
    parts = [f'<text x="{MARGIN}" y="{CURVE_TOP - 12}" class="name">subscribers in the dark</text>']
    left = MARGIN + 44
    for number in range(5):
        y = bottom - CURVE_HEIGHT * number / 4
        parts.append(f'<line x1="{left}" x2="{right}" y1="{y}" y2="{y}" stroke="#e4e6ea"/>')
        parts.append(
            f'<text x="{left - 8}" y="{y + 4}" text-anchor="end" class="quiet">{top * number / 4:,.0f}</text>'
        )
    days = -(-points * EVERY_S // DAY_S)
    for day in range(days):
        x = left + (right - left) * day * DAY_S / EVERY_S / points
        if day:
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{CURVE_TOP}" y2="{bottom}" stroke="#e4e6ea"/>')
        if days <= 21 or day % 7 == 0:
            parts.append(f'<text x="{x:.1f}" y="{bottom + 20}" class="quiet">day {day + 1}</text>')
    for name in reversed(names):
        line = " ".join(
            f"{left + (right - left) * n / points:.1f},{bottom - CURVE_HEIGHT * dark / top:.1f}"
            for n, dark in enumerate(courses[name])
        )
        width = 2.4 if name is Name.OURS else 1.6
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{COLOURS[name]}" stroke-width="{width}" stroke-linejoin="round"/>'
        )
    return "".join(parts)


def _panel(runs: Sequence[Run], names: Sequence[Name], figure: Figure) -> str:
    """A bar for the mean of each policy, a dot for each world."""
    found = {name: list(values(runs, name, figure).values()) for name in names}
    most = max((max(each) for each in found.values()), default=0.0) or 1.0
    room = PANEL_WIDTH - 62
    good = "more is better" if figure.more_is_better else "less is better"
    about = ", ".join(filter(None, (figure.unit, good)))
    parts = [
        f'<text y="0" class="name">{escape(figure.title)}</text>',
        f'<text y="17" class="quiet">{escape(about)}</text>',
    ]
    for number, name in enumerate(names):
        y, mean = 28 + BAR * number, fmean(found[name])
        parts.append(
            f'<rect y="{y}" width="{max(1.0, room * mean / most):.1f}" height="{BAR - 6}" rx="2" fill="{COLOURS[name]}"/>'
        )
        if len(found[name]) > 1:
            parts.extend(
                f'<circle cx="{room * value / most:.1f}" cy="{y + (BAR - 6) / 2}" r="2.4" fill="#fff" stroke="#22252b" stroke-width="0.9"/>'
                for value in found[name]
            )
        parts.append(
            f'<text x="{PANEL_WIDTH}" y="{y + 12}" text-anchor="end">{mean:,.{figure.digits}f}</text>'
        )
    return "".join(parts)


def _round_up(value: float) -> float:
    """To a number whose quarters are round, too."""
    step = 1.0
    while True:
        for factor in (4, 6, 8, 12, 16, 20, 24, 32):
            if value <= step * factor:
                return step * factor
        step *= 10
