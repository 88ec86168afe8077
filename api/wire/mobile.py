"""Enrolling a phone, on the wire. The messages of the exchange itself are `dispatch/rules/phone.py`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from api.wire.accounts import Me
from dispatch.bounded import LINE, Name, StrictWire, Wire


class DeviceIn(StrictWire):
    """`deviceId` is made by the phone, once."""

    device_id: UUID
    name: Name


class DeviceOut(Wire):
    """`lastSeq`: up to where the server has seen this phone count. `deviceKey` is shown this once: keep it."""

    device_id: UUID
    name: str
    enrolled_at: datetime
    last_seq: int
    device_key: str


class Redeeming(StrictWire):
    """`code` is what stands behind `#enrol=` in the link."""

    code: Annotated[str, Meta(min_length=1, max_length=200, pattern=LINE)]
    device_id: UUID
    name: Name


class Redeemed(Wire):
    me: Me
    device: DeviceOut


class PushOut(Wire):
    """`publicKey`: by which a browser subscribes; null where this installation pushes nobody."""

    public_key: str | None


class PushIn(StrictWire):
    """What a browser says of its subscription: where, and in base64 its key (a point of P-256, 65 bytes) and its secret."""

    endpoint: Annotated[str, Meta(max_length=1000, pattern=LINE)]
    key: Annotated[bytes, Meta(min_length=65, max_length=65)]
    auth: Annotated[bytes, Meta(min_length=16, max_length=16)]
