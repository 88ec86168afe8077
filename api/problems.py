"""Errors as RFC 9457 problems: the one place that knows which kind of refusal is which status.

Bodies name members and codes, never values; no database text ever reaches a client.
"""

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from db.errors import Conflicted, Unavailable
from dispatch import errors

log = logging.getLogger("line3.api")

RETRY_AFTER_SECONDS = 2

STATUS: Mapping[type[errors.Refused], int] = {
    errors.Unknown: 404,
    errors.Invalid: 422,
    errors.Contradicted: 409,
    errors.Stale: 412,
    errors.NotAllowed: 403,
    errors.NotSignedIn: 401,
    errors.TooMany: 429,
    errors.Refused: 400,
}


class Unreadable(errors.Refused):
    """The body is not JSON."""


class WrongMediaType(errors.Refused):
    """The body is not of the media type that this address takes."""


class TooLarge(errors.Refused):
    """The body is larger than this address takes."""


class Malformed(errors.Invalid):
    """The content is not of the form this address takes."""


class NotTus(errors.Refused):
    """Uploads speak tus 1.0.0 (Tus-Resumable)."""


class VersionMissing(errors.Refused):
    """Say which version you read (If-Match)."""


class ForeignOrigin(errors.NotAllowed):
    """The request comes from another site."""


class Starting(errors.Refused):
    """Still starting; come back soon."""


OWN_STATUS: Mapping[type[errors.Refused], int] = {
    Unreadable: 400,
    WrongMediaType: 415,
    TooLarge: 413,
    VersionMissing: 428,
    NotTus: 412,
    errors.ChunkDamaged: 460,
    errors.UploadBusy: 423,
    errors.DiskFull: 507,
    errors.StoreUnreachable: 503,
    errors.GeocoderSilent: 503,
    errors.NetworkSilent: 503,
    Starting: 503,
}


class FieldError(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where, and what kind of fault; never the value."""

    pointer: str
    code: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457. `instance` is the id of the request: quote it when you ask about it."""

    type: str
    title: str
    status: int
    instance: str = ""
    errors: list[FieldError] = msgspec.field(default_factory=list[FieldError])


def status_of(refused: errors.Refused) -> int:
    kinds = type(refused).__mro__
    return next({**STATUS, **OWN_STATUS}[kind] for kind in kinds if kind in OWN_STATUS or kind in STATUS)


def request_id(request: Request[Any, Any, Any]) -> str:
    return str(cast("dict[str, Any]", cast("Any", request.scope)["state"]).get("request_id", ""))


def problem(
    request: Request[Any, Any, Any],
    status: int,
    slug: str,
    title: str,
    *,
    faults: list[FieldError] | None = None,
    facts: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    shape = Problem(
        type=f"/problems/{slug}",
        title=title,
        status=status,
        instance=f"urn:request:{request_id(request)}",
        errors=faults or [],
    )
    body = {**msgspec.to_builtins(shape), **msgspec.to_builtins(dict(facts or {}))}
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type="application/problem+json",
        headers=dict(headers or {}),
    )


def from_refused(request: Request[Any, Any, Any], refused: errors.Refused) -> Response[bytes]:
    facts = dict(refused.facts)
    pointer = facts.pop("pointer", None)
    faults = [FieldError(str(pointer), refused.slug())] if pointer is not None else []
    faults += [fault for fault in facts.pop("faults", []) if isinstance(fault, FieldError)]  # type: ignore[union-attr]
    status = status_of(refused)
    wait = str(facts.get("waitSeconds", RETRY_AFTER_SECONDS))
    headers = {"Retry-After": wait} if status in (423, 429, 503, 507) else {}
    if "offset" in facts:
        headers["Upload-Offset"] = str(facts["offset"])
    return problem(
        request, status, refused.slug(), refused.title(), faults=faults, facts=facts, headers=headers
    )


def from_unavailable(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    log.warning("request.unavailable", extra={"request": request_id(request), "kind": type(error).__name__})
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return problem(
        request, 503, "unavailable", "Not available right now; nothing was stored.", headers=headers
    )


def from_validation(request: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    """Path, query and header parameters that are not of their type."""
    told = cast("list[dict[str, str]]", error.extra if isinstance(error.extra, list) else [])
    faults = [FieldError(f"#{item.get('source', 'query')}/{item.get('key', '')}", "invalid") for item in told]
    return problem(request, 422, Malformed.slug(), Malformed.title(), faults=faults)


def from_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refuses: unknown address, method, size."""
    status = error.status_code
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return from_refused(request, TooLarge())
    phrase = HTTPStatus(status).phrase
    slug = re.sub(r"[^a-z]+", "-", phrase.lower()).strip("-")
    return problem(request, status, slug, f"{phrase}.", headers=error.headers or {})


def from_bug(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    log.error(
        "request.failed", extra={"request": request_id(request), "kind": type(error).__name__}, exc_info=error
    )
    return problem(
        request, 500, "internal-error", "This is our fault; it was recorded under the id of the request."
    )


_BOUND = re.compile(r"Expected `(int|float)` [<>]")
_PATH = re.compile(r" - at `\$([^`]*)`\Z")


def faults_of(error: msgspec.ValidationError) -> list[FieldError]:
    """Pointer and code from the decoder's message, which names types and members, never trusted further than that."""
    text = str(error)
    found = _PATH.search(text)
    path = "" if found is None else re.sub(r"\[(\d+)\]|\[\.\.\.\]", r".\1", found[1])
    pointer = path.replace(".", "/")
    for beginning, code in (
        ("Object missing required field", "missing"),
        ("Object contains unknown", "unknown"),
    ):
        if text.startswith(beginning):
            name = re.search(r"field `([A-Za-z0-9]{1,40})`", text)
            return [FieldError(f"{pointer}/{name[1] if name else ''}", code)]
    return [FieldError(pointer or "/", "out-of-range" if _BOUND.match(text) else "invalid")]


HANDLERS: dict[Any, Any] = {
    errors.Refused: from_refused,
    Unavailable: from_unavailable,
    Conflicted: from_unavailable,
    ValidationException: from_validation,
    HTTPException: from_http,
    Exception: from_bug,
}
