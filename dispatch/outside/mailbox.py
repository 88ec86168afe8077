"""An IMAP mailbox, by IMAPClient: what is unread in it, and marking that it is read.

Everything here waits for a server that may be slow: it is called in a thread.
"""

import ssl
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import msgspec
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from dispatch.mail_addresses import MailboxAddress

PATIENCE_SECONDS = 15.0
"""For each word of the server's."""
MOST_BYTES = 2 * 1024 * 1024
"""Of a letter; what lies beyond stays in the mailbox. Words come before what is attached to them."""
REFUSALS = (IMAPClientError, OSError, ssl.SSLError, ValueError)
"""What a server that is silent, refuses or speaks nonsense ends in."""


class Raw(msgspec.Struct, frozen=True):
    """A letter's bytes. `cut`: there are more. `arrived_at`: by the server's clock."""

    content: bytes
    cut: bool
    arrived_at: datetime | None


class Mailbox:
    """One connection to one folder. A letter that nobody could read is flagged, which keeps it in sight of people and out of ours."""

    def __init__(self, client: IMAPClient) -> None:
        # it has few types of its own
        self._client: Any = client

    def unread(self) -> list[int]:
        """By their numbers in this connection, oldest first."""
        return sorted(int(uid) for uid in self._client.search(["UNSEEN", "UNFLAGGED", "UNDELETED"]))

    def fetch(self, uid: int) -> Raw | None:
        """Without marking it. None: it is gone."""
        wanted = ["RFC822.SIZE", "INTERNALDATE", f"BODY.PEEK[]<0.{MOST_BYTES}>"]
        found: dict[bytes, Any] = dict(self._client.fetch([uid], wanted).get(uid, {}))
        content = next((value for name, value in found.items() if name.startswith(b"BODY[]")), None)
        if not isinstance(content, bytes):
            return None
        cut = int(found.get(b"RFC822.SIZE", 0)) > len(content) >= MOST_BYTES
        at = found.get(b"INTERNALDATE")
        return Raw(content, cut, at if isinstance(at, datetime) and at.tzinfo is not None else None)

    def mark_read(self, uid: int) -> None:
        self._client.add_flags([uid], [rb"\Seen"], silent=True)

    def mark_unreadable(self, uid: int) -> None:
        self._client.add_flags([uid], [rb"\Flagged"], silent=True)


@contextmanager
def opened(address: MailboxAddress, patience_seconds: float = PATIENCE_SECONDS) -> Generator[Mailbox]:
    """Signed in, in its folder. Raises any of `REFUSALS`."""
    context = ssl.create_default_context()
    client: Any = IMAPClient(
        address.host,
        address.port,
        ssl=address.tls,
        ssl_context=context if address.tls else None,
        timeout=patience_seconds,
    )
    # with their zone
    client.normalise_times = False
    try:
        if not address.tls and not address.here:
            client.starttls(context)
        client.login(address.user, address.password)
        client.select_folder(address.folder)
        yield Mailbox(client)
        with suppress(*REFUSALS):
            client.logout()
    finally:
        with suppress(*REFUSALS):
            client.shutdown()
