"""VROOM's JSON (docs/API.md of VROOM 1.15) with our extra members, as a `Problem`.

What would change the meaning and is not modelled is refused; what is unknown is ignored, as VROOM does. Where the models
differ, ours is the stricter: what we answer is never worse in truth than on paper. The README of the floor lists where.
"""

from __future__ import annotations

from optimizer.formats import fleet
from optimizer.formats.amounts import Amounts
from optimizer.formats.clock import Clock
from optimizer.formats.ids import Ids, find
from optimizer.formats.places import Atlas, spot
from optimizer.formats.record import Format, JobNote, Read, VehicleNote
from optimizer.formats.refusal import Refused, contradiction, decode
from optimizer.formats.wire import Costs, File, Vehicle
from optimizer.formats.work import Jobs, Prizes
from optimizer.problem import BadProblem, Depot, Problem, Weights, pack
from optimizer.result import Route, Stop

PER_HOUR = 3_600
"""VROOM's default: a second of travel costs 1, as it does with us."""


def read(text: bytes) -> Read:
    """The problem of a file. Raises `Refused`."""
    file = decode(text, File)
    _verify_supported(file)
    ids, clock, amounts, atlas = Ids(file), Clock(file), Amounts(file), Atlas(file)
    problem = _problem(file, ids, clock, amounts, atlas)
    try:
        problem.verify()
    except BadProblem as error:
        listed = atlas.extra.technicians is not None
        raise contradiction(error, technicians_listed=listed) from None
    return Read(
        format=Format.VROOM,
        problem=problem,
        jobs=tuple(
            JobNote(job.id, job.description, spot(job.location, job.location_index), job.priority)
            for job in file.jobs
        ),
        vehicles=tuple(map(_note, file.vehicles)),
        origin=clock.origin,
        warm=_warm(file, ids),
        has_distances=atlas.has_distances,
    )


def _problem(file: File, ids: Ids, clock: Clock, amounts: Amounts, atlas: Atlas) -> Problem:
    names = "location", "location_index"
    places = [
        atlas.place(f"jobs[{number}]", job.location, job.location_index, names)
        for number, job in enumerate(file.jobs)
    ]
    depots = tuple(
        Depot(
            place=atlas.place(f"line3.depots[{number}]", depot.location, depot.location_index, names),
            service_s=depot.service,
        )
        for number, depot in enumerate(atlas.extra.depots)
    )
    ends = fleet.ends(file, atlas)
    tables = atlas.matrices()
    crew = fleet.crew(file, ids)
    technicians = fleet.technicians(file, crew, amounts)
    weights = _weights(file, atlas)
    prizes = Prizes(len(file.jobs), weights, technicians, tables)
    horizon = fleet.horizon(file, clock, technicians, tables[0])
    return Problem(
        technicians=technicians,
        shifts=fleet.shifts(file, clock, crew, ends, technicians, horizon),
        jobs=Jobs(file, clock, ids, amounts, places, prizes).all(),
        places=len(tables[0]),
        travel=pack(tables[0]),
        distance=pack(tables[1]),
        weights=weights,
        depots=depots,
    )


def _verify_supported(file: File) -> None:
    if file.shipments:
        raise Refused("shipments", "are not supported (jobs with delivery or pickup are)")
    for number, vehicle in enumerate(file.vehicles):
        where = f"vehicles[{number}]"
        for name in ("max_travel_time", "max_distance"):
            if getattr(vehicle, name) is not None:
                raise Refused(f"{where}.{name}", "is not supported")
        costs = vehicle.costs or Costs()
        if costs.per_hour != PER_HOUR:
            raise Refused(f"{where}.costs.per_hour", f"other than {PER_HOUR} is not supported")
        if costs.per_task_hour:
            raise Refused(f"{where}.costs.per_task_hour", "is not supported")


def _weights(file: File, atlas: Atlas) -> Weights:
    """`line3.weights` whole, or VROOM's prices, which have to be those of all vehicles."""
    if atlas.extra.weights is not None:
        weights = atlas.extra.weights
    else:
        first = (file.vehicles[0].costs or Costs()) if file.vehicles else Costs()
        for number, vehicle in enumerate(file.vehicles):
            if (vehicle.costs or Costs()) != first:
                raise Refused(
                    f"vehicles[{number}].costs", "other than those of vehicles[0] are not supported"
                )
        weights = Weights(shift_used=first.fixed, distance_per_km=first.per_km)
    if weights.distance_per_km and not atlas.has_distances:
        raise Refused(f"matrices.{atlas.profile}.distances", "is missing, but a kilometre has a price")
    return weights


def _note(vehicle: Vehicle) -> VehicleNote:
    rest = vehicle.breaks[0] if vehicle.breaks else None
    start, end = spot(vehicle.start, vehicle.start_index), spot(vehicle.end, vehicle.end_index)
    return VehicleNote(
        vehicle.id,
        vehicle.description,
        None if vehicle.start is None and vehicle.start_index is None else start,
        None if vehicle.end is None and vehicle.end_index is None else end,
        0 if rest is None else rest.id,
        None if rest is None else rest.description,
    )


def _warm(file: File, ids: Ids) -> tuple[Route, ...]:
    """The routes that `steps` describe: where the search starts, as in VROOM's solving mode; no time in them counts."""
    routes: list[Route] = []
    seen: set[int] = set()
    for number, vehicle in enumerate(file.vehicles):
        stops: list[Stop] = []
        for place, step in enumerate(vehicle.steps):
            where = f"vehicles[{number}].steps[{place}]"
            if step.type in ("start", "end", "break"):
                continue
            if step.type != "job":
                raise Refused(f"{where}.type", f"{step.type!r} is not supported")
            if step.id is None:
                raise Refused(f"{where}.id", "is missing")
            job = find(ids.jobs, step.id, "job", f"{where}.id")
            if job in seen:
                raise Refused(f"{where}.id", f"job {step.id} stands in steps twice")
            seen.add(job)
            stops.append(Stop(job=job, arrival=0, start=0, end=0, travel_s=0, distance_m=0))
        if stops:
            routes.append(Route(shift=number, leave=0, back=0, stops=tuple(stops)))
    return tuple(routes)
