"""What cannot wait for the next plan: ways to serve an emergency now, and doing one of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import post
from litestar.params import FromPath, JSONBody

from api.auth import allow
from api.deps import CallerDep, HorizonsDep, shown
from api.wire.emergencies import (
    AcceptIn,
    AtRiskOut,
    ConsequencesOut,
    EmergencyIn,
    LaterOut,
    MessageOut,
    MovedOut,
    OptionOut,
    ProposalOut,
    ShiftedOut,
    TakenOut,
    UnplacedOut,
)
from api.wire.plans import PlanOut, VersionOut
from db.states import Role
from dispatch import repairs
from dispatch.rules.consequences import Became, Consequences
from dispatch.rules.emergencies import Option

DISPATCHER = allow(Role.DISPATCHER)


def _option(option: Option, named: repairs.Named, said: Consequences) -> OptionOut:
    return OptionOut(
        option=option.option,
        technician_id=option.technician_id,
        display_name=named.technicians[option.technician_id],
        on_day=option.on_day,
        expected_arrival_at=option.arrival_at,
        expected_start_at=option.start_at,
        expected_end_at=option.end_at,
        cost=option.cost,
        moved=[
            MovedOut(
                job_id=moved.job_id,
                job_number=named.jobs[moved.job_id],
                address=named.addresses[moved.job_id],
                from_technician_id=moved.from_technician_id,
                from_display_name=named.technicians[moved.from_technician_id],
                to_technician_id=moved.to_technician_id,
                to_display_name=None
                if moved.to_technician_id is None
                else named.technicians[moved.to_technician_id],
                to_day=moved.to_day,
                start_at=moved.start_at,
            )
            for moved in option.moved
        ],
        later=[
            LaterOut(
                job_id=later.job_id,
                job_number=named.jobs[later.job_id],
                address=named.addresses[later.job_id],
                technician_id=later.technician_id,
                display_name=named.technicians[later.technician_id],
                seconds=later.seconds,
                promised=later.promised,
            )
            for later in option.later
        ],
        consequences=consequences_out(said, named),
    )


def consequences_out(said: Consequences, named: repairs.Named) -> ConsequencesOut:
    """With names and numbers."""
    return ConsequencesOut(
        driving_seconds=said.driving_seconds,
        driving_m=said.driving_m,
        overtime_seconds=said.overtime_seconds,
        shifted=[
            ShiftedOut(
                job_id=one.job_id,
                job_number=named.jobs[one.job_id],
                address=named.addresses[one.job_id],
                technician_id=one.technician_id,
                display_name=named.technicians[one.technician_id],
                start_at=one.start_at,
                seconds=one.seconds,
                promised=one.promised,
            )
            for one in said.shifted
        ],
        promises_at_risk=[
            AtRiskOut(
                job_id=one.job_id,
                job_number=named.jobs[one.job_id],
                address=named.addresses[one.job_id],
                technician_id=one.technician_id,
                display_name=named.technicians[one.technician_id],
                start_at=one.start_at,
                latest_at=one.latest_at,
                spare_seconds=one.spare_seconds,
            )
            for one in said.at_risk
        ],
        messages=[
            MessageOut(
                technician_id=one.technician_id,
                display_name=None if one.technician_id is None else named.technicians[one.technician_id],
                job_id=one.job_id,
                job_number=None if one.job_id is None else named.jobs[one.job_id],
                address=None if one.job_id is None else named.addresses[one.job_id],
                language=one.language,
                text=one.text,
                sent=one.sent,
            )
            for one in said.messages
        ],
    )


def what_became(became: Sequence[Became], named: repairs.Named) -> tuple[list[TakenOut], list[UnplacedOut]]:
    """Who has which job now, and which nobody else can take."""
    taken: list[TakenOut] = []
    unplaced: list[UnplacedOut] = []
    for one in became:
        said: dict[str, Any] = {
            "job_id": one.job_id,
            "job_number": one.number,
            "address": one.address,
            "earliest": None if one.window is None else one.window[0],
            "latest": None if one.window is None else one.window[1],
            "from_technician_id": one.technician_id,
            "from_display_name": named.technicians.get(one.technician_id, ""),
            "was_at": one.was_at,
        }
        if one.to is None or one.start_at is None:
            unplaced.append(UnplacedOut(**said))
            continue
        taken.append(
            TakenOut(
                **said,
                technician_id=one.to[1],
                display_name=named.technicians[one.to[1]],
                on_day=one.to[2],
                start_at=one.start_at,
            )
        )
    return taken, unplaced


@post(
    "/v1/emergencies",
    opt=DISPATCHER,
    tags=["emergencies"],
    summary="Propose how to serve a job today",
    status_code=201,
)
async def propose_emergency(
    data: JSONBody[EmergencyIn], caller: CallerDep, horizons: HorizonsDep
) -> ProposalOut:
    """The best ways, each with what it does to others: who gives way to it and who is served later. No promise is broken by
    any of them. Nothing changes until one is accepted."""
    proposed = await repairs.propose_emergency(
        caller.database,
        horizons,
        job_id=data.job_id,
        most_moved=data.most_moved,
        actor=caller.actor,
        now=caller.now,
    )
    return ProposalOut(
        proposal_id=proposed.proposal.proposal_id,
        job_id=proposed.proposal.job_id,
        created_at=proposed.proposal.created_at,
        expires_at=proposed.proposal.expires_at,
        options=[
            _option(option, proposed.named, said)
            for option, said in zip(proposed.options, proposed.consequences, strict=True)
        ],
    )


@post(
    "/v1/emergencies/{proposal_id:uuid}/accept",
    opt=DISPATCHER,
    tags=["emergencies"],
    summary="Do what was proposed",
    status_code=200,
)
async def accept_proposal(
    proposal_id: FromPath[UUID], data: JSONBody[AcceptIn], caller: CallerDep
) -> VersionOut:
    """The rounds change at once, and a better plan is looked for. 409 where they have changed since it was proposed."""
    plan = await repairs.accept(
        caller.database, proposal_id=proposal_id, option=data.option, actor=caller.actor, now=caller.now
    )
    return VersionOut(plan=None if plan is None else shown(plan, PlanOut))
