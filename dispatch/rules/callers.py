"""Who calls: found by contract, account, phone or address, and verified by the holder's name. Never by a family name alone: it is
not unique."""

import re
import unicodedata

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
    """Whether this is the holder's name: two of its words at least, each as it stands or as an initial, one of them whole. A
    holder of one word, such as a firm, is named by it."""
    said, known = plain(told), plain(holder)
    if len(known) < 2:
        return said == known
    whole, left = 0, list(known)
    for word in said:
        found = word if word in left else _begun_by(word, left)
        if found is None:
            return False
        whole += found == word and len(word) > 1
        left.remove(found)
    return len(said) >= 2 and whole > 0


def _begun_by(initial: str, words: list[str]) -> str | None:
    return next((word for word in words if len(initial) == 1 and word.startswith(initial)), None)


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
