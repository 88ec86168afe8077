"""What the demo shows: the plan as a table, planning as a bar, the day as figures. Plain text where nobody watches."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from api.wire.plans import DayNumbersOut, PlanOut, PlanRunOut, RoundOut, RoundStopOut
from db.states import PlanRunState
from dispatch.rules.plurals import money

PLAIN_WIDTH = 118
WHAT, WHERE = 27, 36
COLUMNS = (("Technician", 22), ("Visit", 11), ("Promised", 11), ("Job", 7), ("What", 0), ("Where", 0))


def console() -> Console:
    """To standard output; without colours and with a fixed width when it is no terminal."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=PLAIN_WIDTH, no_color=True, highlight=False)


class PlanningBar:
    """Grows with the seconds of the search; says what the plan costs so far and how many jobs have no place."""

    def __init__(self, to: Console, budget_seconds: int) -> None:
        self._console = to
        self._budget = budget_seconds
        self._began: float | None = None
        self._progress = Progress(
            TextColumn("Planning"),
            BarColumn(bar_width=36),
            TextColumn("{task.percentage:>3.0f} %  {task.description}"),
            console=to,
            disable=not to.is_terminal,
        )
        self._bar = self._progress.add_task("waiting for a worker", total=1.0)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._progress.stop()

    def watch(self, run: PlanRunOut) -> None:
        """The run says something only when it found something better: the seconds are ours."""
        if run.state is not PlanRunState.RUNNING:
            return
        now = time.monotonic()
        self._began = self._began or now
        seconds = now - self._began
        said = "reading" if run.progress is None else _found(run.progress.cost, run.progress.unassigned)
        self._progress.update(
            self._bar, completed=min(seconds / self._budget, 0.99), description=f"{seconds:.0f} s, {said}"
        )

    def finish(self, plan: PlanOut) -> None:
        """The plan that came of it."""
        seconds = 0.0 if self._began is None else time.monotonic() - self._began
        said = f"{seconds:.1f} s, {_found(plan.cost['total'], len(plan.unassigned))}"
        self._progress.update(self._bar, completed=1.0, description=said)
        if not self._console.is_terminal:
            self._console.print(f"Planning: {said}")


def _found(cost: int, unassigned: int) -> str:
    return f"cost {cost:,}, {unassigned} without a place"


def _shape(to: Console) -> box.Box | None:
    return box.SIMPLE_HEAD if to.is_terminal else None


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _clock(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else moment.astimezone(zone).strftime("%H:%M")


def _window(stop: RoundStopOut, zone: ZoneInfo) -> str:
    if stop.window is None:
        return ""
    return f"{_clock(stop.window.earliest, zone)}-{_clock(stop.window.latest, zone)}"


def plan_table(title: str, rounds: Sequence[RoundOut], zone: ZoneInfo, to: Console) -> Table:
    """A line per stop, the technician's name before the first."""
    table = Table(title=escape(title), title_justify="left", box=_shape(to), pad_edge=False)
    for name, width in COLUMNS:
        table.add_column(name, no_wrap=True, min_width=width)
    for one in rounds:
        frame = f"{_clock(one.leave_at, zone)}-{_clock(one.back_at, zone)}"
        driven = f"{one.distance_m / 1000:.1f} km, {one.travel_seconds // 60} min"
        count = f"{len(one.stops)} visits" if one.stops else "no visit"
        table.add_row(
            f"[bold]{escape(_short(one.display_name, 22))}[/bold]",
            *((frame, "", "", count, driven) if one.stops else ("", "", "", count, "")),
        )
        for stop in one.stops:
            table.add_row(
                "",
                f"{_clock(stop.planned_start_at, zone)}-{_clock(stop.planned_end_at, zone)}",
                _window(stop, zone),
                stop.job_number,
                escape(_short(stop.title + (f" ({stop.affected})" if stop.affected > 1 else ""), 30)),
                escape(_short(stop.address, WHERE)),
            )
    return table


def _minutes(minutes: int) -> str:
    return f"{minutes:,} ({minutes // 60:,} h)"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def figures(numbers: DayNumbersOut, seen: Mapping[str, int]) -> dict[str, str]:
    """The day in words and numbers, in the order in which it is told."""
    return {
        "planned": str(numbers.planned),
        "done": str(numbers.done),
        "declined": str(numbers.declined),
        "no access": str(numbers.no_access),
        "interrupted": str(numbers.interrupted),
        "still open": str(numbers.open),
        "first-time fix": _share(numbers.first_time_fix),
        "promises kept": f"{numbers.promises_kept} of {numbers.promises} ({numbers.promises_missed} missed)",
        "outage minutes": _minutes(numbers.outage_minutes),
        "charges": f"{numbers.charges}, {money(numbers.charged_minor, numbers.currency, 'en')}",
        "reports": str(seen["reports"]),
        "lost": str(seen["lost"]),
        "doubled": str(seen["doubled"]),
    }


def day_table(title: str, told: Mapping[str, str], to: Console) -> Table:
    table = Table(
        title=escape(title), title_justify="left", box=_shape(to), show_header=False, pad_edge=False
    )
    table.add_column()
    table.add_column(justify="right")
    for name, value in told.items():
        table.add_row(name, value)
    return table


def verdict_table(verdict: Mapping[str, Sequence[str]], to: Console) -> Table:
    """Each invariant, and the first violations of a broken one."""
    table = Table(title="Invariants", title_justify="left", box=_shape(to), show_header=False, pad_edge=False)
    for name, violations in verdict.items():
        table.add_row(
            "[green]holds[/green]" if not violations else "[red]BROKEN[/red]", name.replace("_", " ")
        )
        for sentence in violations[:5]:
            table.add_row("", f"  {escape(sentence)}")
        if len(violations) > 5:
            table.add_row("", f"  and {len(violations) - 5} more")
    return table
