"""What is handed to a subscriber on paper: the answer to a complaint, a credit with how it comes about. In the subscriber's language."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from db.records import Complaint
from dispatch.rules.credits import Line
from dispatch.rules.plurals import language_of, money
from dispatch.rules.told_credits import told_of_line, whole_date


class Words(msgspec.Struct, frozen=True):
    answer: str
    credit: str
    credited: str
    contract: str
    ticket: str
    call: str
    closing: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        answer="Our answer to your complaint {number} of {day}",
        credit="Your credit of {amount}",
        credited="We have credited your contract with {amount}. This is how the amount comes about:",
        contract="Contract {number}",
        ticket="Ticket {number}",
        call="Questions? Call {phone}.",
        closing="Yours sincerely",
    ),
    "ru": Words(
        answer="Ответ на вашу жалобу {number} от {day}",
        credit="Перерасчёт на {amount}",
        credited="По вашему договору сделан перерасчёт на {amount}. Сумма складывается так:",
        contract="Договор {number}",
        ticket="Обращение {number}",
        call="Вопросы? Звоните: {phone}.",
        closing="С уважением",
    ),
    "hu": Words(
        answer="Válaszunk {number} számú panaszára ({day})",
        credit="{amount} jóváírása",
        credited="Szerződésén {amount} összeget írtunk jóvá. Az összeg így adódik:",
        contract="Szerződés: {number}",
        ticket="Bejelentés: {number}",
        call="Kérdése van? Hívja: {phone}.",
        closing="Üdvözlettel",
    ),
}


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """`paragraphs` stand below one another, `lines` as a list after them; `reference`: what it is about, by numbers."""

    language: str
    dated: str
    reference: Sequence[str]
    subject: str
    paragraphs: Sequence[str]
    lines: Sequence[str] = ()
    call: str
    closing: str


def answer_on_paper(
    complaint: Complaint, *, contract: str, ticket: str, made_on: date, on: date, phone: str, language: str
) -> Paper:
    """The answer itself is in the words of whoever wrote it."""
    language = language_of(language)
    subject = WORDS[language].answer.format(number=complaint.number, day=whole_date(made_on, language))
    paragraphs = [part.strip() for part in complaint.answer.split("\n\n") if part.strip()]
    return _paper(subject, paragraphs, [], contract, ticket, on, phone, language)


def credit_on_paper(
    lines: Sequence[Line], *, currency: str, contract: str, ticket: str, on: date, phone: str, language: str
) -> Paper:
    language = language_of(language)
    amount = money(sum(line.amount_minor for line in lines), currency, language)
    words = WORDS[language]
    told = [told_of_line(line, currency, language) for line in lines]
    paragraphs = [words.credited.format(amount=amount)]
    return _paper(words.credit.format(amount=amount), paragraphs, told, contract, ticket, on, phone, language)


def _paper(
    subject: str,
    paragraphs: Sequence[str],
    lines: Sequence[str],
    contract: str,
    ticket: str,
    on: date,
    phone: str,
    language: str,
) -> Paper:
    words = WORDS[language]
    return Paper(
        language=language,
        dated=whole_date(on, language),
        reference=[
            words.contract.format(number=contract),
            *([words.ticket.format(number=ticket)] if ticket else []),
        ],
        subject=subject,
        paragraphs=paragraphs,
        lines=lines,
        call=words.call.format(phone=phone) if phone else "",
        closing=words.closing,
    )
