"""Who this installation is to the push services: a key pair, whom to ask, and which services may be spoken to."""

import base64
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from dispatch.outside.push_encryption import point_of

SERVICES = (
    "fcm.googleapis.com",
    "*.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
"""Of the browsers that there are."""


class PushKeys(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """As in the file of `LINE3_PUSH_KEYS`. `services`: hosts, or `*.` and what they end in; a port may follow."""

    private_key: str
    contact: str
    services: tuple[str, ...] = SERVICES

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        raw = base64.urlsafe_b64decode(self.private_key + "=" * (-len(self.private_key) % 4))
        return ec.derive_private_key(int.from_bytes(raw), ec.SECP256R1())

    @property
    def public_key(self) -> str:
        """As a browser takes it."""
        return base64.urlsafe_b64encode(point_of(self.key)).rstrip(b"=").decode()

    def allows(self, endpoint: str) -> bool:
        """Whether this is the address of a push service that may be spoken to."""
        try:
            parts = urlsplit(endpoint)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        if not endpoint.startswith("https://") or parts.username is not None or not endpoint.isascii():
            return False
        named = host if port in (None, 443) else f"{host}:{port}"
        return any(
            named == service or (service.startswith("*.") and named.endswith(service[1:]))
            for service in self.services
        )


def make_keys(contact: str) -> PushKeys:
    """New ones. Who changes them loses all subscriptions. Raises `ValueError` for a contact that services refuse."""
    if not contact.startswith(("mailto:", "https://")):
        raise ValueError("the contact is mailto:NAME@HOST or an https address")
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    private = base64.urlsafe_b64encode(number.to_bytes(32)).rstrip(b"=").decode()
    return PushKeys(private_key=private, contact=contact)


def load_keys(path: Path) -> PushKeys:
    """Raises `ValueError`."""
    try:
        keys = msgspec.json.decode(path.read_bytes(), type=PushKeys)
        _ = keys.key
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is not what `line3 push-keys` prints ({type(error).__name__})") from error
    return keys
