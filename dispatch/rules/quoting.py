"""What somebody wrote, without what they quote: answers to letters come with the letter that they answer.

Cut off are lines that begin with `>`, the line that says who had written them, and all below a forwarded or answered letter's head.
Whoever answers beneath the quotation is read as well.
"""

import re

_QUOTED = re.compile(r"^\s*>")
_HEAD = re.compile(
    r"^[\s*_-]*(original message|original appointment|forwarded message|исходное сообщение|пересылаемое сообщение"
    r"|пересланное сообщение|eredeti üzenet|továbbított üzenet|ursprüngliche nachricht)[\s*_:-]*$",
    re.IGNORECASE,
)
"""A line between an answer and what it answers."""
_FROM = re.compile(r"^[\s*]*(from|от|от кого|feladó|küldő|von)\s*:", re.IGNORECASE)
_SENT = re.compile(
    r"^[\s*]*(sent|date|to|отправлено|дата|кому|elküldve|küldve|dátum|címzett|gesendet|datum|an)\s*:",
    re.IGNORECASE,
)
"""The second line of such a head; between them may stand one more."""
_WROTE = re.compile(r"\b(wrote|writes|пишет|писала?|написала?|написал\(а\)|írta|schrieb)\b", re.IGNORECASE)
_ADDRESS = re.compile(r"<?\S+@\S+>?")
_SIGNATURE = re.compile(r"^--\s?$")
ATTRIBUTION_LINES = 3
"""Such a line is broken by mail programs, at the most into so many."""
LONGEST_ATTRIBUTION = 400


def own_words(text: str) -> str:
    """Without what is quoted from earlier messages."""
    lines = text.splitlines()
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if _HEAD.match(line) or _SIGNATURE.match(line) or _begins_head(lines, at):
            break
        if _QUOTED.match(line):
            at += 1
            continue
        length = _attribution(lines, at)
        if length and not _quotes_follow(lines, at + length):
            break
        if not length:
            kept.append(line)
        at += max(length, 1)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _begins_head(lines: list[str], at: int) -> bool:
    return _FROM.match(lines[at]) is not None and any(_SENT.match(line) for line in lines[at + 1 : at + 3])


def _attribution(lines: list[str], at: int) -> int:
    """How many lines say who wrote what follows; 0: none. It ends in a colon, and names a day or an address: people write "my
    neighbour wrote:" as well."""
    if not lines[at].strip():
        return 0
    for length in range(1, ATTRIBUTION_LINES + 1):
        said = lines[at : at + length]
        if len(said) < length or not said[-1].strip() or any(_QUOTED.match(line) for line in said):
            return 0
        whole = " ".join(said).strip()
        if len(whole) > LONGEST_ATTRIBUTION:
            return 0
        if whole.endswith(":"):
            dated = any(letter.isdigit() for letter in whole)
            addressed = _ADDRESS.search(whole) is not None
            wrote = _WROTE.search(whole) is not None
            return length if (wrote and (dated or addressed)) or (dated and addressed) else 0
    return 0


def _quotes_follow(lines: list[str], at: int) -> bool:
    following = next((line for line in lines[at:] if line.strip()), "")
    return _QUOTED.match(following) is not None
