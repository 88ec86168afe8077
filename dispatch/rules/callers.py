"""Who calls: found by contract, number, phone or address, and verified by the holder's name. Never by a family name alone: it is
not unique."""

import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from dispatch.errors import TooManyNames

WRONG_NAMES = 3
COUNTED_FOR = timedelta(minutes=30)
"""So many wrong names within so long: nobody finds the right one by trying."""
SHORTEST_PHONE, LONGEST_PHONE = 7, 15
COMPARED = 9
"""So many digits at the end of a phone are its own in every country: what stands before them is said in several ways."""

_APART = re.compile(r"[^\w]+|_")
_WAY = frozenset(
    [
        "ул",
        "улица",
        "пр",
        "проспект",
        "просп",
        "пер",
        "переулок",
        "ш",
        "шоссе",
        "пл",
        "площадь",
        "наб",
        "набережная",
        "д",
        "дом",
        "кв",
        "квартира",
        "корп",
        "корпус",
        "стр",
        "строение",
        "г",
        "город",
        "utca",
        "u",
        "út",
        "útja",
        "tér",
        "körút",
        "krt",
        "street",
        "st",
        "road",
        "rd",
        "lane",
        "ln",
        "avenue",
        "ave",
        "flat",
        "apt",
        "app",
        "house",
        "no",
        "nr",
    ]
)
"""Words of an address that people leave out, or say in another way."""


def plain(text: str) -> list[str]:
    """Its words, as they compare: without case, accents and punctuation."""
    told = unicodedata.normalize("NFKD", text.casefold().replace("ё", "е"))
    bare = "".join(letter for letter in told if not unicodedata.combining(letter))
    return [word for word in _APART.split(bare) if word]


def names_holder(told: str, holder: str) -> bool:
    """Whether this is the holder's name: two of its words at least, each of them whole. An initial is none: it is guessed in a
    few tries. A holder of one word, such as a firm, is named by it."""
    said, known = plain(told), plain(holder)
    if len(known) < 2:
        return said == known
    left = list(known)
    for word in said:
        if word not in left or (len(word) == 1 and word.isalpha()):
            return False
        left.remove(word)
    return len(said) >= 2


def verify_may_say(wrong: Sequence[datetime], now: datetime) -> None:
    """`wrong`: when names were said that are not the holder's, on one ticket or to one person. Raises `TooManyNames`, with the
    seconds until one may be said again."""
    counted = sorted(at for at in wrong if at > now - COUNTED_FOR)
    if len(counted) >= WRONG_NAMES:
        wait = counted[-WRONG_NAMES] + COUNTED_FOR - now
        raise TooManyNames(waitSeconds=math.ceil(wait.total_seconds()))


def hint_of(holder: str) -> str:
    """Initials: enough to hear whether the caller speaks of the same, too little to be read out."""
    return " ".join(f"{word[0].upper()}." for word in re.split(r"\s+", holder.strip()) if word)


def address_search(text: str) -> str:
    """Its words as a query of PostgreSQL's text search: in any order, words as far as they were typed, numbers whole. Empty where it
    has no house number: a street is too many."""
    words = [word for word in _APART.split(text.casefold()) if word and word not in _WAY]
    if len(words) < 2 or not any(word[0].isdigit() for word in words):
        return ""
    return " & ".join(word if word[0].isdigit() else f"{word}:*" for word in words)


def phone_searches(said: str) -> list[str]:
    """Patterns of LIKE, to be tried one after the other: the number itself where it may be an international one, then its end,
    as every national form has it behind a prefix of its own. Empty where it has fewer than seven digits, or more than any
    phone."""
    digits = "".join(letter for letter in said if letter in "0123456789")
    # a plus before a zero was put there by somebody who did not know the country
    whole = digits[2:] if digits.startswith("00") else digits if said.lstrip().startswith("+") else ""
    ending = digits.lstrip("0")
    if not SHORTEST_PHONE <= len(ending) <= LONGEST_PHONE:
        return []
    international = [] if not whole or whole.startswith("0") else [f"+{whole}"]
    return [*international, f"%{ending[-COMPARED:]}"]
