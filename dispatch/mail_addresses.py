"""Where letters come in and go out, as the environment says it: `LINE3_MAILBOX`, `LINE3_SMTP`."""

import ipaddress
import re
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import msgspec

MAILBOX = "a mailbox is given as imaps://USER:PASSWORD@host:993/INBOX?area=CODE&address=support@host"
SMTP = "a mail server is given as smtps://USER:PASSWORD@host:465 or smtp://USER:PASSWORD@host:587"
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class MailboxAddress(msgspec.Struct, frozen=True):
    """A mailbox of an area's own. `address`: what people write to, and answers come from. Without `tls` from the start it is begun
    on the way, but not towards this machine itself."""

    area: str
    address: str
    host: str
    port: int
    tls: bool
    user: str
    password: str
    folder: str = "INBOX"

    @property
    def here(self) -> bool:
        return is_here(self.host)


class MailServer(msgspec.Struct, frozen=True):
    """Who takes letters from us. Without a `user` nobody signs in."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: str | None = None

    @property
    def here(self) -> bool:
        return is_here(self.host)


def mailboxes_from(said: str) -> tuple[MailboxAddress, ...]:
    """One or several, with spaces between. Raises `ValueError`, which quotes nothing of it."""
    found = tuple(_mailbox(one) for one in said.split())
    if len({box.area for box in found}) < len(found):
        raise ValueError("an area has one mailbox")
    return found


def _mailbox(said: str) -> MailboxAddress:
    parts, asked = _parts(said, ("imap", "imaps"), {"area", "address", "password_file"}, MAILBOX)
    user, password = unquote(parts.username or ""), _password(parts, asked)
    area, address = asked.get("area", ""), asked.get("address", user)
    if not user or password is None or not area or not _ADDRESS.fullmatch(address):
        raise ValueError(MAILBOX)
    tls = parts.scheme == "imaps"
    return MailboxAddress(
        area=area,
        address=address.lower(),
        host=parts.hostname or "",
        port=parts.port or (993 if tls else 143),
        tls=tls,
        user=user,
        password=password,
        folder=unquote(parts.path.strip("/")) or "INBOX",
    )


def mail_server_from(said: str) -> MailServer:
    """Raises `ValueError`, which quotes nothing of it."""
    parts, asked = _parts(said, ("smtp", "smtps"), {"password_file"}, SMTP)
    user = unquote(parts.username) if parts.username else None
    password = _password(parts, asked)
    if (user is None) != (password is None):
        raise ValueError(SMTP)
    tls = parts.scheme == "smtps"
    return MailServer(parts.hostname or "", parts.port or (465 if tls else 587), tls, user, password)


def _parts(
    said: str, schemes: tuple[str, ...], known: set[str], form: str
) -> tuple[SplitResult, dict[str, str]]:
    try:
        parts = urlsplit(said)
        _ = parts.port
    except ValueError:
        # whose own words quote what stands where a password may
        raise ValueError(form) from None
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme not in schemes or not parts.hostname or not known.issuperset(asked):
        raise ValueError(form)
    return parts, asked


def _password(parts: SplitResult, asked: dict[str, str]) -> str | None:
    """As it stands there, or the first line of a file."""
    if "password_file" in asked:
        try:
            return Path(asked["password_file"]).read_text("utf-8").partition("\n")[0]
        except OSError as error:
            raise ValueError("the file of a mail password cannot be read") from error
    return None if parts.password is None else unquote(parts.password)


def is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
