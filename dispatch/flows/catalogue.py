"""Setting up what is done and what it costs: kinds of job, tariffs, terms, agreements. New versions, never edits."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, kinds, plans, setup
from db.records import (
    AgreementText,
    ChecklistItem,
    JobKindVersion,
    LineTest,
    Tariff,
    TariffLine,
    TermsText,
)
from db.rows import Conn
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import AlreadyTaken
from dispatch.rules import rounds
from dispatch.rules.journal import Shown, entry
from dispatch.rules.setting_up import AgreementVersionIn, JobKindIn, TariffIn, TermsVersionIn
from dispatch.setting_up import known, told, valid_from, version_after

TOLD_AGAIN = timedelta(minutes=70)
"""The worker looks once an hour; telling twice costs a pull."""


class PricedTariff(msgspec.Struct, frozen=True):
    """A version with its lines."""

    tariff: Tariff
    lines: list[TariffLine]


async def list_code_names(conn: Conn, *, area_id: UUID) -> dict[str, str]:
    """What skills, parts and tools are called, by code."""
    return await setup.list_code_names(conn, area_id)


async def list_kinds(conn: Conn, *, area_id: UUID) -> list[JobKindVersion]:
    """All versions."""
    return await kinds.list_kinds(conn, area_id)


async def save_kind(
    conn: Conn, *, area_id: UUID, made: JobKindIn, actor: Actor, now: datetime
) -> JobKindVersion:
    """Raises `Stale`, `UnknownReference`, `AlreadyTaken` (a fault class of another kind), `ValidityImpossible`."""
    async with conn.transaction():
        present = await kinds.list_kinds(conn, area_id)
        before = next((row for row in reversed(present) if row.kind == made.kind), None)
        number = version_after(0 if before is None else before.kind_version, made.after)
        await _check_codes(conn, area_id, made)
        _check_fault_classes(made, present)
        after = JobKindVersion(
            area_id=area_id,
            kind=made.kind,
            kind_version=number,
            title=made.title,
            fault_classes=made.fault_classes,
            skills=made.skills,
            tools=made.tools,
            parts=made.parts,
            service_duration=timedelta(minutes=made.service_minutes),
            setup_duration=timedelta(minutes=made.setup_minutes),
            priority=made.priority,
            due_duration=timedelta(hours=made.due_hours),
            checklist=[
                ChecklistItem(code=item.code, text=item.text, required=item.required)
                for item in made.checklist
            ],
            photos=made.photos,
            line_test=None
            if made.line_test is None
            else msgspec.convert(made.line_test, LineTest, from_attributes=True),
            chargeable=made.chargeable,
            interruptible=made.interruptible,
            valid_from=valid_from(made.valid_from, now),
        )
        await kinds.insert_kinds(conn, [after])
        await announce(conn, area_id, [told(actor, now, "job_kind", area_id, before, after)])
        return after


async def _check_codes(conn: Conn, area_id: UUID, made: JobKindIn) -> None:
    skills = {row.code for row in await setup.list_skills(conn, area_id)}
    parts = {row.code for row in await setup.list_parts(conn, area_id)}
    for name, codes, among in (
        ("skills", made.skills, skills),
        ("tools", made.tools, parts),
        ("parts", list(made.parts), parts),
    ):
        for place, code in enumerate(codes):
            known(code, among, f"/{name}/{code if name == 'parts' else place}")


def _check_fault_classes(made: JobKindIn, present: Sequence[JobKindVersion]) -> None:
    newest = {row.kind: row for row in present if row.kind != made.kind}
    taken = {code for row in newest.values() for code in row.fault_classes}
    for place, code in enumerate(made.fault_classes):
        if code in taken:
            raise AlreadyTaken(pointer=f"/faultClasses/{place}")


async def list_tariffs(conn: Conn, *, area_id: UUID) -> list[PricedTariff]:
    """All versions, the newest first."""
    lines = await kinds.list_tariff_lines(conn, area_id)
    found = await kinds.list_tariffs(conn, area_id)
    return [
        PricedTariff(tariff, [line for line in lines if line.tariff_id == tariff.tariff_id])
        for tariff in reversed(found)
    ]


async def save_tariff(
    conn: Conn, *, area_id: UUID, made: TariffIn, actor: Actor, now: datetime
) -> PricedTariff:
    """Phones hear of it when it becomes valid. Raises `Stale`, `AlreadyTaken` (a code twice), `ValidityImpossible`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        codes = [line.code for line in made.lines]
        for place, code in enumerate(codes):
            if code in codes[:place]:
                raise AlreadyTaken(pointer=f"/lines/{place}/code")
        newest = max((row.tariff_version for row in await kinds.list_tariffs(conn, area_id)), default=0)
        tariff = Tariff(
            area_id=area_id,
            tariff_id=new_id(),
            tariff_version=version_after(newest, made.after),
            currency=area.currency,
            valid_from=valid_from(made.valid_from, now),
        )
        lines = [
            TariffLine(
                area_id=area_id,
                tariff_id=tariff.tariff_id,
                code=line.code,
                text=line.text,
                amount_minor=line.amount_minor,
                tax_basis_points=line.tax_basis_points,
            )
            for line in made.lines
        ]
        await kinds.insert_tariffs(conn, [tariff])
        await kinds.insert_tariff_lines(conn, lines)
        facts = {
            "tariffVersion": tariff.tariff_version,
            "validFrom": tariff.valid_from,
            "lines": {line.code: [line.amount_minor, line.tax_basis_points] for line in lines},
        }
        said = entry(actor, now, "tariff.set_up", area_id=area_id, subject_id=tariff.tariff_id, facts=facts)
        await announce(conn, area_id, [said], await _shown(conn, area_id, tariff.valid_from <= now))
        return PricedTariff(tariff, lines)


async def _shown(conn: Conn, area_id: UUID, is_valid: bool = True) -> Sequence[Shown]:
    """On the phones, prices stand beside the visits that are out; what is not valid yet changes none of them."""
    if not is_valid:
        return []
    job_ids = await setup.list_live_jobs_shown(conn, area_id)
    return list(rounds.shown_again(await plans.list_visits_of_jobs(conn, area_id, job_ids)))


async def list_terms(conn: Conn, *, area_id: UUID) -> list[TermsText]:
    return await kinds.list_terms(conn, area_id)


async def save_terms(
    conn: Conn, *, area_id: UUID, made: TermsVersionIn, actor: Actor, now: datetime
) -> list[TermsText]:
    """Raises `Stale`, `ValidityImpossible`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        newest = max((row.terms_version for row in await kinds.list_terms(conn, area_id)), default=0)
        rows = [
            TermsText(
                area_id=area_id,
                terms_version=version_after(newest, made.after),
                language=language,
                text=text,
                call_out_minor=made.call_out_minor,
                currency=area.currency,
                valid_from=valid_from(made.valid_from, now),
            )
            for language, text in made.texts.items()
        ]
        await kinds.insert_terms(conn, rows)
        facts = {
            "termsVersion": rows[0].terms_version,
            "languages": sorted(made.texts),
            "callOutMinor": made.call_out_minor,
            "validFrom": rows[0].valid_from,
        }
        await announce(conn, area_id, [entry(actor, now, "terms.set_up", area_id=area_id, facts=facts)])
        return rows


async def list_agreements(conn: Conn, *, area_id: UUID) -> list[AgreementText]:
    return await kinds.list_agreements(conn, area_id)


async def save_agreement(
    conn: Conn, *, area_id: UUID, made: AgreementVersionIn, actor: Actor, now: datetime
) -> list[AgreementText]:
    """Phones hear of it when it becomes valid. Raises `Stale`, `ValidityImpossible`."""
    async with conn.transaction():
        present = await kinds.list_agreements(conn, area_id)
        newest = max((row.agreement_version for row in present), default=0)
        rows = [
            AgreementText(
                area_id=area_id,
                agreement_version=version_after(newest, made.after),
                language=language,
                text=text,
                valid_from=valid_from(made.valid_from, now),
            )
            for language, text in made.texts.items()
        ]
        await kinds.insert_agreements(conn, rows)
        facts = {
            "agreementVersion": rows[0].agreement_version,
            "languages": sorted(made.texts),
            "validFrom": rows[0].valid_from,
        }
        said = entry(actor, now, "agreement.set_up", area_id=area_id, facts=facts)
        await announce(conn, area_id, [said], await _shown(conn, area_id, rows[0].valid_from <= now))
        return rows


async def tell_phones(conn: Conn, *, area_id: UUID, now: datetime) -> int:
    """Prices and words that were set up beforehand have become valid: how many visits phones are told of anew."""
    async with conn.transaction():
        dated: Iterable[datetime] = [
            *(row.valid_from for row in await kinds.list_tariffs(conn, area_id)),
            *(row.valid_from for row in await kinds.list_agreements(conn, area_id)),
        ]
        if not any(now - TOLD_AGAIN < at <= now for at in dated):
            return 0
        shown = await _shown(conn, area_id)
        await announce(conn, area_id, [], shown)
        return len(shown)
