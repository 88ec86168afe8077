"""The commands `solve` and `check`: a problem in a file, its answer in another, the oracle's verdict on both.

Exit codes: 0 answered, or nothing wrong; 1 something wrong with the answer; 2 a file or an option that cannot be used, said in one
line; 130 interrupted twice (interrupted or terminated once, `solve` ends with the best it has).
"""

from __future__ import annotations

import argparse
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from optimizer import formats
from optimizer.check import Cause, Violation, check, price
from optimizer.formats.answer import Run, answered, costs
from optimizer.formats.found import found, objective_of
from optimizer.formats.record import Format, Objective, Read
from optimizer.formats.refusal import Refused, plain
from optimizer.meter import Meter
from optimizer.result import Result
from optimizer.solve import solve

ANSWERED, WRONG, REFUSED, INTERRUPTED = 0, 1, 2, 130
SECONDS, MOST_SECONDS = 10.0, 7 * 86_400.0
NO_COST = {Cause.UNKNOWN, Cause.DEPOT}
"""Causes with which there may be nothing to add up."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(REFUSED, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    asked = parser().parse_args(arguments)
    try:
        run: Callable[[argparse.Namespace], int] = asked.run
        return run(asked)
    except Refused as error:
        print(f"line3: {error}", file=sys.stderr)
        return REFUSED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whoever read us has gone; there is nobody to tell
        return WRONG
    except KeyboardInterrupt:
        return INTERRUPTED


def parser() -> argparse.ArgumentParser:
    """Both commands and their options."""
    made = _Parser(prog="line3", description=__doc__)
    commands = made.add_subparsers(required=True, metavar="command")
    files = _Parser(add_help=False)
    files.add_argument("problem", type=Path, metavar="FILE", help="VROOM's JSON, Solomon's or TRSP text")
    files.add_argument(
        "--objective", type=Objective, choices=list(Objective), help="what a Solomon file is solved for"
    )
    command = commands.add_parser("solve", parents=[files], help="plan the rounds of a problem in a file")
    command.add_argument("--seconds", type=_seconds, metavar="S", help=f"how long (default {SECONDS:g})")
    command.add_argument("--threads", type=_count, metavar="N")
    command.add_argument("--seed", type=_count_or_none, metavar="K", default=0)
    command.add_argument("--iterations", type=_count, metavar="M", help="how much, instead of how long")
    command.add_argument("--engine", choices=("search", "ortools"))
    command.add_argument("-o", "--out", type=Path, metavar="OUT", help="where to write (default: stdout)")
    command.set_defaults(run=_solve)
    command = commands.add_parser("check", parents=[files], help="judge a solution of a problem")
    command.add_argument("solution", type=Path, metavar="SOLUTION", help="VROOM's JSON, ours or its own")
    command.set_defaults(run=_check)
    return made


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is not in 0 .. {MOST_SECONDS:g}")
    return value


def _count(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return int(text)


def _count_or_none(text: str) -> int:
    if not 0 <= int(text) < 1 << 31:
        raise argparse.ArgumentTypeError(f"{text} is not in 0 .. 2147483647")
    return int(text)


def _load(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(str(path), (error.strerror or "cannot be read").lower()) from None


def _read(asked: argparse.Namespace, said: str = "") -> Read:
    """`said` is the objective for which a solution says it was made."""
    path: Path = asked.problem
    objective = asked.objective or (said if said in list(Objective) else Objective.DISTANCE)
    try:
        read = formats.read(_load(path), objective=objective)
    except Refused as error:
        raise _in_file(path, error) from None
    if asked.objective is not None and read.format != Format.SOLOMON:
        raise Refused("--objective", f"is for Solomon files; {path} is {read.format}")
    return read


def _in_file(path: Path, error: Refused) -> Refused:
    return error if error.where == str(path) else Refused(str(path), str(error))


# --- solve ----------------------------------------------------------------------------------------------------


def _solve(asked: argparse.Namespace) -> int:
    began = time.monotonic()
    _verify_writable(asked.out)
    read = _read(asked)
    loaded = time.monotonic()
    enough = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _once(enough))
    seconds = None if asked.iterations is not None else asked.seconds or SECONDS
    with Meter(read.scale, seconds) as meter:
        result = _solved(asked, read, meter, enough)
    if violations := check(read.problem, result):
        for violation in violations:
            print(f"line3: {_line(read, violation)}", file=sys.stderr)
        return WRONG
    run = Run(
        seed=asked.seed,
        loading_ms=round(1000 * (loaded - began)),
        solving_ms=round(1000 * (time.monotonic() - loaded)),
        trace=meter.steps,
    )
    _write(asked.out, answered(read, result, run))
    meter.say(f"{_summary(read, result)}; left out: {len(result.unassigned)}; routes: {len(result.routes)}")
    return ANSWERED


def _once(enough: threading.Event) -> Callable[[int, object], None]:
    """The first interruption asks for the best so far, the second ends it all."""

    def interrupted(number: int, frame: object) -> None:
        del number, frame
        enough.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    return interrupted


def _solved(asked: argparse.Namespace, read: Read, meter: Meter, enough: threading.Event) -> Result:
    """The engine. What was not asked for is left to its defaults."""
    names = ("seconds", "seed", "iterations", "threads", "engine")
    given: dict[str, Any] = {name: getattr(asked, name) for name in names if getattr(asked, name) is not None}

    def should_stop() -> bool:
        meter.tick()
        return enough.is_set()

    return solve(read.problem, warm=read.warm, on_progress=meter.better, should_stop=should_stop, **given)


def _verify_writable(out: Path | None) -> None:
    """Before anybody waits for an answer that has no place to go."""
    if out is None:
        return
    if out.is_dir():
        raise Refused(str(out), "is a directory")
    if not os.access(out if out.exists() else out.resolve().parent, os.W_OK):
        raise Refused(str(out), "cannot be written")


def _write(out: Path | None, content: bytes) -> None:
    """Whole or not at all: beside its place first, then renamed. What is no plain file (a pipe, a device) is written to."""
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    place = out.resolve()
    beside = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        if place.exists() and not stat.S_ISREG(place.stat().st_mode):
            place.write_bytes(content)
            return
        beside.write_bytes(content)
        beside.replace(place)
    except OSError as error:
        raise Refused(str(out), (error.strerror or "cannot be written").lower()) from None
    finally:
        beside.unlink(missing_ok=True)


# --- check ----------------------------------------------------------------------------------------------------


def _check(asked: argparse.Namespace) -> int:
    text = _load(asked.solution)
    try:
        said = objective_of(text)
    except Refused as error:
        raise _in_file(asked.solution, error) from None
    read = _read(asked, said)
    try:
        result, violations = found(read, text)
    except Refused as error:
        raise _in_file(asked.solution, error) from None
    violations = violations or check(read.problem, result)
    for violation in violations:
        print(_line(read, violation))
    if not any(violation.cause in NO_COST for violation in violations):
        print(_summary(read, Result(routes=(), unassigned=(), cost=price(read.problem, result))))
    print(f"{len(violations) or 'no'} violation{'' if len(violations) == 1 else 's'}")
    return WRONG if violations else ANSWERED


def _line(read: Read, violation: Violation) -> str:
    """Where by the ids of the file; numbers in the sentence are those of the model, which a last word explains where they differ."""
    where = [] if violation.shift is None else [f"vehicle {read.vehicles[violation.shift].id}"]
    where += [] if violation.job is None else [f"job {read.jobs[violation.job].id}"]
    unit = {1: "", 10: " (in tenths)", 1000: " (in thousandths)"}[read.scale]
    since = f" (seconds since {read.origin})" if read.origin else ""
    return f"{violation.cause}: {', '.join(where) or 'all'}: {plain(violation.says)}{unit}{since}"


def _summary(read: Read, result: Result) -> str:
    parts = costs(read, result)
    total = parts.pop("total")
    split = ", ".join(f"{name} {value}" for name, value in parts.items() if value)
    return f"cost {total}{f' ({split})' if split else ''}"
