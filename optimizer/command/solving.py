"""`line3 solve`: a problem in a file, its answer in another."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from optimizer.check import check
from optimizer.command.files import ANSWERED, WRONG, bill, line, read
from optimizer.command.meter import Meter
from optimizer.formats.answer import Run, answered
from optimizer.formats.record import Read
from optimizer.formats.refusal import Refused
from optimizer.problem import BadProblem
from optimizer.result import Result


def run(asked: argparse.Namespace) -> int:
    """Solve and write; the exit code."""
    began = time.monotonic()
    verify_writable(asked.out)
    file = read(asked)
    enough = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _once(enough))
    with Meter(file.scale, None if asked.iterations is not None else asked.seconds) as meter:
        # Only now that the file is known to be good: where its compiled code is not on the disk yet, that takes a minute.
        engine = importlib.import_module("optimizer.solve")
        engine.build(meter.compiled)
        loaded = time.monotonic()
        meter.start()
        result = _solved(engine, asked, file, meter, enough)
    if violations := check(file.problem, result):
        for violation in violations:
            print(f"line3: {line(file, violation)}", file=sys.stderr)
        return WRONG
    told = Run(
        seed=asked.seed,
        loading_ms=round(1000 * (loaded - began)),
        solving_ms=round(1000 * (time.monotonic() - loaded)),
        trace=meter.steps,
    )
    write(asked.out, answered(file, result, told))
    meter.say(f"{bill(file, result.cost)}; left out: {len(result.unassigned)}; routes: {len(result.routes)}")
    return ANSWERED


def _once(enough: threading.Event) -> Callable[[int, object], None]:
    """The first interruption asks for the best so far, the second ends it all."""

    def interrupted(number: int, frame: object) -> None:
        del number, frame
        enough.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    return interrupted


def _solved(
    engine: ModuleType, asked: argparse.Namespace, file: Read, meter: Meter, enough: threading.Event
) -> Result:
    """The one call of the engine."""

    def should_stop() -> bool:
        meter.tick()
        return enough.is_set()

    solve: Callable[..., Result] = engine.solve
    try:
        return solve(
            file.problem,
            seconds=asked.seconds,
            seed=asked.seed,
            warm=file.warm,
            on_progress=meter.better,
            should_stop=should_stop,
            iterations=asked.iterations,
            engine=engine.Engine(asked.engine),
            threads=asked.threads or _cores(),
        )
    except BadProblem as error:
        raise Refused(f"--engine {asked.engine}", str(error)) from None


def _cores() -> int:
    """Those that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def verify_writable(out: Path | None) -> None:
    """Before anybody waits for an answer that has no place to go."""
    if out is None:
        return
    if out.is_dir():
        raise Refused(str(out), "is a directory")
    if not os.access(out if out.exists() else out.resolve().parent, os.W_OK):
        raise Refused(str(out), "cannot be written")


def write(out: Path | None, content: bytes) -> None:
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
