"""What the phones send, and what waits for a person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from db.records.base import Record
from db.states import InboxStatus, ReportStatus, ReviewReason, ReviewState


class InboxEvent(Record):
    area_id: UUID
    event_id: UUID
    content_hash: bytes
    device_id: UUID
    technician_id: UUID
    batch_id: UUID
    seq: int | None
    job_id: UUID | None
    raw: bytes
    skew_ms: int | None
    received_at: datetime
    attempts: int
    status: InboxStatus
    reason: ReviewReason | None
    vouched_by: UUID | None = None
    """Who read it in from a file of the phone."""


class Report(Record):
    area_id: UUID
    report_id: UUID
    job_id: UUID
    visit_id: UUID
    technician_area_id: UUID
    technician_id: UUID
    device_id: UUID
    seq: int
    kind: str
    body: dict[str, Any]
    needs: list[UUID]
    recorded_at: datetime | None
    received_at: datetime
    corrected_at: datetime
    clock_suspect: bool
    status: ReportStatus
    reason: ReviewReason | None


class Photo(Record):
    area_id: UUID
    photo_id: UUID
    job_id: UUID
    report_id: UUID
    purpose: str
    content_hash: bytes
    byte_count: int


class PhotoUpload(Record):
    """The bytes of a photo, in the technician's home area. They belong to the photo of the same id and content."""

    area_id: UUID
    photo_id: UUID
    technician_id: UUID
    content_hash: bytes
    byte_count: int
    created_at: datetime
    stored_at: datetime | None
    refused_at: datetime | None
    """When they turned out to be no image of ours."""
    media_type: str


class Review(Record):
    area_id: UUID
    review_id: UUID
    event_id: UUID
    technician_area_id: UUID
    technician_id: UUID
    job_id: UUID | None
    reason: ReviewReason
    facts: dict[str, Any]
    state: ReviewState
    opened_at: datetime
    decided_at: datetime | None
    decided_by: UUID | None
    decision_note: str
    version: int = 1
