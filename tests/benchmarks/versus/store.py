"""Results as JSON lines, one a run, in a folder: what stands there is not run again."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import msgspec

from optimizer.problem import Record
from tests.benchmarks.versus.instances import Family
from tests.benchmarks.versus.judge import Verdict

Key: TypeAlias = tuple[str, str, str, str, int, float]


class Line(Record, frozen=True):
    """One run. `verdict` is None where there was no answer, and `failure` says why. `priced` tells whether the solver was told
    the whole cost, so that its own figures over time can be compared."""

    family: Family
    instance: str
    group: str
    solver: str
    setting: str
    seed: int
    seconds: float
    version: str = ""
    priced: bool = True
    verdict: Verdict | None = None
    failure: str = ""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    cpu_whole_s: float = 0.0
    rss_mib: float = 0.0
    tries: int = 1
    trace: tuple[tuple[float, float], ...] = ()
    machine_load: float = 0.0
    """Of the last minute, when the run began: others on the machine show here."""

    @property
    def key(self) -> Key:
        """What makes it the same run."""
        return self.family, self.instance, self.solver, self.setting, self.seed, self.seconds


class Store:
    """The file `runs.jsonl` of a folder, made with its first line. A line cut short by a kill is dropped."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "runs.jsonl"
        self.lines: list[Line] = []
        whole = b""
        for raw in self.path.read_bytes().splitlines(keepends=True) if self.path.exists() else []:
            if raw.endswith(b"\n"):
                self.lines.append(msgspec.json.decode(raw, type=Line))
                whole += raw
        if self.path.exists() and self.path.stat().st_size != len(whole):
            self.path.write_bytes(whole)
        self.known = {line.key for line in self.lines}

    def add(self, line: Line) -> None:
        """Written at once."""
        self.lines.append(line)
        self.known.add(line.key)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
