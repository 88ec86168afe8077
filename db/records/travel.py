"""Travel times that were worked out or asked for, kept so that the next plan need not."""

from datetime import datetime
from uuid import UUID

from db.records.base import Record


class TravelRow(Record):
    """The ways of one place to and from others, by one source: `source` names its version, too."""

    area_id: UUID
    source: str
    here: int
    """Where the place is, as one number."""
    ways: bytes
    """Records of 24 bytes: the other place, seconds and metres there, seconds and metres back."""
    computed_at: datetime
