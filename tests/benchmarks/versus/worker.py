"""One run in a fresh process: `python -m tests.benchmarks.versus.worker` reads `Terms` from stdin, answers on stdout.

Each adapter in `peers/` offers `solve(terms, budget) -> Found`, `version()`, and where it has something to load before the
clock starts, `prepare()`. It is imported by name, so that the process
of one solver never loads another, and so that one that is not installed is a plain answer.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Any

from tests.benchmarks.versus.terms import Answer, Budget, Failure, Terms, Upward, decode_terms, encode


def answered(terms: Terms) -> Upward:
    """Solve. What goes wrong is an answer, too."""
    try:
        adapter: Any = importlib.import_module(f"tests.benchmarks.versus.peers.{terms.solver}")
    except ModuleNotFoundError as missing:
        return Failure(says=f"{missing.name} is not installed (`make peers` installs it)")
    if hasattr(adapter, "prepare"):
        adapter.prepare()
    budget = Budget(terms)
    try:
        found = adapter.solve(terms, budget)
    except Exception as error:  # noqa: BLE001 - a solver that breaks down is a result of the comparison
        traceback.print_exc()
        says = f"{type(error).__name__}: {error}"[:500]
        return Failure(says=says, seconds=budget.elapsed(), cpu_seconds=budget.cpu())
    return Answer(found=found, seconds=budget.elapsed(), cpu_seconds=budget.cpu(), version=adapter.version())


def main() -> None:
    """Whatever a library prints to stdout goes to stderr."""
    sink = os.dup(1)
    os.dup2(2, 1)
    raw = encode(answered(decode_terms(sys.stdin.buffer.read())))
    with os.fdopen(sink, "wb") as stdout:
        stdout.write(raw)


if __name__ == "__main__":
    main()
