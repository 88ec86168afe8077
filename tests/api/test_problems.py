"""Refusals are a contract: every kind has a slug and a status that clients rely on."""

from collections.abc import Iterator

from api.problems import status_of
from dispatch.errors import Refused

STATUSES = {
    "absence-impossible": 422,
    "absence-overlaps": 409,
    "already-taken": 409,
    "appointment-missing": 409,
    "changed-since": 409,
    "chunk-damaged": 460,
    "contradicted": 409,
    "consent-missing": 409,
    "credited-before": 409,
    "days-impossible": 422,
    "device-revoked": 401,
    "device-taken": 409,
    "disk-full": 507,
    "escalation-reused": 409,
    "foreign-origin": 403,
    "geocoder-silent": 503,
    "hash-mismatch": 409,
    "hours-impossible": 422,
    "instant-impossible": 422,
    "invalid": 422,
    "key-in-flight": 409,
    "key-reused": 422,
    "loan-overlaps": 409,
    "malformed": 422,
    "network-silent": 503,
    "no-room": 409,
    "not-a-table": 422,
    "not-acceptable": 409,
    "not-allowed": 403,
    "not-an-image": 422,
    "not-an-outbox": 422,
    "not-bookable": 409,
    "not-changeable": 422,
    "not-eligible": 409,
    "not-in-hand": 409,
    "not-in-plan": 422,
    "not-signed-in": 401,
    "not-supposable": 422,
    "not-verified": 409,
    "not-tus": 412,
    "nothing-owed": 409,
    "nothing-to-export": 409,
    "nothing-to-undo": 409,
    "offset-wrong": 409,
    "out-of-range": 422,
    "outage-holds": 409,
    "outage-known": 409,
    "part-needs-more": 409,
    "part-outdated": 409,
    "period-impossible": 422,
    "photo-reused": 409,
    "plan-superseded": 409,
    "proposal-outdated": 409,
    "push-service-unknown": 422,
    "quote-expired": 409,
    "refused": 400,
    "rules-broken": 409,
    "slot-taken": 409,
    "stale": 412,
    "starting": 503,
    "store-unreachable": 503,
    "too-large": 413,
    "too-many": 429,
    "too-many-codes": 429,
    "too-many-outbox-codes": 429,
    "too-many-tries": 429,
    "transition-refused": 409,
    "trouble-goes-on": 409,
    "unknown": 404,
    "unknown-alert": 404,
    "unknown-callback": 404,
    "unknown-complaint": 404,
    "unknown-contract": 404,
    "unknown-day": 404,
    "unknown-device": 404,
    "unknown-export": 404,
    "unknown-fault-class": 422,
    "unknown-job": 404,
    "unknown-offer": 422,
    "unknown-photo": 404,
    "unknown-place": 404,
    "unknown-outage": 404,
    "unknown-plan": 404,
    "unknown-plan-run": 404,
    "unknown-proposal": 404,
    "unknown-reference": 422,
    "unknown-review": 404,
    "unknown-session": 404,
    "unknown-slot-quote": 404,
    "unknown-subscriber": 404,
    "unknown-technician": 404,
    "unknown-terms": 422,
    "unknown-ticket": 404,
    "unknown-visit": 404,
    "unknown-what-if": 404,
    "unknown-why-not": 404,
    "unreadable": 400,
    "upgrade-needed": 422,
    "upload-busy": 423,
    "validity-impossible": 422,
    "version-missing": 428,
    "visit-started": 409,
    "window-impossible": 422,
    "wrong-code": 401,
    "wrong-media-type": 415,
    "wrong-outbox-code": 422,
    "wrong-password": 401,
}


def kinds(of: type[Refused] = Refused) -> Iterator[type[Refused]]:
    yield of
    for kind in of.__subclasses__():
        if kind.__module__.startswith(("api.", "dispatch.")):
            yield from kinds(kind)


def test_every_refusal_has_the_slug_and_status_that_clients_know() -> None:
    assert {kind.slug(): status_of(kind()) for kind in kinds()} == STATUSES


def test_every_refusal_says_a_sentence_of_its_own() -> None:
    titles = [kind.title() for kind in kinds() if not kind.slug().startswith("too-many-")]
    assert len(titles) == len(set(titles))
    assert all(title.endswith(".") and "\n" not in title for title in titles)
