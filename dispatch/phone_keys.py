"""What a phone keeps and shows: the code of an enrolment link, the key of an enrolled device; and a password link's code.

Both begin with the area's id, because what they open lies behind the wall between areas. That part is no secret; who
makes it up sees an area in which nothing answers to the rest.
"""

import base64
import secrets
from uuid import UUID

CODE_BYTES = 20
KEY_BYTES = 32
_AREA_BYTES = 16


def make(area_id: UUID, secret_bytes: int) -> str:
    """A new one, for an address or a header: letters, digits, - and _."""
    return base64.urlsafe_b64encode(area_id.bytes + secrets.token_bytes(secret_bytes)).decode().rstrip("=")


def area_of(shown: str) -> UUID:
    """Where to look. Of something that is none of ours, an area that nobody has."""
    try:
        raw = base64.urlsafe_b64decode(shown + "=" * (-len(shown) % 4))
    except ValueError:
        return UUID(int=0)
    return UUID(bytes=raw[:_AREA_BYTES]) if len(raw) > _AREA_BYTES else UUID(int=0)


def password_link_of(base: str, code: str) -> str:
    """The board's page on which somebody sets a password; the code as in a phone's link."""
    return f"{base.rstrip('/')}/board/#/password/{code}"


def link_of(base: str, code: str) -> str:
    """The technician's page with the code behind `#`: no browser sends that part, so no log has it."""
    return f"{base.rstrip('/')}/technician/#enrol={code}"
