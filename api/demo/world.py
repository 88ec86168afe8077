"""Everybody and everything of one demo: who works, what comes in, and what was seen to happen."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import msgspec

from api.demo.area import Made
from api.demo.client import Client
from api.demo.desk import Desk, Emergency, TicketSystem
from api.demo.faults import OPENS, Fault, instant
from api.demo.support import SupportLine
from api.demo.technician import Person
from api.wire.plans import PlanOut, RoundOut
from dispatch.clock import SteppedClock


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """What was out, on both days, before and after a plan was published."""

    at: datetime
    plan: PlanOut
    before: list[RoundOut]
    after: list[RoundOut]


class World(msgspec.Struct, kw_only=True):
    """One demo."""

    made: Made
    faults: list[Fault]
    first_on: date
    clock: SteppedClock
    client: Client
    desk: Desk
    tickets: TicketSystem
    support: SupportLine
    people: list[Person]
    seed: int
    plan_seconds: int
    broken: str | None = None
    """The invariant that this run breaks on purpose."""
    publications: list[Publication] = []
    failed_runs: dict[str, str] = {}
    decided: list[str] = []
    emergencies: list[Emergency] = []
    answered: set[UUID] = set()
    """Jobs whose subscriber has been on the phone, or did not want to be."""
    episodes: list[str] = []
    """What was arranged to happen and did, a line each."""

    @property
    def days(self) -> tuple[date, date]:
        return self.first_on, self.first_on + timedelta(days=1)

    def at(self, clock: time) -> datetime:
        return instant(self.made, self.first_on, clock)

    def local(self, moment: datetime) -> str:
        return moment.astimezone(self.at(OPENS).tzinfo).strftime("%H:%M")
