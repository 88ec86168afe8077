"""The fairness ledger on the wire."""

from datetime import date
from uuid import UUID

from dispatch.bounded import Wire


class FairnessDayOut(Wire):
    """`burdenMinutes`: all of it, weighed. `balanceMinutes`: above the average of the four weeks up to that day."""

    on_day: date
    overtime_minutes: int
    far_visits: int
    emergencies: int
    weekend_minutes: int
    late_minutes: int
    joined_visits: int
    burden_minutes: int
    balance_minutes: int


class OwnFairnessDayOut(FairnessDayOut):
    sentence: str


class OwnFairnessOut(Wire):
    balance_minutes: int
    days: list[OwnFairnessDayOut]


class TechnicianFairnessOut(Wire):
    technician_id: UUID
    display_name: str
    balance_minutes: int
    days: list[FairnessDayOut]


class FairnessOut(Wire):
    items: list[TechnicianFairnessOut]
