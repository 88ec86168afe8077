"""Letters of ours, handed to a mail server by aiosmtplib."""

from collections.abc import Mapping, Sequence

import aiosmtplib

from dispatch.mail_addresses import MailboxAddress, MailServer
from dispatch.rules.posting import Post, composed

PATIENCE_SECONDS = 10.0
FOR_GOOD = range(500, 600)


class Mailer:
    """An answer comes from the mailbox that its area reads, so what is answered to it comes back."""

    def __init__(self, server: MailServer, boxes: Sequence[MailboxAddress], name: str = "") -> None:
        """`name`: whose letters they are, as people see it."""
        self._server = server
        self._ours: Mapping[str, str] = {box.area: box.address for box in boxes}
        self._name = name

    async def send(self, post: Post) -> bool:
        """False: nobody takes it, now or later. Raises `aiosmtplib.SMTPException` and `OSError`, upon which it is handed over again,
        as the same letter."""
        ours = self._ours.get(post.area)
        if ours is None:
            return False
        try:
            letter = composed(post, ours, self._name)
        except ValueError:
            return False
        try:
            await aiosmtplib.send(
                letter,
                sender=ours,
                recipients=[post.to],
                hostname=self._server.host,
                port=self._server.port,
                username=self._server.user,
                password=self._server.password,
                use_tls=self._server.tls,
                start_tls=not self._server.tls and not self._server.here,
                local_hostname=ours.rpartition("@")[2],
                timeout=PATIENCE_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            if all(one.code in FOR_GOOD for one in refused.recipients):
                return False
            raise
        except aiosmtplib.SMTPDataError as refused:
            if refused.code in FOR_GOOD:
                return False
            raise
        return True
