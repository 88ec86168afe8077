"""A file that a phone exported, on the wire. The answer is `dispatch.outboxes.TakenIn`."""

from typing import Annotated

from msgspec import Meta

from dispatch.bounded import LINE, StrictWire


class OutboxIn(StrictWire):
    """`file`: base64. `code`: as the technician reads it out; small letters, blanks and dashes do not matter."""

    file: bytes
    code: Annotated[str, Meta(min_length=1, max_length=40, pattern=LINE)]
