"""Reads the classic instances (Solomon, Gehring-Homberger, TRSP) from their text files.

TO BE REPLACED, here and in `instances.py` alone, by `optimizer.formats.read` once it has arrived.
"""

from __future__ import annotations

import numpy as np

from optimizer.problem import Depot, Job, Problem, Shift, Technician, Weights, Window, pack

DISTANCE_SCALE, VEHICLES_SCALE, TRSP_SCALE = 10, 100, 1_000
ROUND_PRICE = 1_000_000
"""Vehicles first: more than what any way round one can be worth."""


def vrptw(text: str, *, vehicles_first: bool) -> Problem:
    """Distances truncated to a tenth (DIMACS) and nothing else counts; or rounded up to a hundredth, vehicles first."""
    numbers = [[float(word) for word in line.split()] for line in text.splitlines() if _is_numbers(line)]
    (count, capacity), nodes = (int(n) for n in numbers[0]), np.array(numbers[1:])
    scale = VEHICLES_SCALE if vehicles_first else DISTANCE_SCALE
    points = nodes[:, 1:3]
    exact = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)) * scale
    ways = np.ceil(exact - 1e-9) if vehicles_first else np.floor(exact + 1e-9)
    end = int(nodes[0, 5]) * scale
    jobs = tuple(
        Job(
            name=str(number),
            place=number,
            service_s=int(row[6]) * scale,
            windows=(Window(earliest=int(row[4]) * scale, latest=int(row[5]) * scale),),
            parts={"load": int(row[3])},
            mandatory=True,
        )
        for number, row in enumerate(nodes[1:], 1)
    )
    return Problem(
        technicians=tuple(Technician(name=str(n), parts={"load": capacity}) for n in range(count)),
        shifts=tuple(
            Shift(name=str(n), technician=n, day=0, start=0, end=end, start_place=0, end_place=0)
            for n in range(count)
        ),
        jobs=jobs,
        places=len(nodes),
        travel=pack(ways.astype(np.int64)),
        distance=pack(ways.astype(np.int64)),
        weights=Weights(shift_used=ROUND_PRICE if vehicles_first else 0),
    )


def _is_numbers(line: str) -> bool:
    words = line.split()
    return bool(words) and all(word.lstrip("-").replace(".", "", 1).isdigit() for word in words)


def trsp(text: str) -> Problem:
    """Technicians from their homes; being away is what costs; node 0 hands out tools and parts."""
    rows = [line.split() for line in text.splitlines() if line[:1].isdigit()]
    crew, nodes = int(rows[0][0]), rows[1:]
    points = np.array([[float(row[1]), float(row[2])] for row in nodes])
    ways = np.rint(np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)) * TRSP_SCALE)
    windows = [(int(row[3]) * TRSP_SCALE, int(row[4]) * TRSP_SCALE) for row in nodes]
    lists = [[_list(word) for word in row[6:9]] for row in nodes]

    def parts(node: int) -> dict[str, int]:
        return {str(part): count for part, count in enumerate(lists[node][2]) if count}

    def named(node: int, column: int) -> frozenset[str]:
        return frozenset(map(str, lists[node][column]))

    return Problem(
        technicians=tuple(
            Technician(name=str(node), skills=named(node, 0), tools=named(node, 1), parts=parts(node))
            for node in range(1, crew + 1)
        ),
        shifts=tuple(
            Shift(
                name=str(node),
                technician=node - 1,
                day=0,
                start=windows[node][0],
                end=windows[node][1],
                start_place=node,
                end_place=node,
            )
            for node in range(1, crew + 1)
        ),
        jobs=tuple(
            Job(
                name=str(node),
                place=node,
                service_s=int(nodes[node][5]) * TRSP_SCALE,
                windows=(Window(earliest=windows[node][0], latest=windows[node][1]),),
                skills=named(node, 0),
                tools=named(node, 1),
                parts=parts(node),
                mandatory=True,
            )
            for node in range(crew + 1, len(nodes))
        ),
        places=len(nodes),
        travel=pack(ways.astype(np.int64)),
        distance=pack(ways.astype(np.int64)),
        weights=Weights(travel=0, duration=1),
        depots=(Depot(place=0),),
    )


def _list(word: str) -> list[int]:
    return [int(number) for number in word.strip("[]").split(",") if number]
