"""How a file is refused: one place and one sentence, whatever is wrong with it."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from optimizer.problem import BadProblem

Decoded = TypeVar("Decoded")

LONGEST = 200
"""Of what a message repeats from a file."""
_BYTE = re.compile(r"(.*) \(byte (\d+)\)", re.DOTALL)
_AT = re.compile(r"(.*) - at (?:the )?`?(?:key in )?`?\$?([^`]*)`?", re.DOTALL)


class Refused(ValueError):
    """The file cannot be used. `where` is a path such as `jobs[3].service`, a line, a byte, or empty for the whole of it."""

    def __init__(self, where: str, what: str) -> None:
        self.where, self.what = plain(where), plain(what)
        super().__init__(f"{self.where}: {self.what}" if self.where else self.what)


def plain(text: str) -> str:
    """On one line, printable, and no longer than can be read."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]} ..."


def decode(raw: bytes | msgspec.Raw, kind: type[Decoded], where: str = "") -> Decoded:
    """JSON of this type. `Refused` with the path in it, below `where`."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise _misfit(str(error), where) from None
    except msgspec.DecodeError as error:
        what, byte = str(error), ""
        if found := _BYTE.fullmatch(what):
            what, byte = found[1], f"byte {found[2]}"
        raise Refused(where or byte, what.replace("Input data", "JSON")) from None
    except UnicodeDecodeError:
        raise Refused(where, "a text that is not UTF-8") from None
    except RecursionError:
        raise Refused(where, "nested too deeply") from None


def _misfit(message: str, where: str) -> Refused:
    """From msgspec's "Expected `int`, got `str` - at `$.jobs[3].service`"."""
    found = _AT.fullmatch(message)
    what, path = (found[1], found[2]) if found else (message, "")
    return Refused(f"{where}{path}".removeprefix("."), what.replace("`", ""))


_NAMES = (
    ("shifts[", "vehicles["),
    (".windows[", ".time_windows["),
    (".service_s", ".service"),
    (".setup_s", ".setup"),
    (".service_by_level", ".service_per_type"),
    (".rest.window", ".breaks[0].time_windows[0]"),
    (".rest.duration_s", ".breaks[0].service"),
    (".speed_percent", ".speed_factor"),
    (".overtime_max_s", ".line3.overtime"),
    (".debt_s", ".line3.debt"),
    (".day", ".line3.day"),
    (".published_shift", ".line3.published.vehicle"),
    (".published_start", ".line3.published.start"),
)
_HOURS = re.compile(r"shifts\[(\d+)\]\.(?:start|end)$")
_OURS = re.compile(r"\.(prize|affected|lateness_weight|excluded|partner|due|frozen|parts)\b")


def contradiction(error: BadProblem, *, technicians_listed: bool) -> Refused:
    """What the model refuses, at its place in VROOM's JSON. Indices are the same in both."""
    where = error.where
    if where.startswith("technicians["):
        if technicians_listed:
            where = where.replace("_max_s", "").replace("debt_s", "debt")
            return Refused(f"line3.{where}", error.what)
        where = where.replace("technicians[", "vehicles[")
    if where.startswith(("weights.", "depots[")):
        return Refused(f"line3.{where}", error.what)
    where = _HOURS.sub(r"vehicles[\1].time_window", where)
    for ours, theirs in _NAMES:
        where = where.replace(ours, theirs)
    what = error.what.replace("published_shift", "published.vehicle").replace(
        "published_start", "published.start"
    )
    return Refused(_OURS.sub(r".line3.\1", where), what)
