"""Who carries more than the others: for the technician of the own days, for the dispatcher of all."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import get
from litestar.params import QueryParameter

from api.auth import allow
from api.deps import AreaId, CallerDep
from api.wire.fairness import (
    FairnessDayOut,
    FairnessOut,
    OwnFairnessDayOut,
    OwnFairnessOut,
    TechnicianFairnessOut,
)
from db.records import FairnessDay
from db.states import Role
from dispatch.flows import fairness
from dispatch.rules.told_fairness import told_of_day

From = Annotated[date | None, QueryParameter(name="from", description="Else four weeks before")]
To = Annotated[date | None, QueryParameter(name="to", description="Else today")]


@get("/v1/me/fairness", opt=allow(Role.TECHNICIAN), tags=["account"], summary="What my days asked of me")
async def get_own_fairness(
    caller: CallerDep, first_on: From = None, last_on: To = None, area_id: AreaId = None
) -> OwnFairnessOut:
    """Overtime, far visits, emergencies, weekends, evenings and help for others, day by day, in a sentence each; and how that
    compares with the others."""
    area = caller.area(area_id)
    me: UUID = dict(caller.actor.technician_ids)[area]
    ledger = await caller.read(
        lambda conn: fairness.read(conn, area_id=area, first_on=first_on, last_on=last_on, now=caller.now)
    )
    language = caller.actor.language
    return OwnFairnessOut(
        balance_minutes=ledger.balances.get(me, 0),
        days=[
            OwnFairnessDayOut(**_day(row, balance), sentence=told_of_day(row, balance, language))
            for row, balance in ledger.rows.get(me, [])
        ],
    )


@get(
    "/v1/fairness",
    opt=allow(Role.DISPATCHER, Role.SUPERVISOR),
    tags=["numbers"],
    summary="What days asked of each technician",
)
async def list_fairness(
    caller: CallerDep, first_on: From = None, last_on: To = None, area_id: AreaId = None
) -> FairnessOut:
    """Of those who are at home in the area, wherever they worked. A plan takes the balance as work done before, where the area
    weighs `unfairness`."""
    area = caller.area(area_id)
    ledger = await caller.read(
        lambda conn: fairness.read(conn, area_id=area, first_on=first_on, last_on=last_on, now=caller.now)
    )
    return FairnessOut(
        items=[
            TechnicianFairnessOut(
                technician_id=person.technician_id,
                display_name=person.display_name,
                balance_minutes=ledger.balances.get(person.technician_id, 0),
                days=[
                    FairnessDayOut(**_day(row, balance))
                    for row, balance in ledger.rows.get(person.technician_id, [])
                ],
            )
            for person in ledger.technicians
        ]
    )


def _day(row: FairnessDay, balance: int) -> dict[str, Any]:
    names = set(FairnessDayOut.__struct_fields__) - {"balance_minutes"}
    return {name: getattr(row, name) for name in names} | {"balance_minutes": balance}
