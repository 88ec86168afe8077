"""Letters on paper: to whom, when, about what, in which words. Only for who answers for them, because they name the holder."""

from uuid import UUID

from litestar import get
from litestar.params import FromPath

from api.auth import allow
from api.deps import CallerDep
from api.wire.papers import PaperOut
from db.states import Role
from dispatch.flows import papers

BOSS = allow(Role.SUPERVISOR)


def _out(found: papers.Printed) -> PaperOut:
    paper = found.paper
    return PaperOut(
        language=paper.language,
        sender=found.sender,
        to_name=found.to_name,
        to_address=found.to_address,
        dated=paper.dated,
        reference=list(paper.reference),
        subject=paper.subject,
        paragraphs=list(paper.paragraphs),
        lines=list(paper.lines),
        call=paper.call,
        closing=paper.closing,
        signed_by=found.signed_by,
    )


@get(
    "/v1/complaints/{complaint_id:uuid}/letter",
    opt=BOSS,
    tags=["complaints"],
    summary="An answer, as a letter",
)
async def get_complaint_letter(complaint_id: FromPath[UUID], caller: CallerDep) -> PaperOut:
    """To be printed. 409 where it has no answer yet."""
    return _out(
        await caller.read(
            lambda conn: papers.of_complaint(conn, areas_seen=caller.actor.areas, complaint_id=complaint_id)
        )
    )


@get("/v1/credits/{credit_id:uuid}/letter", opt=BOSS, tags=["credits"], summary="A credit, as a letter")
async def get_credit_letter(credit_id: FromPath[UUID], caller: CallerDep) -> PaperOut:
    """To be printed: the amount, and how it comes about."""
    return _out(
        await caller.read(
            lambda conn: papers.of_credit(conn, areas_seen=caller.actor.areas, credit_id=credit_id)
        )
    )
