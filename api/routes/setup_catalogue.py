"""Setting an area up: kinds of job with their checklists, tariffs, terms, agreements. New versions, never edits."""

from collections.abc import Sequence

from litestar import get, post
from litestar.params import JSONBody

from api.auth import allow
from api.deps import AreaId, CallerDep, shown
from api.saving import OFFICE
from api.wire.setup import (
    AgreementOut,
    AgreementVersions,
    ChecklistItemOut,
    JobKindOut,
    JobKinds,
    LineTestOut,
    TariffLineOut,
    TariffOut,
    Tariffs,
    TermsOut,
    TermsVersions,
)
from db.records import AgreementText, JobKindVersion, TermsText
from db.states import Role
from dispatch.flows import catalogue
from dispatch.horizon import grouped
from dispatch.rules.setting_up import AgreementVersionIn, JobKindIn, TariffIn, TermsVersionIn


def _kind(row: JobKindVersion) -> JobKindOut:
    return JobKindOut(
        kind=row.kind,
        kind_version=row.kind_version,
        title=row.title,
        fault_classes=row.fault_classes,
        skills=row.skills,
        tools=row.tools,
        parts=row.parts,
        service_minutes=int(row.service_duration.total_seconds() // 60),
        setup_minutes=int(row.setup_duration.total_seconds() // 60),
        priority=row.priority,
        due_hours=int(row.due_duration.total_seconds() // 3600),
        checklist=[shown(item, ChecklistItemOut) for item in row.checklist],
        photos=row.photos,
        line_test=None if row.line_test is None else shown(row.line_test, LineTestOut),
        chargeable=row.chargeable,
        interruptible=row.interruptible,
        valid_from=row.valid_from,
    )


def _tariff(row: catalogue.PricedTariff) -> TariffOut:
    return TariffOut(
        tariff_version=row.tariff.tariff_version,
        currency=row.tariff.currency,
        valid_from=row.tariff.valid_from,
        lines=[shown(line, TariffLineOut) for line in row.lines],
    )


def _terms(rows: Sequence[TermsText]) -> TermsOut:
    """Of one version, in its languages."""
    return TermsOut(
        terms_version=rows[0].terms_version,
        texts={row.language: row.text for row in rows},
        call_out_minor=rows[0].call_out_minor,
        currency=rows[0].currency,
        valid_from=rows[0].valid_from,
    )


def _agreement(rows: Sequence[AgreementText]) -> AgreementOut:
    return AgreementOut(
        agreement_version=rows[0].agreement_version,
        texts={row.language: row.text for row in rows},
        valid_from=rows[0].valid_from,
    )


@get("/v1/setup/job-kinds", opt=allow(*OFFICE), tags=["set-up"], summary="List kinds of job")
async def list_kinds(caller: CallerDep, area_id: AreaId = None) -> JobKinds:
    """With all their versions: jobs keep the one they began with."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: catalogue.list_kinds(conn, area_id=area))
    return JobKinds(items=[_kind(row) for row in rows])


@post(
    "/v1/setup/job-kinds",
    opt=allow(Role.SUPERVISOR),
    tags=["set-up"],
    summary="Set up a kind of job, or a new version of one",
)
async def save_kind(data: JSONBody[JobKindIn], caller: CallerDep, area_id: AreaId = None) -> JobKindOut:
    """With its checklist, photos, parts and line test. 412 where `after` is not the newest version any more."""
    area = caller.area(area_id)
    row = await caller.write(
        lambda conn: catalogue.save_kind(conn, area_id=area, made=data, actor=caller.actor, now=caller.now)
    )
    return _kind(row)


@get("/v1/setup/tariffs", opt=allow(*OFFICE), tags=["set-up"], summary="List tariffs")
async def list_tariffs(caller: CallerDep, area_id: AreaId = None) -> Tariffs:
    """All versions, the newest first."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: catalogue.list_tariffs(conn, area_id=area))
    return Tariffs(items=[_tariff(row) for row in rows])


@post(
    "/v1/setup/tariffs",
    opt=allow(Role.SUPERVISOR),
    tags=["set-up"],
    summary="Set up a new version of the tariff",
)
async def save_tariff(data: JSONBody[TariffIn], caller: CallerDep, area_id: AreaId = None) -> TariffOut:
    """In the area's currency. Phones hear of it when it becomes valid; what was agreed to before stays."""
    area = caller.area(area_id)
    row = await caller.write(
        lambda conn: catalogue.save_tariff(conn, area_id=area, made=data, actor=caller.actor, now=caller.now)
    )
    return _tariff(row)


@get("/v1/setup/terms", opt=allow(*OFFICE), tags=["set-up"], summary="List terms of paid visits")
async def list_terms(caller: CallerDep, area_id: AreaId = None) -> TermsVersions:
    """All versions, the newest first, each in its languages."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: catalogue.list_terms(conn, area_id=area))
    versions = grouped(rows, lambda row: row.terms_version)
    return TermsVersions(items=[_terms(versions[number]) for number in sorted(versions, reverse=True)])


@post(
    "/v1/setup/terms",
    opt=allow(Role.SUPERVISOR),
    tags=["set-up"],
    summary="Set up a new version of the terms",
)
async def save_terms(data: JSONBody[TermsVersionIn], caller: CallerDep, area_id: AreaId = None) -> TermsOut:
    """In all its languages at once, with the price of a visit in the area's currency."""
    area = caller.area(area_id)
    rows = await caller.write(
        lambda conn: catalogue.save_terms(conn, area_id=area, made=data, actor=caller.actor, now=caller.now)
    )
    return _terms(rows)


@get("/v1/setup/agreements", opt=allow(*OFFICE), tags=["set-up"], summary="List words of agreement")
async def list_agreements(caller: CallerDep, area_id: AreaId = None) -> AgreementVersions:
    """Under which prices are agreed to on site; all versions, the newest first."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: catalogue.list_agreements(conn, area_id=area))
    versions = grouped(rows, lambda row: row.agreement_version)
    return AgreementVersions(
        items=[_agreement(versions[number]) for number in sorted(versions, reverse=True)]
    )


@post(
    "/v1/setup/agreements",
    opt=allow(Role.SUPERVISOR),
    tags=["set-up"],
    summary="Set up a new version of the words of agreement",
)
async def save_agreement(
    data: JSONBody[AgreementVersionIn], caller: CallerDep, area_id: AreaId = None
) -> AgreementOut:
    """They hold no price: price lines stand beside them."""
    area = caller.area(area_id)
    rows = await caller.write(
        lambda conn: catalogue.save_agreement(
            conn, area_id=area, made=data, actor=caller.actor, now=caller.now
        )
    )
    return _agreement(rows)
