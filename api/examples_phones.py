"""Examples of what concerns phones: enrolling and revoking them, what they have not delivered."""

from typing import Any

from api.specimens import AREA, DEVICE, JOB, ME, TECHNICIAN

CODE = "AZNaHHoAcACAAAAAAAAAAZ0rQ2m8TqYf1cXvJH5bLr2kP0aE"
KEY = "AZNaHHoAcACAAAAAAAAAAVbq0H3cJYg7mZ1nTq2rXo9sWd4uKe5yLf6iPa8bVt1h"
DEVICE_OUT = {
    "deviceId": DEVICE,
    "name": "Béla's phone",
    "enrolledAt": "2026-11-20T08:00:00Z",
    "lastSeq": 0,
    "deviceKey": KEY,
}
SEEN_OUT = {
    "deviceId": DEVICE,
    "technicianId": TECHNICIAN,
    "technicianName": "Béla Nagy",
    "name": "Béla's phone",
    "enrolledAt": "2026-11-20T08:00:00Z",
    "lastSeenAt": "2026-11-24T11:32:00Z",
    "revokedAt": None,
    "revokedReason": "",
    "storageLostAt": None,
    "missing": 3,
}

PHOTO_OUT = {
    "photoId": "01935a1c-7a00-7000-8000-000000000024",
    "jobId": JOB,
    "technicianId": TECHNICIAN,
    "purpose": "splice",
    "sha256": "5f" * 32,
    "bytes": 1482113,
    "takenAt": "2026-11-24T13:12:00Z",
    "state": "stored",
    "storedAt": "2026-11-24T13:41:00Z",
    "mediaType": "image/jpeg",
}

EXAMPLES_PHONES: dict[tuple[str, str], tuple[Any, Any]] = {
    ("post", "/v1/technicians/{technician_id}/enrolments"): (
        None,
        {
            "url": f"https://line3.example/technician/#enrol={CODE}",
            "code": CODE,
            "expiresAt": "2026-11-25T08:00:00Z",
        },
    ),
    ("get", "/v1/devices"): (None, {"items": [SEEN_OUT]}),
    ("post", "/v1/devices/{device_id}/revoke"): (
        {"reason": "left in a taxi"},
        {**SEEN_OUT, "revokedAt": "2026-11-24T12:00:00Z", "revokedReason": "left in a taxi"},
    ),
    ("get", "/v1/gaps"): (
        None,
        {
            "items": [
                {
                    "deviceId": DEVICE,
                    "deviceName": "Béla's phone",
                    "technicianId": TECHNICIAN,
                    "technicianName": "Béla Nagy",
                    "count": 3,
                    "since": "2026-11-24T10:40:00Z",
                    "storageLostAt": None,
                    "lastSeenAt": "2026-11-24T11:32:10Z",
                    "missing": [{"first": 15, "last": 17, "since": "2026-11-24T10:40:00Z"}],
                }
            ],
            "unheard": ["Ilona Kiss"],
        },
    ),
    ("post", "/v1/mobile/photos"): (None, None),
    ("head", "/v1/mobile/photos/{photo_id}"): (None, None),
    ("patch", "/v1/mobile/photos/{photo_id}"): (None, None),
    ("get", "/v1/jobs/{job_id}/photos"): (None, {"items": [PHOTO_OUT]}),
    ("get", "/v1/photos/{photo_id}"): (None, None),
    ("post", "/v1/mobile/devices"): ({"deviceId": DEVICE, "name": "Béla's phone"}, DEVICE_OUT),
    ("post", "/v1/mobile/enrol"): (
        {"code": CODE, "deviceId": DEVICE, "name": "Béla's phone"},
        {
            "me": {
                **ME,
                "displayName": "Béla Nagy",
                "roles": [{"areaId": AREA, "role": "technician", "technicianId": TECHNICIAN}],
            },
            "device": DEVICE_OUT,
        },
    ),
}
"""(method, path) -> (request body, answer); None where there is none."""
