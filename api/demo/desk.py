"""The people and systems that are not on the road: the dispatcher at the desk, and the ticket system of line 2."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date
from typing import TypeVar
from uuid import UUID

import msgspec

from api.demo.client import NoAnswer, Session
from api.demo.faults import Fault
from api.wire.emergencies import OptionOut, ProposalOut
from api.wire.jobs import (
    ChargeOut,
    Charges,
    EscalationReceived,
    JobOut,
    Jobs,
    Journal,
    JournalEntryOut,
    ReviewOut,
    Reviews,
    WholeJob,
)
from api.wire.plans import (
    DayNumbersOut,
    PlanOut,
    PlanRunOut,
    PlanRuns,
    Plans,
    RoundOut,
    Rounds,
    TechnicianOut,
    Technicians,
    VersionOut,
)
from db.states import PlanRunState, PlanState
from dispatch.rules.escalations import EscalationIn

T = TypeVar("T")
P = TypeVar("P", Jobs, Charges, Reviews)
PAUSE_SECONDS = 0.15
PATIENCE_SECONDS = 20.0
SOLVE_PATIENCE_SECONDS = 180.0
UNDER_WAY = frozenset({PlanRunState.QUEUED, PlanRunState.RUNNING})
PAGE = 200


class TakesTooLong(Exception):
    """What was waited for did not come."""


async def until(what: str, look: Callable[[], Awaitable[T | None]], seconds: float) -> T:
    """The first answer that is not None. Raises `TakesTooLong`."""
    deadline = time.monotonic() + seconds
    while (found := await look()) is None:
        if time.monotonic() > deadline:
            raise TakesTooLong(f"{what} did not come within {seconds:g} s")
        await asyncio.sleep(PAUSE_SECONDS)
    return found


async def answered(what: str, ask: Callable[[], Awaitable[T]]) -> T:
    """Asked again while the server has no answer: whatever is asked this way may arrive twice. Raises `TakesTooLong`, `Problem`."""

    async def look() -> T | None:
        try:
            return await ask()
        except NoAnswer:
            return None

    return await until(what, look, PATIENCE_SECONDS)


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """What was proposed for one, and what was accepted."""

    job_id: UUID
    options: int
    accepted: OptionOut | None
    proposed_ms: float
    accepted_ms: float


class Desk:
    """The dispatcher. Every question is asked again while the server has no answer."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def _get(self, path: str, shape: type[T]) -> T:
        return await answered(path, lambda: self._session.get(path, shape))

    async def _pages(self, path: str, shape: type[P]) -> list[P]:
        pages = [await self._get(f"{path}?limit={PAGE}", shape)]
        while (after := pages[-1].next) is not None:
            pages.append(await self._get(f"{path}?limit={PAGE}&after={after}", shape))
        return pages

    async def technicians(self) -> list[TechnicianOut]:
        return (await self._get("/v1/technicians", Technicians)).items

    async def ask_for_plan(self, first_on: date, last_on: date, *, seconds: int, seed: int) -> PlanRunOut:
        body = {
            "firstOn": first_on.isoformat(),
            "lastOn": last_on.isoformat(),
            "seconds": seconds,
            "seed": seed,
        }
        return await self._session.post("/v1/plan-runs", body, PlanRunOut)

    async def plan(
        self, first_on: date, last_on: date, *, seconds: int, seed: int, watch: Callable[[PlanRunOut], None]
    ) -> PlanRunOut:
        """Ask for a plan and look at it grow."""
        asked = await self.ask_for_plan(first_on, last_on, seconds=seconds, seed=seed)

        async def look() -> PlanRunOut | None:
            run = await self._get(f"/v1/plan-runs/{asked.plan_run_id}", PlanRunOut)
            watch(run)
            return None if run.state in UNDER_WAY else run

        return await until("the plan", look, seconds + SOLVE_PATIENCE_SECONDS)

    async def until_planned(self) -> list[PlanRunOut]:
        """Until no run is queued or running; the newest ones."""

        async def look() -> list[PlanRunOut] | None:
            runs = (await self._get("/v1/plan-runs?limit=20", PlanRuns)).items
            return None if any(run.state in UNDER_WAY for run in runs) else runs

        return await until("the end of planning", look, SOLVE_PATIENCE_SECONDS)

    async def newest_draft(self) -> PlanOut | None:
        plans = (await self._get("/v1/plans?limit=1", Plans)).items
        return plans[0] if plans and plans[0].state is PlanState.DRAFT else None

    async def publish(self, plan_id: UUID) -> None:
        await self._session.post(f"/v1/plans/{plan_id}/publish", {})

    async def rounds(self, on: date) -> list[RoundOut]:
        return (await self._get(f"/v1/rounds?on={on}", Rounds)).rounds

    async def reassign(self, visit_id: UUID, version: int, technician_id: UUID) -> None:
        """Raises `Problem`."""
        body = {"technicianId": str(technician_id)}
        await self._session.post(f"/v1/visits/{visit_id}/reassign", body, version=version)

    async def place_emergency(self, job_id: UUID) -> Emergency:
        """Ask for proposals and take the first. Raises `Problem`."""
        began = time.perf_counter()
        asked = {"jobId": str(job_id)}
        proposal = await answered(
            "a proposal", lambda: self._session.post("/v1/emergencies", asked, ProposalOut)
        )
        proposed_ms = (time.perf_counter() - began) * 1000
        if not proposal.options:
            return Emergency(
                job_id=job_id, options=0, accepted=None, proposed_ms=proposed_ms, accepted_ms=0.0
            )
        began = time.perf_counter()
        path, taken = f"/v1/emergencies/{proposal.proposal_id}/accept", {"option": proposal.options[0].option}
        await answered("an acceptance", lambda: self._session.post(path, taken, VersionOut))
        return Emergency(
            job_id=job_id,
            options=len(proposal.options),
            accepted=proposal.options[0],
            proposed_ms=proposed_ms,
            accepted_ms=(time.perf_counter() - began) * 1000,
        )

    async def reviews(self) -> list[ReviewOut]:
        """The open ones."""
        return [review for page in await self._pages("/v1/reviews", Reviews) for review in page.items]

    async def decide(self, review: ReviewOut, *, accepted: bool, note: str) -> None:
        """Raises `Problem`."""
        body = {"accepted": accepted, "note": note}
        await self._session.post(f"/v1/reviews/{review.review_id}/decision", body, version=review.version)

    async def release(self, job: JobOut, reason: str) -> None:
        """Off hold. Raises `Problem`."""
        await self._session.post(f"/v1/jobs/{job.job_id}/release", {"reason": reason}, version=job.version)

    async def jobs(self) -> list[JobOut]:
        return [job for page in await self._pages("/v1/jobs", Jobs) for job in page.items]

    async def whole_job(self, job_id: UUID) -> WholeJob:
        return await self._get(f"/v1/jobs/{job_id}", WholeJob)

    async def charges(self) -> list[ChargeOut]:
        return [charge for page in await self._pages("/v1/charges", Charges) for charge in page.items]

    async def journal(self) -> list[JournalEntryOut]:
        found: list[JournalEntryOut] = []
        while page := (
            await self._get(f"/v1/journal?limit={PAGE}&after={found[-1].n if found else 0}", Journal)
        ).items:
            found += page
        return found

    async def numbers(self, on: date) -> DayNumbersOut:
        return await self._get(f"/v1/days/{on}/numbers", DayNumbersOut)


class TicketSystem:
    """Line 2's own system. It delivers at least once: every eighth escalation comes twice."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.delivered: dict[UUID, Fault] = {}
        self.grown: list[Fault] = []
        self.repeated = 0
        self.differing = 0
        """Repetitions that were answered with another job."""
        self._count = 0

    async def deliver(self, fault: Fault) -> UUID:
        """The job that it became. Raises `Problem`."""
        self._count += 1
        received = await self._send(fault.escalation)
        if self._count % 8 == 0:
            self.repeated += 1
            again = await self._send(fault.escalation)
            self.differing += (again.job_id, again.again) != (received.job_id, True)
        self.delivered[received.job_id] = fault
        return received.job_id

    async def deliver_more(self, fault: Fault) -> None:
        """The next escalation of the same ticket: the same job."""
        received = await self._send(fault.once_more())
        self.differing += received.job_id not in self.delivered
        self.grown.append(fault)

    async def _send(self, escalation: EscalationIn) -> EscalationReceived:
        return await answered(
            "the receipt of an escalation",
            lambda: self._session.post("/v1/escalations", escalation, EscalationReceived),
        )
