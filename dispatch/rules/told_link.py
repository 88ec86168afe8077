"""What a subscriber's link says beside the sentence of `told_subscriber`: in the message that brings it, on the day, and in the
copy of what was answered, for the subscriber to keep.

A copy says the words that were read out or shown, and no name: whose it is, whoever has the link knows.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec

from db.records import AgreementText, Appointment, Area, Consent, Job, Quote, TariffLine, TermsText
from db.states import ConsentAnswer, ConsentSubject
from dispatch.rules.agreements import text_of
from dispatch.rules.consent_copies import copy_of, is_to_be_copied
from dispatch.rules.consents import text_hash
from dispatch.rules.links import Span, Stage
from dispatch.rules.phone import in_language
from dispatch.rules.plurals import clock, language_of, money, on_day


class Words(msgspec.Struct, frozen=True):
    comes: str
    here: str
    again: str
    done: str
    called_off: str
    cancelled: str
    works_again: str
    missed: str
    expected: str
    late: str
    terms: str
    prices: str
    agreed: str
    declined: str
    fee: str
    total: str
    unknown: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        comes="Your technician comes {day} between {earliest} and {latest}.",
        here="See, move or cancel the visit: {link}",
        again="Your visit, to see, move or cancel it: {link}",
        done="The work is done.",
        called_off="The visit has been called off: nobody comes.",
        cancelled="The visit has been cancelled, and nobody comes. You can choose another time whenever it suits you.",
        works_again="You told us that it works again, so nobody comes. If it fails again, choose a time here or call us.",
        missed="We are sorry: we did not keep the time that was agreed.",
        expected="The technician is expected between {earliest} and {latest}.",
        late="The technician is late and is expected between {earliest} and {latest}.",
        terms="Terms of the visit {number}",
        prices="Prices shown at the visit {number}",
        agreed="You agreed on {day} at {clock}.",
        declined="You did not agree, on {day} at {clock}.",
        fee="Call-out fee: {money}, tax included.",
        total="Total: {money}, tax included.",
        unknown="The words are not to be had here; please ask us for them.",
    ),
    "ru": Words(
        comes="Мастер приедет {day} с {earliest} до {latest}.",
        here="Посмотреть, перенести или отменить визит: {link}",
        again="Ваш визит — посмотреть, перенести или отменить: {link}",
        done="Работа выполнена.",
        called_off="Визит отменён: никто не приедет.",
        cancelled="Визит отменён, никто не приедет. Другое время можно выбрать, когда вам будет удобно.",
        works_again="Вы сообщили, что всё снова работает, поэтому никто не приедет. Если перестанет работать, выберите здесь время или позвоните нам.",
        missed="Приносим извинения: мы не приехали в согласованное время.",
        expected="Мастер ожидается с {earliest} до {latest}.",
        late="Мастер опаздывает и ожидается с {earliest} до {latest}.",
        terms="Условия визита {number}",
        prices="Цены, показанные на визите {number}",
        agreed="Вы согласились {day} в {clock}.",
        declined="Вы не согласились, {day} в {clock}.",
        fee="Плата за выезд: {money}, включая налог.",
        total="Итого: {money}, включая налог.",
        unknown="Этого текста здесь нет; пожалуйста, спросите его у нас.",
    ),
    "hu": Words(
        comes="A szerelő {day} {earliest} és {latest} között érkezik.",
        here="A látogatás megtekintése, áthelyezése vagy lemondása: {link}",
        again="Az Ön látogatása, megtekintéshez, áthelyezéshez vagy lemondáshoz: {link}",
        done="A munka elkészült.",
        called_off="A látogatás elmarad: senki sem megy ki.",
        cancelled="A látogatást lemondták, senki sem megy ki. Bármikor választhat másik időpontot.",
        works_again="Ön jelezte, hogy újra működik, ezért senki sem megy ki. Ha megint elromlik, válasszon itt időpontot, vagy hívjon minket.",
        missed="Elnézését kérjük: nem tartottuk be az egyeztetett időpontot.",
        expected="A szerelő várhatóan {earliest} és {latest} között érkezik.",
        late="A szerelő késik, várhatóan {earliest} és {latest} között érkezik.",
        terms="A {number} látogatás feltételei",
        prices="A {number} látogatáson megmutatott árak",
        agreed="Ön elfogadta: {day}, {clock}.",
        declined="Ön nem fogadta el: {day}, {clock}.",
        fee="Kiszállási díj: {money}, adóval.",
        total="Összesen: {money}, adóval.",
        unknown="A szöveg itt nem érhető el; kérjük, kérdezze meg tőlünk.",
    ),
}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Of a price that was shown."""

    text: str
    quantity: int
    amount_minor: int
    """For one, tax included."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered to, without the strokes: they are nobody's to carry away. `copy`: the same as one text."""

    consent: Consent
    title: str
    text: str
    lines: Sequence[Line]
    copy: str


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """Of an area, in all versions."""

    terms: Sequence[TermsText]
    agreements: Sequence[AgreementText]
    tariff: Sequence[TariffLine]


def comes(appointment: Appointment, area: Area, language: str) -> str:
    """A confirmation without a code. With the date: who reads it tomorrow is not told "today"."""
    day = appointment.earliest_at.astimezone(ZoneInfo(area.time_zone)).date()
    return WORDS[language_of(language)].comes.format(
        day=on_day(day, day - timedelta(days=7), language),
        earliest=clock(appointment.earliest_at, area),
        latest=clock(appointment.latest_at, area),
    )


def here(address: str, language: str) -> str:
    """After a confirmation."""
    return WORDS[language_of(language)].here.format(link=address)


def again(address: str, language: str) -> str:
    """A message of its own."""
    return WORDS[language_of(language)].again.format(link=address)


def stands(stage: Stage, sentence: str | None, language: str) -> str:
    """`sentence`: of `told_subscriber`, where something is still owed."""
    words = WORDS[language_of(language)]
    said = {
        Stage.CALLED_OFF: words.called_off,
        Stage.CANCELLED: words.cancelled,
        Stage.WORKS_AGAIN: words.works_again,
        Stage.MISSED: f"{words.missed} {sentence or ''}".rstrip(),
    }
    return said.get(stage, sentence or words.done)


def expected(span: Span, area: Area, language: str) -> str:
    words = WORDS[language_of(language)]
    said = words.late if span.late else words.expected
    return said.format(earliest=clock(span.earliest, area), latest=clock(span.latest, area))


def kept(consent: Consent, quote: Quote | None, texts: Texts, job: Job, area: Area, language: str) -> Kept:
    """`quote`: of an answer to prices. The words are those that were said, in the language that they were said in."""
    words = WORDS[language_of(language)]
    wording = _wording(consent, texts)
    names = _names(quote, texts.tariff)
    lines = [
        Line(
            text=in_language(names[line.code], language) if line.code in names else line.code,
            quantity=line.quantity,
            amount_minor=line.amount_minor,
        )
        for line in ([] if quote is None else quote.lines)
    ]
    is_terms = consent.subject is ConsentSubject.TERMS
    title = (words.terms if is_terms else words.prices).format(number=job.number)
    text = wording or words.unknown
    said = [title, "", text, ""]
    if is_to_be_copied(consent) and quote is not None:
        of_it = text_of(texts.agreements, consent)
        said.append(copy_of(consent, quote, texts.tariff, of_it, job, area, language))
    else:
        said += [
            f"{line.quantity} × {line.text}: {money(line.amount_minor, consent.currency, language)}"
            for line in lines
        ]
        amount = money(consent.amount_minor, consent.currency, language)
        said += [
            (words.fee if is_terms else words.total).format(money=amount),
            answered(consent, area, language),
        ]
    return Kept(consent=consent, title=title, text=text, lines=lines, copy="\n".join(said) + "\n")


def answered(consent: Consent, area: Area, language: str) -> str:
    """With the year: it is kept for long."""
    words = WORDS[language_of(language)]
    said = words.agreed if consent.answer is ConsentAnswer.ACCEPTED else words.declined
    day = consent.agreed_at.astimezone(ZoneInfo(area.time_zone)).date()
    return said.format(day=day.isoformat(), clock=clock(consent.agreed_at, area))


def _wording(consent: Consent, texts: Texts) -> str | None:
    """Known by its hash, so that nothing is shown that was not said."""
    among: Sequence[TermsText | AgreementText] = (
        texts.terms if consent.subject is ConsentSubject.TERMS else texts.agreements
    )
    return next((one.text for one in among if text_hash(one.text) == consent.text_hash), None)


def _names(quote: Quote | None, tariff: Sequence[TariffLine]) -> Mapping[str, dict[str, str]]:
    return {
        line.code: line.text for line in tariff if quote is not None and line.tariff_id == quote.tariff_id
    }
