"""A letter, from its bytes: whose it is, what it answers, its words, and whether a person wrote it.

Strangers send what they like. So identities are read from the bytes themselves, texts in any character set or a wrong one, and
nothing of it raises: `email`'s own typed headers do, on malformed ones.
"""

import hashlib
import re
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import getaddresses
from enum import StrEnum
from typing import cast

from db.records.base import Record
from dispatch.rules.html_words import words_of

LONGEST_KEY = 200
LONGEST_SUBJECT = 200
LONGEST_TEXT = 100_000
"""Letters, quotations included."""
MOST_NAMES = 20
MOST_REFERENCES = 20
DEEPEST = 20
"""Parts within parts."""
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
)
_ID = re.compile(r"<[^<>\s]{1,900}>")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,8}")
_ANSWERS = re.compile(
    r"^\s*(re|fw|fwd|aw|wg|sv|ответ|отв|на|пересл|перешл|vá|válasz|tov|továbbítás)\s*(\[\d+\])?\s*:\s*",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"^(mailer-daemon|postmaster|(no|do-?not)[-_.]?reply|bounces?|abuse)([-+_.=].*)?@", re.IGNORECASE
)
CHARSETS = ("windows-1251", "koi8-r", "iso-8859-2")
"""What unlabelled bytes of our subscribers are in, if not in UTF-8."""
_TWO_SCRIPTS = re.compile("[a-z][а-яё]|[а-яё][a-z]", re.IGNORECASE)
_LIKELY = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёáéíóöőúüű")


class Automatic(StrEnum):
    """Why a letter is nobody's."""

    OURS = "ours"
    BOUNCE = "bounce"
    AUTO = "auto"
    BULK = "bulk"
    UNREADABLE = "unreadable"
    """Somebody may have written it, and only a person can tell what."""


class Letter(Record):
    """`key`: by which it is counted once. `sender`: whom an answer goes to, empty where there is nobody; `references`: which letters
    it answers, the newest first."""

    key: str
    message_id: str
    references: list[str]
    sender: str
    subject: str
    text: str
    attachments: list[str]
    automatic: str
    cut: bool


def read_letter(raw: bytes, ours: str, *, cut: bool = False) -> Letter:
    """`ours`: the address of the mailbox. `cut`: there was more of it."""
    heads = heads_of(raw)
    ids = _ID.findall(heads.get("message-id", ""))
    answered = [
        *_ID.findall(heads.get("in-reply-to", "")),
        *reversed(_ID.findall(heads.get("references", ""))),
    ]
    message = BytesParser(policy=compat32).parsebytes(raw)
    text, names = _content(message)
    subject = in_a_line(_words(heads.get("subject", "")))[:LONGEST_SUBJECT]
    return Letter(
        key=key_of(ids[0]) if ids else f"sha256:{hashlib.sha256(raw).hexdigest()}",
        message_id=ids[0] if ids else "",
        references=list(dict.fromkeys(answered))[:MOST_REFERENCES],
        sender=_address(heads.get("reply-to", "")) or _address(heads.get("from", "")),
        subject=subject,
        text=clean(text)[:LONGEST_TEXT],
        attachments=[in_a_line(name)[:LONGEST_SUBJECT] for name in names[:MOST_NAMES]],
        automatic=_automatic(heads, ours),
        cut=cut or len(text) > LONGEST_TEXT,
    )


def unreadable_letter(raw: bytes) -> Letter:
    """What is kept of one upon which `read_letter` fails. Its key is not the letter's own: it is read as soon as it can be."""
    named = re.search(rb"(?im)^message-id:[ \t]*(<[\x21-\x7e]{1,900}>)", raw[:65_536])
    key = hashlib.sha256(raw if named is None else named[1]).hexdigest()
    return Letter(
        key=f"unreadable:{key}",
        message_id="",
        references=[],
        sender="",
        subject="",
        text="",
        attachments=[],
        automatic=Automatic.UNREADABLE,
        cut=False,
    )


def key_of(message_id: str) -> str:
    """As it is counted: long ones by their digest."""
    if len(message_id) <= LONGEST_KEY:
        return clean(message_id)
    return f"sha256:{hashlib.sha256(message_id.encode('utf-8', 'replace')).hexdigest()}"


def heads_of(raw: bytes) -> dict[str, str]:
    """The first of each header, by its name in small letters, unfolded."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    found: dict[str, str] = {}
    for line in re.sub(rb"\r?\n[ \t]+", b" ", head).splitlines():
        name, colon, value = line.partition(b":")
        if colon:
            found.setdefault(name.decode("ascii", "replace").strip().lower(), decoded(value.strip(), None))
    return found


def bare_subject(subject: str) -> str:
    """Without "Re:" and the like, however many."""
    while (bare := _ANSWERS.sub("", subject)) != subject:
        subject = bare
    return subject.strip()


def clean(text: str) -> str:
    """Without what a reader cannot see."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def in_a_line(text: str) -> str:
    return " ".join(clean(text).split())


def decoded(raw: bytes, charset: str | None) -> str:
    """In its own character set; where that is unknown or wrong, in the one that makes most of a word of it."""
    for named in (charset, "utf-8"):
        if named:
            try:
                return raw.decode(named)
            except (UnicodeDecodeError, LookupError, ValueError):
                continue
    guesses = [raw.decode(named, "replace") for named in CHARSETS]
    return max(guesses, key=_likeliness)


def _likeliness(text: str) -> int:
    """Words of one script are likelier than of two."""
    return sum(letter in _LIKELY for letter in text) - 3 * len(_TWO_SCRIPTS.findall(text))


def _words(header: str) -> str:
    try:
        parts = decode_header(header)
    except (HeaderParseError, ValueError, LookupError):
        return header
    return "".join(
        decoded(part, _known(charset)) if isinstance(part, bytes) else part for part, charset in parts
    )


def _known(charset: str | None) -> str | None:
    return None if charset in (None, "unknown-8bit") else charset


def _address(header: str) -> str:
    for _, address in getaddresses([header]):
        plain = _in_ascii(address)
        if is_address(plain):
            return plain.lower()
    return ""


def _in_ascii(address: str) -> str:
    """A domain of any script as mail servers know it. What stands before the @ has no such form."""
    name, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return name + at + domain.encode("idna").decode("ascii")
    except UnicodeError:
        return address


def is_address(text: str) -> bool:
    """Whether it may stand in a header of ours as it is."""
    return _ADDRESS.fullmatch(text) is not None


def _automatic(heads: dict[str, str], ours: str) -> str:
    """RFC 3834, and what was usual before it."""
    writer = _address(heads.get("from", ""))
    kind = heads.get("content-type", "").lower()
    if ours.lower() in (writer, _address(heads.get("reply-to", ""))):
        return Automatic.OURS
    if heads.get("return-path", "").replace(" ", "") == "<>" or kind.startswith("multipart/report"):
        return Automatic.BOUNCE
    if _NOBODY.match(writer) and not _address(heads.get("reply-to", "")):
        return Automatic.BOUNCE
    if heads.get("auto-submitted", "no").lower().split(";")[0].strip() != "no":
        return Automatic.AUTO
    if any(name in heads for name in ("x-autoreply", "x-autorespond", "x-auto-reply-from")):
        return Automatic.AUTO
    if heads.get("precedence", "").lower() in ("bulk", "junk", "list", "auto_reply"):
        return Automatic.BULK
    return Automatic.BULK if "list-id" in heads or "list-unsubscribe" in heads else ""


def _content(message: Message) -> tuple[str, list[str]]:
    """The words, of plain text where there is some, and the names of all else."""
    plain: list[str] = []
    html: list[str] = []
    names: list[str] = []
    _gather(message, plain, html, names, DEEPEST)
    text = "\n\n".join(part.strip() for part in plain if part.strip())
    return text or "\n\n".join(words_of(part) for part in html), names


def _gather(part: Message, plain: list[str], html: list[str], names: list[str], deepest: int) -> None:
    kind = part.get_content_type()
    if kind.startswith("multipart/") and part.is_multipart():
        for child in cast("list[Message]", part.get_payload()) if deepest else []:
            _gather(child, plain, html, names, deepest - 1)
        return
    name = _name(part)
    if name or part.get_content_disposition() == "attachment" or kind not in ("text/plain", "text/html"):
        names.append(name or kind)
        return
    raw = part.get_payload(decode=True)
    text = decoded(raw if isinstance(raw, bytes) else b"", _charset(part))
    (plain if kind == "text/plain" else html).append(text)


def _name(part: Message) -> str:
    try:
        return _words(part.get_filename() or "")
    except (MessageError, ValueError, LookupError, TypeError):
        return "?"


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except (MessageError, ValueError, LookupError):
        return None
