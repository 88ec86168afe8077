"""The command line: which command, with which options, and what comes of it.

Exit codes: 0 answered, or nothing wrong; 1 something wrong with the answer; 2 a file or an option that cannot be used, said in one
line; 130 interrupted twice (interrupted or terminated once, `solve` ends with the best it has).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from optimizer.command import judging, simulating, solving
from optimizer.command.files import REFUSED, WRONG
from optimizer.formats import Refused
from optimizer.formats.record import Objective

INTERRUPTED = 130
MOST_SECONDS = 7 * 86_400.0


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
    """All commands and their options."""
    made = _Parser(prog="line3", description="Plans the rounds of a problem in a file, and judges solutions.")
    commands = made.add_subparsers(required=True, metavar="command")
    files = _Parser(add_help=False)
    files.add_argument("problem", type=Path, metavar="FILE", help="VROOM's JSON, Solomon's or TRSP text")
    files.add_argument(
        "--objective", type=Objective, choices=list(Objective), help="what a Solomon file is solved for"
    )
    command = commands.add_parser("solve", parents=[files], help="plan the rounds of a problem in a file")
    command.add_argument("--seconds", type=_seconds, metavar="S", default=10.0, help="how long (default 10)")
    command.add_argument("--threads", type=_count, metavar="N", help="cores to use (default: all)")
    command.add_argument("--seed", type=_seed, metavar="K", default=0)
    command.add_argument("--iterations", type=_count, metavar="M", help="how much, instead of how long")
    command.add_argument("--engine", choices=("search", "ortools"), default="search")
    command.add_argument("-o", "--out", type=Path, metavar="OUT", help="where to write (default: stdout)")
    command.set_defaults(run=solving.run)
    command = commands.add_parser("check", parents=[files], help="judge a solution of a problem")
    command.add_argument("solution", type=Path, metavar="SOLUTION", help="VROOM's JSON, ours or its own")
    command.set_defaults(run=judging.run)
    _add_simulate(commands.add_parser("simulate", help="days as they happen, run in different ways"))
    return made


def _add_simulate(command: argparse.ArgumentParser) -> None:
    command.add_argument("--days", type=_bounded(1, 60), metavar="D", default=5, help="default 5")
    command.add_argument(
        "--policy",
        action="append",
        choices=("all", *simulating.POLICIES),
        help="may be repeated (default: all)",
    )
    command.add_argument("--seed", type=_seed, metavar="K", default=1, help="of the first world (default 1)")
    command.add_argument("--worlds", type=_bounded(1, 1000), metavar="R", default=1, help="seeds K, K+1, ...")
    command.add_argument("--technicians", type=_bounded(1, 200), metavar="N", default=15, help="default 15")
    command.add_argument("--jobs-per-day", type=_bounded(1, 2000), metavar="M", help="default by the weather")
    weather = command.add_mutually_exclusive_group()
    weather.add_argument("--calm", dest="weather", action="store_const", const="calm", help="5 a technician")
    weather.add_argument(
        "--storm", dest="weather", action="store_const", const="storm", help="7 a technician"
    )
    command.add_argument("--city", choices=simulating.CITIES, default="centre", help="its shape")
    command.add_argument(
        "--plan-seconds", type=_seconds, metavar="S", default=0.5, help="for each plan of ours"
    )
    command.add_argument("--iterations", type=_count, metavar="I", help="for each plan, instead: repeatable")
    command.add_argument("--json", type=Path, metavar="OUT", help="write all figures")
    command.add_argument("--plot", type=Path, metavar="OUT.svg", help="draw them")
    command.set_defaults(run=simulating.run, weather="busy")


def _bounded(least: int, most: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        if not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text} is not in {least} .. {most}")
        return int(text)

    whole.__name__ = "number"
    return whole


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is not in 0 .. {MOST_SECONDS:g}")
    return value


def _count(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return int(text)


def _seed(text: str) -> int:
    if not 0 <= int(text) < 1 << 31:
        raise argparse.ArgumentTypeError(f"{text} is not in 0 .. 2147483647")
    return int(text)
