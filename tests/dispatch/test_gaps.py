"""What is missing of a phone's count, whatever arrives in whatever order."""

from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from db.ids import new_id
from db.records import Device, DeviceGap
from dispatch.rules.gaps import count_of, gaps_after
from tests.worlds import NOW

PHONE = Device(
    area_id=new_id(),
    device_id=new_id(),
    technician_id=new_id(),
    name="Pixel",
    enrolled_at=NOW,
    revoked_at=None,
    key_hash=None,
    last_seq=0,
    last_seen_at=None,
)


def after(batches: list[list[int]]) -> list[DeviceGap]:
    phone, gaps = PHONE, list[DeviceGap]()
    for number, batch in enumerate(batches):
        gaps = gaps_after(phone, gaps, batch, NOW + timedelta(minutes=number))
        phone = msgspec.structs.replace(phone, last_seq=max([phone.last_seq, *batch]))
    return gaps


@given(st.lists(st.lists(st.integers(0, 60), max_size=12), max_size=8))
def test_missing_is_what_lies_below_the_highest_and_has_not_come(batches: list[list[int]]) -> None:
    gaps = after(batches)
    arrived = {seq for batch in batches for seq in batch}
    missing = [seq for gap in gaps for seq in range(gap.first_seq, gap.last_seq + 1)]
    assert sorted(missing) == [seq for seq in range(1, max(arrived, default=0)) if seq not in arrived]
    assert count_of(gaps) == len(missing)


def test_a_gap_is_as_old_as_its_first_being_noticed() -> None:
    gaps = after([[1, 2], [9], [5], [20]])
    assert [(gap.first_seq, gap.last_seq, gap.opened_at - NOW) for gap in gaps] == [
        (3, 4, timedelta(minutes=1)),
        (6, 8, timedelta(minutes=1)),
        (10, 19, timedelta(minutes=3)),
    ]


def test_the_first_record_is_number_one() -> None:
    assert [(gap.first_seq, gap.last_seq) for gap in after([[3]])] == [(1, 2)]
