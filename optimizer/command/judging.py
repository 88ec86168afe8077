"""`line3 check`: the oracle's verdict on a solution in a file."""

from __future__ import annotations

import argparse

from optimizer.check import Cause, check, price
from optimizer.command.files import ANSWERED, WRONG, bill, in_file, line, load, read
from optimizer.formats.found import found, objective_of
from optimizer.formats.refusal import Refused

NO_COST = {Cause.UNKNOWN, Cause.DEPOT}
"""Causes with which there may be nothing to add up."""


def run(asked: argparse.Namespace) -> int:
    """Print what is wrong and what it costs; the exit code."""
    text = load(asked.solution)
    try:
        said = objective_of(text)
    except Refused as error:
        raise in_file(asked.solution, error) from None
    file = read(asked, said)
    try:
        result, violations = found(file, text)
    except Refused as error:
        raise in_file(asked.solution, error) from None
    violations = violations or check(file.problem, result)
    for violation in violations:
        print(line(file, violation))
    if not any(violation.cause in NO_COST for violation in violations):
        print(bill(file, price(file.problem, result)))
    print(f"{len(violations) or 'no'} violation{'' if len(violations) == 1 else 's'}")
    return WRONG if violations else ANSWERED
