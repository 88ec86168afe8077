"""What somebody at a terminal sees while a file is solved; nothing where no terminal is."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from optimizer.result import Progress as Step

EVERY_S = 0.1


class Meter:
    """A bar on stderr: time over budget, and the best plan so far in the file's unit (`scale`). Keeps all steps: the trace."""

    def __init__(self, scale: int, budget_s: float | None) -> None:
        self.scale, self.budget_s = scale, budget_s
        self.steps: list[Step] = []
        self.began = self.moved = time.monotonic()
        self.console = Console(file=sys.stderr)
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self.task: TaskID = self.bar.add_task("loading the engine", total=None)

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def compiled(self, done: int, of: int) -> None:
        """So many functions of so many: a minute in all the first time, from the disk at once."""
        self.bar.update(self.task, description="compiling, this once", completed=done, total=of)

    def start(self) -> None:
        """The engine is there, its time begins."""
        self.began = time.monotonic()
        self.bar.update(self.task, description="looking for a first plan", completed=0, total=self.budget_s)

    def better(self, step: Step) -> None:
        """A better plan was found."""
        self.steps.append(step)
        out = f", {step.unassigned} left out" if step.unassigned else ""
        self.bar.update(self.task, description=f"cost {step.cost / self.scale:,.10g}{out}")

    def tick(self) -> None:
        """Some time has passed; may be called all the time."""
        now = time.monotonic()
        if now - self.moved >= EVERY_S and self.budget_s is not None:
            self.moved = now
            self.bar.update(self.task, completed=min(self.budget_s, now - self.began))

    def say(self, text: str) -> None:
        """One line, at the end."""
        if sys.stderr.isatty():
            self.console.print(text, highlight=False, markup=False, soft_wrap=True)
