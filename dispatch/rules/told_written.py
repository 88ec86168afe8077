"""What is answered to whoever wrote: what is still missing, or that it is taken."""

from collections.abc import Mapping, Sequence

import msgspec

from dispatch.rules.plurals import language_of
from dispatch.rules.written import Missing


class Words(msgspec.Struct, frozen=True):
    asks: str
    lacks: Mapping[Missing, str]
    taken: str


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
    ),
}


def reply(missing: Sequence[Missing], number: str, language: str) -> str:
    """In the language of whoever wrote, as far as it is known."""
    words = WORDS[language_of(language)]
    if missing:
        return words.asks.format(lacks="; ".join(words.lacks[what] for what in missing))
    return words.taken.format(number=number)
