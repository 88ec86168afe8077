"""What is missing of a phone's count: numbers that have not arrived, though later ones have."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from db.records import Device, DeviceGap

OPEN_FOR = timedelta(minutes=30)
"""A gap so old is shown: until then the rest is probably on its way."""
LOSS_SHOWN_FOR = timedelta(days=7)
LOSS_REPEATED_FOR = timedelta(hours=1)
"""A phone that says so again within it has not heard our answer: it is the same loss."""


def gaps_after(
    device: Device, gaps: Sequence[DeviceGap], arrived: Iterable[int], now: datetime
) -> list[DeviceGap]:
    """The gaps once these numbers are there: skipped ones are new gaps, late ones fill old ones. A number that comes
    again changes nothing. Counting begins with 1."""
    missing, last_seq = list(gaps), device.last_seq
    for seq in sorted({seq for seq in arrived if seq > 0}):
        if seq <= last_seq:
            missing = [piece for gap in missing for piece in _without(gap, seq)]
            continue
        if seq > last_seq + 1:
            missing.append(
                DeviceGap(
                    area_id=device.area_id,
                    device_id=device.device_id,
                    first_seq=last_seq + 1,
                    last_seq=seq - 1,
                    opened_at=now,
                )
            )
        last_seq = seq
    return missing


def _without(gap: DeviceGap, seq: int) -> Iterator[DeviceGap]:
    """What is left of it on both sides of the number."""
    if not gap.first_seq <= seq <= gap.last_seq:
        yield gap
        return
    if gap.first_seq < seq:
        yield msgspec.structs.replace(gap, last_seq=seq - 1)
    if seq < gap.last_seq:
        yield msgspec.structs.replace(gap, first_seq=seq + 1)


def count_of(gaps: Iterable[DeviceGap]) -> int:
    """How many numbers are missing."""
    return sum(gap.last_seq - gap.first_seq + 1 for gap in gaps)


def is_new_loss(device: Device, now: datetime) -> bool:
    """Whether a phone that says it lost its storage has not said so just before."""
    return device.storage_lost_at is None or now - device.storage_lost_at > LOSS_REPEATED_FOR
