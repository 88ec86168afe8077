"""`python -m api.generating DIR`: what the front ends are made from, so that nothing is written down twice.

`openapi.json`: the document their client types come from. `closure.json`: the closure gate's tables, which the phone applies
before the technician leaves, as the server does afterwards.
"""

import sys
from pathlib import Path

import msgspec

from api.app import build
from api.openapi import document
from db.states import Action, Cause, Location
from dispatch.clock import system_clock
from dispatch.rules import closures
from dispatch.rules.visits import DOOR_MINUTES


def closure_tables() -> dict[str, object]:
    """The tables of `dispatch.rules.closures`, in the order of the closed lists, and what proves that nobody opened."""
    return {
        "locations": list(Location),
        "causes": list(Cause),
        "actions": list(Action),
        "actionAt": {action: sorted(closures.ACTION_AT[action]) for action in Action},
        "causeAt": {cause: sorted(closures.CAUSE_AT[cause]) for cause in Cause},
        "withoutWork": sorted(closures.WITHOUT_WORK),
        "subscribers": sorted(closures.SUBSCRIBERS),
        "swapped": {action: list(codes) for action, codes in closures.SWAPPED.items()},
        "doorMinutes": DOOR_MINUTES,
    }


def generate(folder: Path) -> None:
    """Write both files, where they differ from what is there."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {"openapi.json": document(build(None, system_clock)), "closure.json": closure_tables()}
    for name, content in made.items():
        text = msgspec.json.format(msgspec.json.encode(content)) + b"\n"
        path = folder / name
        if not path.exists() or path.read_bytes() != text:
            path.write_bytes(text)


if __name__ == "__main__":
    generate(Path(sys.argv[1]))
