"""Enrolling a phone, on the wire. The messages of the exchange itself are `dispatch/rules/phone.py`."""

from datetime import datetime
from uuid import UUID

from dispatch.bounded import Name, StrictWire, Wire


class DeviceIn(StrictWire):
    """`deviceId` is made by the phone, once."""

    device_id: UUID
    name: Name


class DeviceOut(Wire):
    device_id: UUID
    name: str
    enrolled_at: datetime
