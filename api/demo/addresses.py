"""Addresses from a file: `city,street,house,postcode,lat,lon` (more columns are passed over), in any language.

A broken file is answered with one sentence that names the line and what is wrong with it.
"""

import csv
import io
import re
from collections.abc import Iterator
from math import cos, hypot, isfinite, radians
from pathlib import Path
from statistics import median

import msgspec

from dispatch.bounded import LINE

COLUMNS = ("city", "street", "house", "postcode", "lat", "lon")
MAY_BE_EMPTY = {"city", "postcode"}
MAX_BYTES = 64 * 2**20
MAX_LENGTH = 200
WIDEST_KM = 150.0
"""From the middle of an area to its farthest address: nobody drives farther on a round."""


class BadAddresses(Exception):
    """One line: the file, the line of it, what is wrong."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """As given; city and postcode may be empty. Degrees."""

    city: str
    street: str
    house: str
    postcode: str
    latitude: float
    longitude: float


def read_addresses(path: Path) -> list[Address]:
    """In the order of the file. Raises `BadAddresses`."""
    rows = list(_numbered_rows(path, _text(path)))
    if not rows:
        raise BadAddresses(f"{path}: there is no address in it")
    _near_each_other(path, rows)
    return [address for _, address in rows]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadAddresses(f"{path}: cannot be read ({error.strerror})") from error
    if len(raw) > MAX_BYTES:
        raise BadAddresses(f"{path}: larger than {MAX_BYTES // 2**20} MiB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadAddresses(f"{path}, line {line}: not UTF-8") from error


def _numbered_rows(path: Path, text: str) -> Iterator[tuple[int, Address]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [name.strip().lower() for name in next(reader, list[str]())]
        missing = [name for name in COLUMNS if name not in head]
        if missing:
            raise BadAddresses(
                f"{path}, line 1: no column {', '.join(missing)}; expected {','.join(COLUMNS)}"
            )
        for row in reader:
            if row:
                yield reader.line_num, _address(f"{path}, line {reader.line_num}", head, row)
    except csv.Error as error:
        raise BadAddresses(f"{path}, line {reader.line_num}: not CSV ({error})") from error


def _address(where: str, head: list[str], row: list[str]) -> Address:
    if len(row) != len(head):
        raise BadAddresses(f"{where}: {len(row)} values, but {len(head)} columns")
    values = {name: value.strip() for name, value in zip(head, row, strict=True)}
    for name in COLUMNS:
        value = values[name]
        if not value and name not in MAY_BE_EMPTY:
            raise BadAddresses(f"{where}: {name} is empty")
        if len(value) > MAX_LENGTH:
            raise BadAddresses(f"{where}: {name} is longer than {MAX_LENGTH} characters")
        if not re.match(LINE, value):
            raise BadAddresses(f"{where}: {name} has a character in it that cannot be seen")
    latitude, longitude = (
        _degrees(where, "lat", values["lat"], 90),
        _degrees(where, "lon", values["lon"], 180),
    )
    if latitude == longitude == 0:
        raise BadAddresses(f"{where}: 0, 0 is the open sea")
    return Address(
        city=values["city"],
        street=values["street"],
        house=values["house"],
        postcode=values["postcode"],
        latitude=latitude,
        longitude=longitude,
    )


def _degrees(where: str, name: str, text: str, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise BadAddresses(f"{where}: {name} is not a number: {text!r}") from None
    if not isfinite(value) or abs(value) > most:
        raise BadAddresses(f"{where}: {name} is not within {-most:g} .. {most:g}: {text}")
    return value


def kilometres(one: Address, other: Address) -> float:
    """On the plane, which is near enough within an area."""
    width = cos(radians((one.latitude + other.latitude) / 2))
    return 111.2 * hypot(one.latitude - other.latitude, width * (one.longitude - other.longitude))


def _near_each_other(path: Path, rows: list[tuple[int, Address]]) -> None:
    middle = msgspec.structs.replace(
        rows[0][1],
        latitude=median(address.latitude for _, address in rows),
        longitude=median(address.longitude for _, address in rows),
    )
    line, far = max(rows, key=lambda row: kilometres(middle, row[1]))
    if (away := kilometres(middle, far)) > WIDEST_KM:
        raise BadAddresses(f"{path}, line {line}: {away:.0f} km from the middle of the others")
