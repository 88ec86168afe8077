"""What was agreed to, once more in the subscriber's own hand: a text to the contract's phone.

Its words are the tariff's and ours. What a technician typed goes into no text, and nobody's name or address does.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec

from db.records import AgreementText, Area, Consent, Job, Quote, QuoteLine, TariffLine
from db.states import ConsentAnswer, ConsentSubject
from dispatch.rules.phone import in_language
from dispatch.rules.plurals import clock, language_of, money, on_day

CONSENT_COPY = "consent-copy"
"""In the outbox."""


class Words(msgspec.Struct, frozen=True):
    agreed: str
    wording: str
    unasked: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        "You agreed {day} at {clock}, visit {number}: {lines}. Total {total}, tax included.",
        " Wording of the agreement: version {version}.",
        " If this was not you, please call us.",
    ),
    "ru": Words(
        "Вы согласились {day} в {clock}, выезд {number}: {lines}. Итого {total}, включая налог.",
        " Текст согласия: версия {version}.",
        " Если это были не вы, позвоните нам.",
    ),
    "hu": Words(
        "Ön {day} {clock}-kor elfogadta, kiszállás {number}: {lines}. Összesen {total}, adóval.",
        " A hozzájárulás szövege: {version}. változat.",
        " Ha nem Ön volt, kérjük, hívjon minket.",
    ),
}


def is_to_be_copied(consent: Consent) -> bool:
    """Something is to be paid, and was agreed to on site."""
    return (
        consent.subject is ConsentSubject.QUOTE
        and consent.answer is ConsentAnswer.ACCEPTED
        and consent.amount_minor > 0
    )


def copy_of(
    consent: Consent,
    quote: Quote,
    tariff: Sequence[TariffLine],
    wording: AgreementText | None,
    job: Job,
    area: Area,
    language: str,
) -> str:
    """`wording`: None where nobody knows the words that were shown."""
    said = WORDS[language_of(language)]
    names = {line.code: line.text for line in tariff if line.tariff_id == quote.tariff_id}
    day = consent.agreed_at.astimezone(ZoneInfo(area.time_zone)).date()
    told = said.agreed.format(
        day=on_day(day, day - timedelta(days=7), language),
        clock=clock(consent.agreed_at, area),
        number=job.number,
        lines="; ".join(_line(line, names, quote.currency, language) for line in quote.lines),
        total=money(consent.amount_minor, consent.currency, language),
    )
    version = "" if wording is None else said.wording.format(version=wording.agreement_version)
    return told + version + said.unasked


def _line(line: QuoteLine, names: Mapping[str, Mapping[str, str]], currency: str, language: str) -> str:
    name = in_language(dict(names[line.code]), language) if line.code in names else line.code
    times = "" if line.quantity == 1 else f"{line.quantity} × "
    return f"{name} {times}{money(line.amount_minor, currency, language)}"
