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

from db.records import WrittenMessage
from db.records.base import Record
from db.states import Channel, ConversationState
from dispatch.bounded import Code, Instant, Language, MaybeName, Name, Phone, StrictWire, Text
from dispatch.rules.callers import plain
from dispatch.rules.quoting import own_words

WORDS_OF_TROUBLE = 3
"""Fewer words than this say nothing that somebody could look into."""
LONGEST = 4000
"""Letters of what is read of one message."""
ASKED_AT_MOST = 2
"""So often a conversation is asked back by itself; then a person looks."""
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_NOT_RUSSIAN = re.compile("[іїєґўђћџљњ]", re.IGNORECASE)
_HUNGARIAN = re.compile(
    r"[őű]|\b(nincs|nem|szerződés\w*|kérem|tisztelt|köszönöm|üdvözlettel|működik)\b", re.IGNORECASE
)
_ENGLISH = re.compile(r"\b(the|not|does|is|internet since|my|please|hello|thanks)\b", re.IGNORECASE)
_PHONE = re.compile(r"\+?\d[\d\s()./-]{7,}\d")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/#-]{2,63}")
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


def read(message: WrittenIn) -> Said:
    text = own_words(message.text)[:LONGEST]
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


def language_seen(text: str) -> str | None:
    """What somebody writes in, of the languages that are answered in; None where it is none of them, or unclear."""
    if _CYRILLIC.search(text):
        return None if _NOT_RUSSIAN.search(text) else "ru"
    if _HUNGARIAN.search(text):
        return "hu"
    return "en" if _ENGLISH.search(text) else None


def state_after(
    before: ConversationState | None, *, ticket: bool, asked: int, by_hand: bool
) -> ConversationState:
    """Of a conversation in which something was written. `before` None: it begins; `asked`: how often it was asked back; `by_hand`:
    a person has answered, and goes on with it."""
    if ticket:
        return ConversationState.TICKET
    looked_at = before in (ConversationState.UNASSIGNED, ConversationState.SET_ASIDE)
    if looked_at or by_hand or asked >= ASKED_AT_MOST:
        return ConversationState.UNASSIGNED
    return ConversationState.ASKED


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


def since_ticket(messages: Sequence[WrittenMessage]) -> list[WrittenMessage]:
    """What was written since the conversation last became a ticket, or went on in one."""
    last = next((at for at in reversed(range(len(messages))) if messages[at].ticket_id is not None), -1)
    return list(messages[last + 1 :])


def said_by_writer(messages: Sequence[WrittenMessage]) -> list[Said]:
    """Since the last ticket, by people."""
    return [
        msgspec.convert(one.said, Said)
        for one in since_ticket(messages)
        if one.letter is None or not one.letter.automatic
    ]
