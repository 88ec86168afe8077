"""What is answered to whoever wrote: what is still missing, or that it is taken."""

from collections.abc import Mapping, Sequence

import msgspec

from dispatch.rules.plurals import language_of
from dispatch.rules.written import Missing


class Words(msgspec.Struct, frozen=True):
    asks: str
    lacks: Mapping[Missing, str]
    taken: str
    handed: str
    subject: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        asks="Thank you for writing. So that we can help, please answer with: {lacks}.",
        lacks={
            Missing.CONTRACT: "your contract number",
            Missing.CONTACT: "a phone number with its country code",
            Missing.ADDRESS: "the address where it does not work",
            Missing.TROUBLE: "what does not work, and since when",
        },
        taken="Thank you for writing. Your request has the number {number}; we look into it and let you know.",
        handed="Thank you for writing. A colleague reads it and answers you.",
        subject="Your request",
    ),
    "ru": Words(
        asks="Спасибо за обращение. Чтобы мы могли помочь, пожалуйста, напишите в ответ: {lacks}.",
        lacks={
            Missing.CONTRACT: "номер договора",
            Missing.CONTACT: "телефон с кодом страны",
            Missing.ADDRESS: "адрес, по которому не работает",
            Missing.TROUBLE: "что не работает и с каких пор",
        },
        taken="Спасибо за обращение. Его номер {number}; мы им займёмся и сообщим вам.",
        handed="Спасибо за обращение. Его прочитает сотрудник и ответит вам.",
        subject="Ваше обращение",
    ),
    "hu": Words(
        asks="Köszönjük, hogy írt. Hogy segíthessünk, kérjük, írja meg válaszában: {lacks}.",
        lacks={
            Missing.CONTRACT: "a szerződésszámát",
            Missing.CONTACT: "egy telefonszámot országhívóval",
            Missing.ADDRESS: "a címet, ahol nem működik",
            Missing.TROUBLE: "mi nem működik, és mióta",
        },
        taken="Köszönjük, hogy írt. Bejelentésének száma {number}; utánanézünk, és értesítjük.",
        handed="Köszönjük, hogy írt. Munkatársunk elolvassa, és válaszol Önnek.",
        subject="Az Ön bejelentése",
    ),
}
WRITTEN_REPLY, WRITTEN_ANSWER = "written-reply", "written-answer"
"""What goes to whoever wrote a letter, by its kind in the outbox: by itself, or in a person's own words."""
ANSWERS_AN_HOUR = 5
"""To one address by themselves: two machines that answer each other end there."""


def reply(missing: Sequence[Missing], number: str, language: str, *, handed: bool = False) -> str:
    """In the language of whoever wrote, as far as it is known. `handed`: a person looks at it, nothing more is asked."""
    words = WORDS[language_of(language)]
    if handed:
        return words.handed
    if missing:
        return words.asks.format(lacks="; ".join(words.lacks[what] for what in missing))
    return words.taken.format(number=number)


def answer_subject(subject: str, language: str) -> str:
    """Of a letter that answers one with this subject."""
    return f"Re: {subject}" if subject else WORDS[language_of(language)].subject
