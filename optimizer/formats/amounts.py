"""VROOM's amounts as parts: a vehicle's capacity is its technician's stock, what a job delivers or picks up is used of it.

Exact where only deliveries or only pickups are carried, as the load is then highest at one end of the route. A job with both
counts the larger, and deliveries count beside pickups: so nothing is ever overloaded, but a vehicle that first delivers and
then fills up again is thought full earlier than VROOM thinks it. `max_tasks` is a part of which each job uses one.
"""

from __future__ import annotations

from collections import Counter

from optimizer.formats.refusal import Refused
from optimizer.formats.wire import File, Job
from optimizer.problem import MAX_COUNT

TASKS = "max_tasks"


class Amounts:
    """Parts by vehicle and job. Raises `Refused`."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.size = next((len(v.capacity) for v in file.vehicles if v.capacity is not None), 0)
        self.has_tasks = _has_tasks(file)
        self.used = [self._used(number, job) for number, job in enumerate(file.jobs)]
        self.total = Counter[str]()
        for used in self.used:
            self.total.update(used)

    def job(self, number: int) -> dict[str, int]:
        """What it uses up."""
        return self.used[number]

    def vehicle(self, number: int) -> dict[str, int]:
        """What it holds: never more than all jobs use, as many files write a huge number for "enough"."""
        vehicle, jobs = self.file.vehicles[number], len(self.file.jobs)
        if vehicle.line3 is not None and vehicle.line3.parts is not None:
            parts = vehicle.line3.parts
        else:
            capacity = vehicle.capacity or []
            self._verify_size(f"vehicles[{number}].capacity", len(capacity))
            most = {
                name: min(held, self.total[name]) for name, held in zip(self._names(), capacity, strict=True)
            }
            parts = {name: count for name, count in most.items() if count}
        if not self.has_tasks:
            return parts
        return parts | {TASKS: jobs if vehicle.max_tasks is None else min(jobs, vehicle.max_tasks)}

    def _used(self, number: int, job: Job) -> dict[str, int]:
        where, tasks = f"jobs[{number}]", {TASKS: 1} if self.has_tasks else dict[str, int]()
        if job.line3 is not None and job.line3.parts is not None:
            return job.line3.parts | tasks
        delivery, key = job.delivery, "delivery"
        if job.amount is not None and job.delivery is None and job.pickup is None:
            delivery, key = job.amount, "amount"
        most = [0] * self.size
        for name, amounts in ((key, delivery), ("pickup", job.pickup)):
            if amounts is not None:
                self._verify_size(f"{where}.{name}", len(amounts))
                if max(amounts, default=0) > MAX_COUNT:
                    raise Refused(f"{where}.{name}", f"{max(amounts)} is not in 0 .. {MAX_COUNT}")
                most = [max(pair) for pair in zip(most, amounts, strict=True)]
        used = {name: count for name, count in zip(self._names(), most, strict=True) if count}
        return used | tasks

    def _names(self) -> list[str]:
        return [f"amount[{dimension}]" for dimension in range(self.size)]

    def _verify_size(self, where: str, size: int) -> None:
        if size != self.size:
            raise Refused(where, f"{size} amounts, but a vehicle's capacity has {self.size}")


def _has_tasks(file: File) -> bool:
    """A limit on tasks holds for one route; stock lasts for all of a technician's, and a depot renews it."""
    extra = file.line3
    for number, vehicle in enumerate(file.vehicles):
        if vehicle.max_tasks is None:
            continue
        if extra is not None and (extra.technicians is not None or extra.depots):
            what = "is not supported together with line3.technicians or line3.depots"
            raise Refused(f"vehicles[{number}].max_tasks", what)
        return True
    return False
