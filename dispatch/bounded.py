"""Bounded types for all that comes from outside: phones, desks, other systems. One camelCase base, nothing unlimited.

Text refuses NUL and other control characters, lone surrogates, bidirectional overrides and zero-width characters:
what a reader cannot see must not be stored.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, dataclass_transform

import msgspec
from msgspec import Meta

# as escapes, and with anchors that ECMAScript has too: the patterns stand in the OpenAPI document
_UNSEEN = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
_END = r"(?![\s\S])"
LINE = rf"^[^\t\r\n{_UNSEEN}]*{_END}"
LINES = rf"^[^{_UNSEEN}]*{_END}"

Code = Annotated[
    str,
    Meta(
        pattern=rf"^[a-zA-Z0-9][a-zA-Z0-9_.:/#-]{{0,63}}{_END}",
        description="A code of 1 to 64 letters, digits and _.:/#-",
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=LINE)]
MaybeName = Annotated[str, Meta(max_length=200, pattern=LINE)]
Text = Annotated[str, Meta(max_length=4000, pattern=LINES)]
Strokes = Annotated[str, Meta(max_length=65_536, pattern=LINES)]
"""A signature as drawn."""
Phone = Annotated[str, Meta(pattern=rf"^(\+[1-9][0-9]{{6,14}})?{_END}", description="E.164, or empty")]
Language = Annotated[
    str, Meta(pattern=rf"^[a-z]{{2,3}}(-[A-Za-z0-9]{{2,8}}){{0,3}}{_END}", description="BCP 47")
]
Currency = Annotated[str, Meta(pattern=rf"^[A-Z]{{3}}{_END}", description="ISO 4217")]
Sha256 = Annotated[str, Meta(pattern=rf"^[0-9a-f]{{64}}{_END}", description="SHA-256 in hex")]
Money = Annotated[int, Meta(ge=0, le=10**12, description="Integer minor units")]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Sequence = Annotated[int, Meta(ge=1, le=1_000_000)]
Counter = Annotated[int, Meta(ge=0, le=2**53)]
Value = Annotated[float, Meta(ge=-1e12, le=1e12)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Minutes = Annotated[int, Meta(ge=0, le=1440)]
Instant = Annotated[datetime, Meta(tz=True)]


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of everything that crosses the wire."""


class StrictWire(Wire, forbid_unknown_fields=True):
    """From people and systems that can be told: an unknown member is an error. (From phones it is a newer app.)"""


EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def is_absurd(instant: datetime, now: datetime) -> bool:
    """No clock of ours says this: before 2000 or more than two days ahead."""
    try:
        return not EARLIEST <= instant.astimezone(UTC) <= now + timedelta(days=2)
    except OverflowError:
        return True
