"""`python -m optimizer.compiling`: all inner loops are compiled into the cache, at set-up, so that nobody waits for them later."""

from __future__ import annotations

import sys
import time

from rich.console import Console
from rich.progress import Progress

from optimizer import standing
from optimizer.compiled import build, why_not
from optimizer.search import moves

COMPILED = (standing, moves)
"""They import all modules that have something to compile."""


def main() -> int:
    """Show how far it is; say how long it took, or why nothing can be compiled."""
    console, began = Console(file=sys.stderr), time.monotonic()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("compiling", total=None)
        build(lambda done, of: bar.update(task, completed=done, total=of))
    reason = why_not()
    took = f"ready in {time.monotonic() - began:.0f} s"
    console.print(
        took if reason is None else f"not compiled, some hundred times slower: {reason}", highlight=False
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
