"""What a phone recorded beside what the server has, field by field, and what a person may decide of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from db.states import ReviewReason
from dispatch.rules.decisions import ATTACHABLE, is_acceptable
from dispatch.rules.plurals import language_of

HIDDEN = frozenset(
    {
        "visitId",
        "consentId",
        "quoteId",
        "tariffId",
        "photoId",
        "sha256",
        "originalSha256",
        "textSha256",
        "signature",
    }
)
"""Ids and hashes say nothing to a reader, and how somebody signed is for the evidence alone."""
STROKES = frozenset({"code"})
"""Of a consent: the code that was typed."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One field; None where that side says nothing of it."""

    field: str
    label: str
    phone: Any
    server: Any


class Choice(msgspec.Struct, frozen=True):
    """What may be decided: `accept`, `attach` (accept for the job that is named), `dismiss`; and what follows."""

    decision: str
    sentence: str


class Words(msgspec.Struct, frozen=True):
    fields: Mapping[str, str]
    reasons: Mapping[ReviewReason, str]
    accept: str
    replace: str
    attach: str
    dismiss: str
    never: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        fields={
            "kind": "record",
            "technician": "technician",
            "recordedAt": "recorded at",
            "jobState": "state of the job",
            "visitState": "state of the visit",
            "location": "where the fault was",
            "cause": "cause",
            "action": "what was done",
            "confirmedBy": "confirmed by",
            "notConfirmedBecause": "not confirmed because",
            "note": "note",
            "text": "text",
            "answer": "answer",
            "amountMinor": "amount",
            "currency": "currency",
            "language": "language",
            "method": "way of agreeing",
            "person": "person",
            "capacity": "in the capacity of",
            "agreedAt": "agreed at",
            "shownAt": "shown at",
            "lines": "price lines",
            "quantity": "quantity",
            "value": "value",
            "unit": "unit",
            "moment": "moment",
            "code": "code",
            "done": "done",
            "purpose": "purpose",
            "bytes": "size in bytes",
            "serial": "serial number",
            "removedSerial": "serial number removed",
            "waitedMinutes": "minutes waited",
            "called": "called",
            "point": "position",
            "reason": "reason",
            "resumeOn": "goes on on",
            "remainingMinutes": "minutes left to do",
            "skills": "skills",
        },
        reasons={
            ReviewReason.CONSENT_MISSING: "A paid closure came without the subscriber's consent.",
            ReviewReason.GATE_FAILED: "The closure lacks something that its kind of job asks for.",
            ReviewReason.CODE_MISMATCH: "The visit code is not the one that was sent to the subscriber.",
            ReviewReason.ALREADY_CLOSED: "The job had been closed by another record.",
            ReviewReason.NOT_ASSIGNEE: "The visit was somebody else's by then.",
            ReviewReason.UNKNOWN_JOB: "The record is of a job or visit that is not known here.",
            ReviewReason.UNKNOWN_KIND: "The record is of a kind that only a newer line3 knows.",
            ReviewReason.INVALID_BODY: "The record cannot be read.",
            ReviewReason.ID_REUSED: "Another record came before under the same number.",
            ReviewReason.NEEDS_MISSING: "A record that this one builds on has not arrived.",
            ReviewReason.WINDOW_PASSED: "The time in which it could count is over.",
            ReviewReason.JOB_CANCELLED: "The job had been cancelled.",
            ReviewReason.PRICE_CHANGED: "The price is not the one of the tariff or the quote.",
            ReviewReason.DEVICE_REVOKED: "The phone had been revoked.",
        },
        accept="What the phone recorded comes into force.",
        replace="What the phone recorded comes into force in place of what the server has, which is asked about then.",
        attach="Name the job that it belongs to; then it comes into force there.",
        dismiss="It stays on record and has no effect.",
        never="It can never be in force: it stays on record and has no effect.",
    ),
    "ru": Words(
        fields={
            "kind": "запись",
            "technician": "мастер",
            "recordedAt": "записано",
            "jobState": "состояние заявки",
            "visitState": "состояние визита",
            "location": "место неисправности",
            "cause": "причина",
            "action": "что сделано",
            "confirmedBy": "подтвердил",
            "notConfirmedBecause": "не подтверждено, потому что",
            "note": "заметка",
            "text": "текст",
            "answer": "ответ",
            "amountMinor": "сумма",
            "currency": "валюта",
            "language": "язык",
            "method": "способ согласия",
            "person": "лицо",
            "capacity": "в качестве",
            "agreedAt": "согласовано",
            "shownAt": "показано",
            "lines": "строки цены",
            "quantity": "количество",
            "value": "значение",
            "unit": "единица",
            "moment": "момент",
            "code": "код",
            "done": "выполнено",
            "purpose": "назначение",
            "bytes": "размер в байтах",
            "serial": "серийный номер",
            "removedSerial": "снятый серийный номер",
            "waitedMinutes": "минут ожидания",
            "called": "звонок",
            "point": "положение",
            "reason": "причина паузы",
            "resumeOn": "продолжение",
            "remainingMinutes": "осталось минут",
            "skills": "навыки",
        },
        reasons={
            ReviewReason.CONSENT_MISSING: "Платное закрытие пришло без согласия абонента.",
            ReviewReason.GATE_FAILED: "Закрытию не хватает того, что требует этот вид заявки.",
            ReviewReason.CODE_MISMATCH: "Код визита не тот, что был отправлен абоненту.",
            ReviewReason.ALREADY_CLOSED: "Заявку уже закрыла другая запись.",
            ReviewReason.NOT_ASSIGNEE: "Визит к тому времени был у другого мастера.",
            ReviewReason.UNKNOWN_JOB: "Запись о заявке или визите, которых здесь не знают.",
            ReviewReason.UNKNOWN_KIND: "Такой вид записи знает только более новая line3.",
            ReviewReason.INVALID_BODY: "Запись нельзя прочитать.",
            ReviewReason.ID_REUSED: "Под тем же номером раньше пришла другая запись.",
            ReviewReason.NEEDS_MISSING: "Запись, на которую опирается эта, не пришла.",
            ReviewReason.WINDOW_PASSED: "Время, когда запись могла быть учтена, прошло.",
            ReviewReason.JOB_CANCELLED: "Заявка была отменена.",
            ReviewReason.PRICE_CHANGED: "Цена не та, что в тарифе или предложении.",
            ReviewReason.DEVICE_REVOKED: "Телефон был отозван.",
        },
        accept="Записанное телефоном вступит в силу.",
        replace="Записанное телефоном вступит в силу вместо того, что есть на сервере; о том будет отдельный вопрос.",
        attach="Назовите заявку, к которой это относится; там запись и вступит в силу.",
        dismiss="Запись сохранится и не будет иметь последствий.",
        never="В силу это вступить не может: запись сохранится и не будет иметь последствий.",
    ),
    "hu": Words(
        fields={
            "kind": "bejegyzés",
            "technician": "szerelő",
            "recordedAt": "rögzítve",
            "jobState": "a munka állapota",
            "visitState": "a látogatás állapota",
            "location": "a hiba helye",
            "cause": "ok",
            "action": "mi történt",
            "confirmedBy": "megerősítette",
            "notConfirmedBecause": "nincs megerősítve, mert",
            "note": "megjegyzés",
            "text": "szöveg",
            "answer": "válasz",
            "amountMinor": "összeg",
            "currency": "pénznem",
            "language": "nyelv",
            "method": "a beleegyezés módja",
            "person": "személy",
            "capacity": "minőségében",
            "agreedAt": "beleegyezés ideje",
            "shownAt": "megmutatva",
            "lines": "ársorok",
            "quantity": "mennyiség",
            "value": "érték",
            "unit": "mértékegység",
            "moment": "időpont",
            "code": "kód",
            "done": "kész",
            "purpose": "cél",
            "bytes": "méret bájtban",
            "serial": "sorozatszám",
            "removedSerial": "leszerelt sorozatszám",
            "waitedMinutes": "várt percek",
            "called": "hívás",
            "point": "hely",
            "reason": "a szünet oka",
            "resumeOn": "folytatás",
            "remainingMinutes": "hátralévő percek",
            "skills": "képesítések",
        },
        reasons={
            ReviewReason.CONSENT_MISSING: "Fizetős lezárás érkezett az előfizető beleegyezése nélkül.",
            ReviewReason.GATE_FAILED: "A lezárásból hiányzik valami, amit ez a munkafajta megkövetel.",
            ReviewReason.CODE_MISMATCH: "A látogatási kód nem az, amit az előfizetőnek küldtünk.",
            ReviewReason.ALREADY_CLOSED: "A munkát már egy másik bejegyzés lezárta.",
            ReviewReason.NOT_ASSIGNEE: "A látogatás akkor már másé volt.",
            ReviewReason.UNKNOWN_JOB: "A bejegyzés itt ismeretlen munkáról vagy látogatásról szól.",
            ReviewReason.UNKNOWN_KIND: "Ezt a fajta bejegyzést csak egy újabb line3 ismeri.",
            ReviewReason.INVALID_BODY: "A bejegyzés nem olvasható.",
            ReviewReason.ID_REUSED: "Ugyanezen a számon korábban más bejegyzés érkezett.",
            ReviewReason.NEEDS_MISSING: "Nem érkezett meg egy bejegyzés, amelyre ez épül.",
            ReviewReason.WINDOW_PASSED: "Letelt az idő, amelyen belül számíthatott volna.",
            ReviewReason.JOB_CANCELLED: "A munkát lemondták.",
            ReviewReason.PRICE_CHANGED: "Az ár nem a díjszabás vagy az ajánlat szerinti.",
            ReviewReason.DEVICE_REVOKED: "A telefont visszavonták.",
        },
        accept="A telefon bejegyzése hatályba lép.",
        replace="A telefon bejegyzése lép hatályba a szerveren lévő helyett, amelyről külön döntés kell.",
        attach="Nevezze meg a munkát, amelyhez tartozik; ott lép hatályba.",
        dismiss="Megmarad a nyilvántartásban, hatása nincs.",
        never="Sosem léphet hatályba: megmarad a nyilvántartásban, hatása nincs.",
    ),
}


def rows_of(
    phone: Mapping[str, Any], server: Mapping[str, Any], kind: str | None, language: str
) -> list[Row]:
    """Of all fields that either side knows, those of the record first."""
    labels = WORDS[language_of(language)].fields
    hidden = HIDDEN | (STROKES if kind == "consent" else frozenset[str]())
    return [
        Row(field=name, label=labels.get(name, name), phone=phone.get(name), server=server.get(name))
        for name in dict.fromkeys([*phone, *server])
        if name not in hidden
    ]


def reason_of(reason: ReviewReason, language: str) -> str:
    return WORDS[language_of(language)].reasons[reason]


def choices_of(
    reason: ReviewReason, kind: str | None, *, known: bool, replaces: bool, language: str
) -> Sequence[Choice]:
    """`known`: the record became a report of a job; `replaces`: the server has another closure in force."""
    words = WORDS[language_of(language)]
    if not is_acceptable(reason, kind if known else None):
        return [Choice("dismiss", words.never)]
    taken = [Choice("accept", words.replace if replaces else words.accept)]
    if not known and reason in ATTACHABLE:
        taken = [Choice("attach", words.attach)]
        if reason is not ReviewReason.UNKNOWN_JOB:
            taken.insert(0, Choice("accept", words.accept))
    return [*taken, Choice("dismiss", words.dismiss)]
