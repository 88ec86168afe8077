"""Solomon's and Gehring and Homberger's text format: one depot, equal vehicles, customers with demands and windows.

For `distance` in the convention of the DIMACS challenge: distances cut off after one decimal, counted in tenths, and nothing
else costs. For `vehicles` distances are rounded up to thousandths and a vehicle outweighs any distance. A way takes as long as
it is; every customer is mandatory. Vehicles are numbered from 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from optimizer.formats.record import Format, JobNote, Objective, Read, VehicleNote
from optimizer.formats.refusal import Refused
from optimizer.formats.rows import Row, distances, heading, rounded_down, rounded_up, rows
from optimizer.problem import (
    MAX_COUNT,
    MAX_PRIZE,
    MAX_SECONDS,
    Job,
    Problem,
    Shift,
    Technician,
    Weights,
    Window,
    pack,
)

TENTHS, THOUSANDTHS = 10, 1_000
DEMAND = "demand"


class Customer(NamedTuple):
    """A row; the first is the depot, whose window is the shift."""

    id: int
    point: tuple[float, float]
    demand: int
    ready: float
    due: float
    service: float


def is_solomon(text: str) -> bool:
    """By its two headings."""
    headings = {heading(row) for row in rows(text)}
    return {"VEHICLE", "CUSTOMER"} <= headings


def read(text: str, objective: Objective) -> Read:
    """The problem of a file. Raises `Refused`."""
    fleet, capacity, customers = _parsed(text)
    scale = TENTHS if objective == Objective.DISTANCE else THOUSANDTHS
    depot, served = customers[0], customers[1:]
    lengths = distances([customer.point for customer in customers])
    ways = (rounded_down if objective == Objective.DISTANCE else rounded_up)(lengths, scale)
    if ways.max() > MAX_SECONDS or depot.due * scale > MAX_SECONDS:
        raise Refused("", f"distances or instants above {MAX_SECONDS // scale}")
    # more vehicles than customers are never of use
    crew = range(1, min(fleet, len(served)) + 1)
    alone = 2 * int(ways[0].sum()) + 1  # what no plan costs that is worth a look: each customer by himself
    problem = Problem(
        technicians=tuple(Technician(name=str(n), parts={DEMAND: capacity}) for n in crew),
        shifts=tuple(_shift(number, depot, scale) for number in range(len(crew))),
        jobs=tuple(_job(place, customer, scale) for place, customer in enumerate(served, 1)),
        places=len(customers),
        travel=pack(ways),
        distance=pack(ways),
        weights=Weights(shift_used=min(alone, MAX_PRIZE) if objective == Objective.VEHICLES else 0),
    )
    return Read(
        format=Format.SOLOMON,
        problem=problem,
        jobs=tuple(JobNote(customer.id) for customer in served),
        vehicles=tuple(VehicleNote(number) for number in crew),
        objective=objective,
        scale=scale,
    )


def _shift(number: int, depot: Customer, scale: int) -> Shift:
    return Shift(
        name=str(number + 1),
        technician=number,
        day=0,
        start=math.ceil(depot.ready * scale),
        end=math.floor(depot.due * scale),
        start_place=0,
        end_place=0,
    )


def _job(place: int, customer: Customer, scale: int) -> Job:
    window = Window(earliest=math.ceil(customer.ready * scale), latest=math.floor(customer.due * scale))
    return Job(
        name=str(customer.id),
        place=place,
        service_s=math.ceil(customer.service * scale),
        windows=(window,),
        parts={DEMAND: customer.demand} if customer.demand else {},
        mandatory=True,
    )


def _parsed(text: str) -> tuple[int, int, Sequence[Customer]]:
    """Vehicles, capacity, depot and customers."""
    lines = list(rows(text))
    names = [heading(row) for row in lines]
    first, second = names.index("VEHICLE"), names.index("CUSTOMER")
    if not first + 3 == second or not names[first + 1].startswith("NUMBER CAPACITY"):
        raise lines[first].refuse("VEHICLE needs the heading NUMBER CAPACITY and one line of numbers")
    fleet, capacity = lines[second - 1].numbers(2)
    body = lines[second + 1 :]
    if not body or not names[second + 1].startswith("CUST"):
        raise lines[second].refuse("CUSTOMER needs the heading CUST NO. ...")
    customers: dict[int, Customer] = {}
    for row in body[1:]:
        customer = _customer(row)
        if customer.id in customers:
            raise row.refuse(f"customer {customer.id} stands here twice")
        customers[customer.id] = customer
    if len(customers) < 2:
        raise Refused("", "a depot and at least one customer are needed")
    wanted = lines[second - 1]
    return (
        wanted.whole(fleet, "number of vehicles", least=1),
        min(wanted.whole(capacity, "capacity"), MAX_COUNT),
        list(customers.values()),
    )


def _customer(row: Row) -> Customer:
    number, x, y, demand, ready, due, service = row.numbers(7)
    if not 0 <= ready <= due or service < 0:
        raise row.refuse(f"ready at {ready:g}, due at {due:g}, service of {service:g}")
    return Customer(
        row.whole(number, "number"), (x, y), row.whole(demand, "demand", most=MAX_COUNT), ready, due, service
    )
