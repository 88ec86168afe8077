"""A letter of ours: what its headers say, so that it lies beneath the letter it answers, and nobody's machine answers it.

Its Message-ID is made of what it answers with. So the same letter that is handed over twice is known to be the same, and whoever
answers it names what they answer, without a table of what was sent.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from uuid import UUID

from db.records.base import Record
from dispatch.rules.letters import is_address
from dispatch.rules.told_written import WRITTEN_ANSWER, WRITTEN_REPLY

_OURS = re.compile(rf"<({WRITTEN_REPLY}|{WRITTEN_ANSWER})\.([0-9a-f]{{32}})@[^<>\s]*>")
_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,240}>")
"""What is put into a header of ours: printable, and short enough for a line."""
MOST_REFERENCES = 10


class _Ids(str):
    """Of a header: whole, one to a line. The library would spell anew what is longer than a line, and no mail program would find the
    letter that is answered."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: " + f"{policy.linesep} ".join(self.split()) + policy.linesep


def _ids(name: str, ids: Iterable[str]) -> _Ids:
    made = _Ids(" ".join(ids))
    # by which the library knows that it is a header already
    made.name = name
    return made


class Post(Record):
    """`area`: the code of the area that writes. `kind` and `key`: the same are the same letter, however often it is handed over.
    `answers`: Message-ID of what it answers; `references`: what that one answered, the newest first. `by_itself`: no person wrote it."""

    area: str
    kind: str
    key: UUID
    to: str
    subject: str
    text: str
    answers: str
    references: Sequence[str]
    by_itself: bool
    at: datetime


def message_id_of(post: Post, ours: str) -> str:
    return f"<{post.kind}.{post.key.hex}@{ours.rpartition('@')[2]}>"


def ours_among(references: Sequence[str]) -> list[UUID]:
    """Of what a letter refers to, what of ours."""
    found = (_OURS.fullmatch(one) for one in references)
    return [UUID(match[2]) for match in found if match is not None]


def composed(post: Post, ours: str, name: str) -> EmailMessage:
    """`ours`: the mailbox that answers come back to, `name` whose it is. Raises `ValueError` for an address that is none."""
    if not is_address(post.to):
        raise ValueError("an answer goes to one address")
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(_line(name), addr_spec=ours)
    made["To"] = Address(addr_spec=post.to)
    made["Subject"] = _line(post.subject)
    made["Date"] = format_datetime(post.at)
    made["Message-ID"] = message_id_of(post, ours)
    if _ID.fullmatch(post.answers):
        before = [one for one in reversed(post.references[:MOST_REFERENCES]) if _ID.fullmatch(one)]
        made["In-Reply-To"] = _ids("In-Reply-To", [post.answers])
        made["References"] = _ids("References", dict.fromkeys([*before, post.answers]))
    if post.by_itself:
        made["Auto-Submitted"] = "auto-replied"
        made["X-Auto-Response-Suppress"] = "All"
    made.set_content(post.text)
    return made


def _line(text: str) -> str:
    return " ".join(text.split())
