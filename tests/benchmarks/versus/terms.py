"""What a solving process is told, and what it answers: over stdin and stdout, as MessagePack."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path
from typing import TypeAlias

import msgspec

from optimizer.problem import Problem, Record
from optimizer.result import Result

TICKS = os.sysconf("SC_CLK_TCK")
LOOK_EVERY_S = 0.1


class Terms(Record, frozen=True):
    """One run. `seconds` of wall-clock time bound it, and `cpu_seconds`, summed over its threads and processes, where the
    solver can be stopped from outside. `setting` is a name that the solver's adapter knows; `lane` tells processes that
    work side by side apart."""

    problem: Problem
    solver: str
    setting: str
    seed: int
    seconds: float
    cpu_seconds: float
    threads: int
    lane: int = 0


class Row(Record, frozen=True):
    """The order in which one shift serves its jobs; it passes by `depot` before job number `before`."""

    shift: int
    jobs: tuple[int, ...]
    depot: int | None = None
    before: int = 0


class Found(Record, frozen=True):
    """What a solver came up with. `cost` is its own figure for it, in the units of the problem it was told, with the
    prizes of what it left out; `trace` the best such cost over time, in wall seconds since the start."""

    rows: tuple[Row, ...]
    cost: float
    trace: tuple[tuple[float, float], ...] = ()
    result: Result | None = None
    """Ours: the answer with its times, to be judged as it is."""


class Answer(Record, frozen=True, tag="answer"):
    """`Found`, with what it took from a decoded problem to an answer in hand, imports excluded."""

    found: Found
    seconds: float
    cpu_seconds: float
    version: str


class Failure(Record, frozen=True, tag="failure"):
    """No answer, and why; what was used all the same."""

    says: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0


Upward: TypeAlias = Answer | Failure


class Budget:
    """The clock of one run. It is asked many thousand times a second, so it looks at other processes ten times a second."""

    def __init__(self, terms: Terms) -> None:
        self.seconds, self.cpu_seconds = terms.seconds, terms.cpu_seconds
        self.began, self.own_began, self.others_began = (
            time.monotonic(),
            time.process_time(),
            others_cpu_seconds(),
        )
        self.others, self.looked = 0.0, self.began

    def elapsed(self) -> float:
        """Wall seconds since the start."""
        return time.monotonic() - self.began

    def cpu(self) -> float:
        """CPU seconds since the start, of this process, its threads and all below it."""
        self.others, self.looked = others_cpu_seconds() - self.others_began, time.monotonic()
        return time.process_time() - self.own_began + self.others

    def over(self) -> bool:
        """Either is used up."""
        if time.monotonic() - self.looked > LOOK_EVERY_S:
            self.cpu()
        used = time.process_time() - self.own_began + self.others
        return self.elapsed() >= self.seconds or used >= self.cpu_seconds


def others_cpu_seconds() -> float:
    """CPU seconds of what this process has waited for and of what still runs below it (the last on Linux only)."""
    waited = resource.getrusage(resource.RUSAGE_CHILDREN)
    return waited.ru_utime + waited.ru_stime + sum(map(_whole_tree, _children(os.getpid())))


def _whole_tree(pid: int) -> float:
    try:
        # The name in brackets may hold anything; utime, stime and both of waited-for children are fields 14 to 17.
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS + sum(map(_whole_tree, _children(pid)))


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def encode(message: Terms | Upward) -> bytes:
    """As bytes for the pipe."""
    return msgspec.msgpack.encode(message)


def decode_terms(raw: bytes) -> Terms:
    return msgspec.msgpack.decode(raw, type=Terms)


def decode_upward(raw: bytes) -> Upward:
    return msgspec.msgpack.decode(raw, type=Upward)
