"""A written request: what it has to say, what of it can be read from its words, and what is still missing.

It states the contract, a contact, the trouble, and the address of the incident (domain.md, "Intake"). Several messages of one
conversation are read together, so whoever is asked back answers with what was missing alone.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from db.records.base import Record
from db.states import Channel
from dispatch.bounded import Code, Instant, Language, MaybeName, Name, Phone, StrictWire, Text
from dispatch.rules.callers import plain

WORDS_OF_TROUBLE = 3
"""Fewer words than this say nothing that somebody could look into."""
_PHONE = re.compile(r"\+?\d[\d\s()./-]{7,}\d")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/#-]{2,63}")
_QUOTED = re.compile(r"^\s*>")
_SALUTATION = frozenset(
    word
    for said in [
        "здравствуйте",
        "добрый",
        "день",
        "вечер",
        "утро",
        "уважаемые",
        "спасибо",
        "привет",
        "hello",
        "hi",
        "dear",
        "good",
        "morning",
        "evening",
        "thanks",
        "please",
        "tisztelt",
        "cím",
        "kedves",
        "jó",
        "napot",
        "üdvözlöm",
        "köszönöm",
        "address",
        "адрес",
        "договор",
        "contract",
        "szerződés",
        "телефон",
        "phone",
        "telefon",
    ]
    for word in plain(said)
)
"""As words compare: without their accents."""


class Missing(StrEnum):
    """In the order in which it is asked for."""

    CONTRACT = "contract"
    CONTACT = "contact"
    ADDRESS = "address"
    TROUBLE = "trouble"


class Turn(StrictWire):
    """What was said before a person was asked for."""

    who: Name
    text: Text


class WrittenIn(StrictWire):
    """One message. `conversation`: by which its messages belong together, such as a mail's thread or a chat; `messageKey`: it is
    taken once, however often it comes. What is known already goes into `contract`, `phone` and `address`; `verified`: whoever writes
    is signed in to the account of the contract. `transcript`: what a bot and the subscriber said before."""

    channel: Channel
    conversation: Name
    message_key: Name
    sender: MaybeName = ""
    language: Language | None = None
    text: Text = ""
    contract: Code | None = None
    phone: Annotated[Phone, Meta(min_length=1)] | None = None
    address: Name | None = None
    symptom: Code | None = None
    verified: bool = False
    transcript: Annotated[list[Turn], Meta(max_length=200)] = msgspec.field(default_factory=list[Turn])
    written_at: Instant | None = None


class Said(Record):
    """What one message says. `contracts`: what may be one, to be looked up."""

    contracts: Sequence[str]
    phone: str
    address: str
    text: str


def own_words(text: str) -> str:
    """Without what is quoted from earlier messages."""
    return "\n".join(line for line in text.splitlines() if not _QUOTED.match(line)).strip()


def read(message: WrittenIn) -> Said:
    text = own_words(message.text)
    phones = [_e164(found) for found in _PHONE.findall(text)]
    named = [] if message.contract is None else [message.contract]
    found = [word.strip(".:/") for word in _CODE.findall(text) if any(letter.isdigit() for letter in word)]
    return Said(
        contracts=list(dict.fromkeys([*named, *found]))[:50],
        phone=message.phone or next((phone for phone in phones if phone), ""),
        address=message.address or "",
        text=text,
    )


def _e164(found: str) -> str:
    """A national number is not guessed at: whoever calls back needs all of it."""
    digits = re.sub(r"\D", "", found)
    return f"+{digits}" if found.strip().startswith("+") and 7 <= len(digits) <= 15 else ""


def names_place(said: Sequence[str], address: str) -> bool:
    """Whether the words name where the contract's equipment is: its house number and a word of its street."""
    words = {word for text in said for word in plain(text)}
    known = plain(address)
    numbers = [word for word in known if word[0].isdigit()]
    streets = [word for word in known if len(word) > 3 and not word[0].isdigit()]
    return bool(numbers) and numbers[0] in words and any(street in words for street in streets)


def tells_trouble(said: Sequence[str], known: Sequence[str]) -> bool:
    """Whether enough words are left beside what was read out of them."""
    taken = {word for text in known for word in plain(text)} | _SALUTATION
    words = [word for text in said for word in plain(text) if word not in taken and not word[0].isdigit()]
    return len(words) >= WORDS_OF_TROUBLE


def missing_of(
    said: Sequence[Said], contract: str | None, address: str, symptom: str | None
) -> list[Missing]:
    """`contract`: the one that is known by now, and `address`: where its equipment is."""
    texts = [one.text for one in said]
    stated = [one.address for one in said if one.address]
    there = bool(stated) or (contract is not None and names_place(texts, address))
    lacks: Mapping[Missing, bool] = {
        Missing.CONTRACT: contract is None,
        Missing.CONTACT: not any(one.phone for one in said),
        Missing.ADDRESS: not there,
        Missing.TROUBLE: symptom is None and not tells_trouble(texts, [address, contract or "", *stated]),
    }
    return [what for what in Missing if lacks[what]]
