"""Runs a solver in fresh processes and counts what it used: equal CPU seconds for all, summed over threads and processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

import msgspec

from tests.benchmarks.versus.solvers import Solver
from tests.benchmarks.versus.terms import Answer, Failure, Found, Terms, Upward, decode_upward, encode

TRIES = 3
ENOUGH = 0.9
"""Of the CPU seconds due: who got less, because the machine was busy, runs again with more wall-clock time."""
GRACE_S = 120.0
"""Beyond its time, for start-up, reading and writing; then the process is ended."""


class Run(NamedTuple):
    """What came of it. `seconds` and `cpu_seconds` are the solving alone (the longest, and the sum), `cpu_whole` and
    `rss_mib` what the system counted for the processes as a whole (sum, and sum of their peaks)."""

    found: Found
    seconds: float
    cpu_seconds: float
    cpu_whole: float
    rss_mib: float
    version: str
    tries: int


class Broken(RuntimeError):
    """No answer; the message says why."""


class _Ended(NamedTuple):
    answer: Upward
    cpu_whole: float
    rss_mib: float


def run(solver: Solver, terms: Terms, most_tries: int = TRIES, python: str = sys.executable) -> Run:
    """`terms.threads` threads for `terms.seconds`: in one process, or in as many processes as threads, the best of which
    counts. `python` is of an environment with the solver in it. Raises `Broken`."""
    due = terms.seconds * terms.threads
    tries, seconds = 0, terms.seconds
    while True:
        tries += 1
        ended = _side_by_side(_lanes(solver, terms, seconds), python)
        used = sum(one.answer.cpu_seconds for one in ended)
        longest = max(one.answer.seconds for one in ended)
        timed_out = longest >= ENOUGH * seconds
        if used >= ENOUGH * due or not timed_out or tries >= most_tries:
            break
        seconds = min(3 * seconds, seconds * due / max(used, 0.1 * due))
    answers = [one.answer for one in ended if isinstance(one.answer, Answer)]
    if not answers:
        raise Broken("; ".join({one.answer.says for one in ended if isinstance(one.answer, Failure)}))
    best = min(answers, key=lambda answer: answer.found.cost)
    traces = [answer.found.trace for answer in answers]
    return Run(
        found=msgspec.structs.replace(best.found, trace=_lowest(traces)),
        seconds=longest,
        cpu_seconds=used,
        cpu_whole=sum(one.cpu_whole for one in ended),
        rss_mib=sum(one.rss_mib for one in ended),
        version=best.version,
        tries=tries,
    )


def _lanes(solver: Solver, terms: Terms, seconds: float) -> list[Terms]:
    due = terms.seconds * terms.threads
    if not solver.single_threaded:
        return [msgspec.structs.replace(terms, seconds=seconds, cpu_seconds=due)]
    return [
        msgspec.structs.replace(terms, seconds=seconds, cpu_seconds=due / terms.threads, threads=1, lane=lane)
        for lane in range(terms.threads)
    ]


def _lowest(traces: list[tuple[tuple[float, float], ...]]) -> tuple[tuple[float, float], ...]:
    """The best of all over time, and only where it gets better."""
    merged: list[tuple[float, float]] = []
    for at, cost in sorted(point for trace in traces for point in trace):
        if not merged or cost < merged[-1][1]:
            merged.append((round(at, 3), round(cost, 1)))
    return tuple(merged)


def _side_by_side(lanes: list[Terms], python: str) -> list[_Ended]:
    """Started together, waited for in turn."""
    with tempfile.TemporaryDirectory(prefix="line3-versus-") as folder:
        started: list[tuple[subprocess.Popen[bytes], str, float]] = []
        for number, terms in enumerate(lanes):
            told, answer, log = (f"{folder}/{number}.{name}" for name in ("told", "answer", "log"))
            with open(told, "wb") as file:
                file.write(encode(terms))
            with open(told, "rb") as stdin, open(answer, "wb") as stdout, open(log, "wb") as stderr:
                process = subprocess.Popen(
                    [python, "-m", "tests.benchmarks.versus.worker"],
                    stdin=stdin,
                    stdout=stdout,
                    stderr=stderr,
                )
            started.append((process, answer, time.monotonic() + terms.seconds + GRACE_S))
        try:
            return [_until_ended(process, answer, last) for process, answer, last in started]
        finally:
            for process, _, _ in started:
                if process.returncode is None:
                    process.kill()
                    process.wait()


def _until_ended(process: subprocess.Popen[bytes], answer: str, last: float) -> _Ended:
    """Waited for by hand: only `wait4` tells what one process used."""
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        if time.monotonic() > last:
            raise Broken(f"did not end within {GRACE_S:.0f} s after its time")
        time.sleep(0.02)
    process.returncode = os.waitstatus_to_exitcode(status)
    with open(answer, "rb") as file:
        raw = file.read()
    if process.returncode or not raw:
        says = raw.decode(errors="replace")[-300:]
        raise Broken(f"ended with code {process.returncode} {says}".strip())
    # Linux counts kibibytes.
    return _Ended(decode_upward(raw), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
