"""What both commands do with files: read them, or refuse them with their names, and say what an answer costs."""

from __future__ import annotations

import argparse
from pathlib import Path

from optimizer import formats
from optimizer.check import Violation
from optimizer.formats.answer import costs
from optimizer.formats.record import Format, Objective, Read
from optimizer.formats.refusal import Refused, plain
from optimizer.result import Cost

ANSWERED, WRONG, REFUSED = 0, 1, 2


def load(path: Path) -> bytes:
    """All of a file. `Refused` for one that cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(str(path), (error.strerror or "cannot be read").lower()) from None


def read(asked: argparse.Namespace, said: str = "") -> Read:
    """The problem that was asked for. `said` is the objective for which a solution says it was made. `Refused` with the file's name."""
    path: Path = asked.problem
    objective = asked.objective or (said if said in list(Objective) else Objective.DISTANCE)
    try:
        found = formats.read(load(path), objective=objective)
    except Refused as error:
        raise in_file(path, error) from None
    if asked.objective is not None and found.format != Format.SOLOMON:
        raise Refused("--objective", f"is for Solomon files; {path} is {found.format}")
    return found


def in_file(path: Path, error: Refused) -> Refused:
    """With the file's name before it, once."""
    return error if error.where == str(path) else Refused(str(path), str(error))


def line(read: Read, violation: Violation) -> str:
    """One violation. Where by the ids of the file; numbers in the sentence are those of the model, which a last word explains where they differ."""
    where = [] if violation.shift is None else [f"vehicle {read.vehicles[violation.shift].id}"]
    where += [] if violation.job is None else [f"job {read.jobs[violation.job].id}"]
    unit = {1: "", 10: " (in tenths)", 1000: " (in thousandths)"}[read.scale]
    since = f" (seconds since {read.origin})" if read.origin else ""
    return f"{violation.cause}: {', '.join(where) or 'all'}: {plain(violation.says)}{unit}{since}"


def bill(read: Read, cost: Cost) -> str:
    """What it costs, and the parts that are not 0."""
    parts = costs(read, cost)
    total = parts.pop("total")
    split = ", ".join(f"{name} {value}" for name, value in parts.items() if value)
    return f"cost {total}{f' ({split})' if split else ''}"
