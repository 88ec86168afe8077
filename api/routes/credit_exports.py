"""What was credited in a period and what became of it; the files in which supervisors take it along."""

from decimal import Decimal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from api.auth import allow
from api.deps import AreaId, Caller, CallerDep, Limit, shown
from api.routes.numbers import From, To
from api.sheets import CSV, Cell, as_file
from api.wire.credits import (
    CreditExportIn,
    CreditExportOut,
    CreditExports,
    CreditLineOut,
    CreditOfPeriodOut,
    CreditStatementOut,
    CreditTotalOut,
)
from db.records import CreditLine
from db.states import Role
from dispatch.flows import credit_exports
from dispatch.rules.credit_rows import line_of
from dispatch.rules.plurals import minor_digits
from dispatch.rules.told_credits import told_of_line

READERS = allow(Role.SUPPORT, Role.SUPERVISOR)
BOSS = allow(Role.SUPERVISOR)
HEADS = (
    "creditId",
    "contract",
    "ticketNumber",
    "creditedAt",
    "exportedAt",
    "kind",
    "onDay",
    "amount",
    "currency",
    "tableVersion",
    "why",
)


def _line(row: CreditLine, currency: str, language: str) -> CreditLineOut:
    sentence = told_of_line(line_of(row), currency, language)
    return CreditLineOut(
        kind=row.kind,
        on_day=row.on_day,
        appointment_id=row.appointment_id,
        amount_minor=row.amount_minor,
        table_version=row.table_version,
        sentence=sentence,
        spoken=sentence,
    )


def _listed(found: credit_exports.Listed, caller: Caller) -> CreditOfPeriodOut:
    credit = found.credit
    return CreditOfPeriodOut(
        credit_id=credit.credit_id,
        contract=credit.contract,
        ticket_id=credit.ticket_id,
        ticket_number=credit.ticket_number,
        amount_minor=credit.amount_minor,
        currency=credit.currency,
        claimed=credit.claimed_by is not None,
        credited_at=credit.credited_at,
        exported_at=credit.exported_at,
        leaves_by=credit.leaves_by,
        billed_at=credit.billed_at,
        lines=[_line(row, credit.currency, caller.actor.language) for row in found.lines],
    )


def _export(found: credit_exports.Export) -> CreditExportOut:
    made = found.export
    return CreditExportOut(
        export_id=made.export_id,
        first_on=made.first_on,
        last_on=made.last_on,
        exported_at=made.exported_at,
        exported_by=found.exported_by,
        credits=made.credits,
    )


@get("/v1/credit-statement", opt=READERS, tags=["credits"], summary="The credits of a period")
async def get_credit_statement(
    caller: CallerDep, first_on: From, last_on: To, area_id: AreaId = None, limit: Limit = 500
) -> CreditStatementOut:
    """By the day on which they were credited, each explained line by line in the reader's language, with what became of it."""
    area = caller.area(area_id)
    found = await caller.read(
        lambda conn: credit_exports.statement(
            conn, area_id=area, first_on=first_on, last_on=last_on, limit=limit
        )
    )
    return CreditStatementOut(
        first_on=first_on,
        last_on=last_on,
        items=[_listed(one, caller) for one in found.items],
        totals=[shown(one, CreditTotalOut) for one in found.totals],
        leaves_by=found.leaves_by,
        more=sum(one.credits for one in found.totals) > len(found.items),
    )


@post(
    "/v1/credit-exports",
    opt=BOSS,
    tags=["credits"],
    summary="Export the credits of a period",
    status_code=201,
)
async def export_credits(
    data: JSONBody[CreditExportIn], caller: CallerDep, area_id: AreaId = None
) -> CreditExportOut:
    """All of the period that leave by file and are in none yet: so none is taken along twice, and none that goes to billing by itself.
    409 where none is left; what was exported when, the list says."""
    area = caller.area(area_id)
    return _export(
        await caller.write(
            lambda conn: credit_exports.export(
                conn,
                area_id=area,
                first_on=data.first_on,
                last_on=data.last_on,
                actor=caller.actor,
                now=caller.now,
            )
        )
    )


@get("/v1/credit-exports", opt=BOSS, tags=["credits"], summary="List exports of credits")
async def list_credit_exports(caller: CallerDep, area_id: AreaId = None) -> CreditExports:
    """The last hundred, newest first."""
    area = caller.area(area_id)
    found = await caller.read(lambda conn: credit_exports.list_some(conn, area_id=area))
    return CreditExports(items=[_export(one) for one in found])


@get(
    "/v1/credit-exports/{export_id:uuid}/file",
    opt=BOSS,
    tags=["credits"],
    summary="An export of credits, as a table",
    media_type=CSV,
)
async def get_credit_export(
    export_id: FromPath[UUID], caller: CallerDep, area_id: AreaId = None
) -> Response[bytes]:
    """The same whenever it is asked for: a line for each line of a credit, with why. RFC 4180 with a line of names; texts that a
    spreadsheet would take for a formula are led in by an apostrophe."""
    area = caller.area(area_id)
    export, found = await caller.read(
        lambda conn: credit_exports.read(conn, area_id=area, export_id=export_id)
    )
    made = export.export
    return as_file(
        f"credits-{made.first_on}-{made.last_on}-{made.exported_at:%Y%m%dT%H%M%SZ}",
        HEADS,
        [
            _row(one, _line(row, one.credit.currency, caller.actor.language))
            for one in found
            for row in one.lines
        ],
    )


def _row(found: credit_exports.Listed, line: CreditLineOut) -> list[Cell]:
    credit = found.credit
    digits = minor_digits(credit.currency)
    return [
        str(credit.credit_id),
        credit.contract,
        credit.ticket_number,
        credit.credited_at.isoformat(),
        "" if credit.exported_at is None else credit.exported_at.isoformat(),
        line.kind.value,
        line.on_day,
        str(Decimal(line.amount_minor).scaleb(-digits)),
        credit.currency,
        line.table_version,
        line.sentence,
    ]
