"""What is run: families of instances, each with its problem, its best known value and its time."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from optimizer.cities import Shape
from optimizer.days import Weather, day
from optimizer.problem import Problem, Record
from tests.benchmarks.versus import files
from tests.benchmarks.versus.told import common, dark

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
"""Public instances, beside the checkout; where they are not, their families are left out."""


class Family(StrEnum):
    """DAYS and OUTAGES hold only what all peers can be told, but for the outages; RICH everything: ours alone."""

    DAYS = "days"
    OUTAGES = "outages"
    TRSP = "trsp"
    VRPTW = "vrptw"
    VEHICLES = "vehicles"
    RICH = "rich"


class Instance(Record, frozen=True):
    """`group` is its row in the tables. `scale` is how many units of cost are one of `best`, the best known value;
    `best_rounds` the fewest known vehicles."""

    family: Family
    name: str
    group: str
    seconds: float
    scale: int = 1
    best: float | None = None
    best_rounds: int | None = None


SIZES = {
    Family.DAYS: ((200, 30), (500, 60), (1000, 120)),
    Family.OUTAGES: ((200, 30), (500, 60), (1000, 120)),
}
LARGE = (2000, 250)
DAY_S, CLASSIC_S, SMALL_CLASSIC_S = 30.0, 60.0, 10.0


def instances(data: Path = DATA, draw: int = 1) -> Iterator[Instance]:
    """All there are, family by family. `draw` numbers the made-up days: another one gives other days of the same kinds."""
    yield from _days(Family.DAYS, (Weather.BUSY, Weather.STORM), draw)
    yield _day(Family.DAYS, *LARGE, Weather.BUSY, Shape.RIVER, draw)
    yield from _days(Family.OUTAGES, (Weather.STORM,), draw)
    yield from _trsp(data / "trsp")
    yield from _vrptw(data / "vrptw", vehicles_first=False)
    yield from _vrptw(data / "vrptw", vehicles_first=True)
    yield from _days(Family.RICH, (Weather.CALM, Weather.STORM), draw)


def _days(family: Family, weathers: tuple[Weather, ...], draw: int) -> Iterator[Instance]:
    for jobs, technicians in SIZES.get(family, SIZES[Family.DAYS][:2]):
        for weather in weathers:
            for shape in Shape:
                yield _day(family, jobs, technicians, weather, shape, draw)


def _day(family: Family, jobs: int, technicians: int, weather: Weather, shape: Shape, draw: int) -> Instance:
    group = f"{jobs}x{technicians} {weather}"
    return Instance(family=family, name=f"{group} {shape} {draw}", group=group, seconds=DAY_S)


def _trsp(folder: Path) -> Iterator[Instance]:
    for row in _best_known(folder):
        yield Instance(
            family=Family.TRSP,
            name=row["instance"],
            group="25 technicians, 100 requests",
            seconds=CLASSIC_S,
            scale=files.TRSP_SCALE,
            best=float(row["duration"]),
        )


def _vrptw(folder: Path, *, vehicles_first: bool) -> Iterator[Instance]:
    for row in _best_known(folder):
        size = re.match(r"[RC]+[12]_(\d+)_\d+$", row["instance"])
        count = 100 * int(size[1]) if size else 100
        rounds = int(row["vehicles_first_bks_vehicles"])
        yield Instance(
            family=Family.VEHICLES if vehicles_first else Family.VRPTW,
            name=row["instance"],
            group=str(count),
            seconds=CLASSIC_S if size else SMALL_CLASSIC_S,
            scale=files.VEHICLES_SCALE if vehicles_first else files.DISTANCE_SCALE,
            best=float(row["vehicles_first_bks_distance" if vehicles_first else "distance_only_bks"]),
            best_rounds=rounds if vehicles_first else None,
        )


def _best_known(folder: Path) -> list[dict[str, str]]:
    table = folder / "best-known.csv"
    if not table.is_file():
        return []
    with table.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if _file(folder, row["instance"]) is not None]
    return sorted(rows, key=lambda row: (len(row["instance"]), row["instance"]))


def _file(folder: Path, name: str) -> Path | None:
    return next(iter([*folder.glob(f"{name}.txt"), *folder.glob(f"{name}.100_*.txt")]), None)


def problem(instance: Instance, data: Path = DATA) -> Problem:
    """The whole of it, as ours gets it. Raises FileNotFoundError where its file is missing."""
    if instance.family in (Family.VRPTW, Family.VEHICLES, Family.TRSP):
        return _classic(instance, data)
    size, weather, shape, draw = instance.name.split()
    jobs, technicians = map(int, size.split("x"))
    made = day(jobs, technicians, shape=Shape(shape), weather=Weather(weather), seed=int(draw))
    if instance.family is Family.RICH:
        return made
    return common(made) if instance.family is Family.DAYS else dark(made)


def _classic(instance: Instance, data: Path) -> Problem:
    folder = data / ("trsp" if instance.family is Family.TRSP else "vrptw")
    path = _file(folder, instance.name)
    if path is None:
        raise FileNotFoundError(f"{folder}/{instance.name}*.txt")
    text = path.read_text("utf-8")
    if instance.family is Family.TRSP:
        return files.trsp(text)
    return files.vrptw(text, vehicles_first=instance.family is Family.VEHICLES)
