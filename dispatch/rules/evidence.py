"""What was agreed to on a job and what was charged for it, as one file that says itself whether it was altered.

Each leaf has a hash, the root is the hash over all of these, and the seal is the installation's keyed hash of the root. The
hashes find, without any database, what was changed by whoever did not make them anew; the seal finds also who did.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec

from db.records import (
    AgreementText,
    Charge,
    ChargeReversal,
    ChargeWaiver,
    Closure,
    Consent,
    Job,
    Quote,
    Review,
    TermsText,
)
from db.states import ReviewState
from dispatch.rules.agreements import text_of
from dispatch.rules.consents import sealed, text_hash

FORMAT = "line3-evidence-1"
CONTENT = ("format", "job", "consents", "quotes", "closures", "charges", "reversals", "waivers", "decisions")

Members = dict[str, dict[str, Any]]
"""By id: in an object, a member that was removed moves no other."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Of one job; the members of a record are named as its columns. The same state gives the same file."""

    format: str
    job: dict[str, Any]
    consents: Members
    """With `shown`: the version, language and exact text, where the server has it."""
    quotes: Members
    closures: Members
    charges: Members
    reversals: Members
    waivers: Members
    decisions: Members
    """What named persons decided of what phones said: none of it alters the rest."""
    hashes: dict[str, str]
    """SHA-256 of each leaf, by its JSON pointer."""
    root: str
    seal: str


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the evidence is made of."""

    job: Job
    contract: str
    consents: Sequence[Consent]
    terms: Sequence[TermsText]
    agreements: Sequence[AgreementText]
    quotes: Sequence[Quote]
    closures: Sequence[Closure]
    charges: Sequence[Charge]
    reversals: Sequence[ChargeReversal]
    waivers: Sequence[ChargeWaiver]
    reviews: Sequence[Review]


class Flaw(msgspec.Struct, frozen=True, order=True):
    """`what` happened (altered, removed, added) to the member at this JSON pointer."""

    pointer: str
    what: str


def key_from(secret: bytes) -> bytes:
    """A key for seals alone."""
    return hmac.digest(secret, b"evidence", "sha256")


def evidence_of(known: Known, key: bytes) -> Evidence:
    job = known.job
    decided = [row for row in known.reviews if row.state in (ReviewState.ACCEPTED, ReviewState.DISMISSED)]
    content: dict[str, Any] = {
        "format": FORMAT,
        "job": {
            "area_id": str(job.area_id),
            "job_id": str(job.job_id),
            "number": job.number,
            "kind": job.kind,
            "contract": known.contract,
        },
        "consents": {str(row.consent_id): _consent(row, known) for row in known.consents},
        "quotes": {str(row.quote_id): msgspec.to_builtins(row) for row in known.quotes},
        "closures": {str(row.closure_id): msgspec.to_builtins(row) for row in known.closures},
        "charges": {str(row.charge_id): msgspec.to_builtins(row) for row in known.charges},
        "reversals": {str(row.charge_reversal_id): msgspec.to_builtins(row) for row in known.reversals},
        "waivers": {str(row.charge_waiver_id): msgspec.to_builtins(row) for row in known.waivers},
        "decisions": {str(row.review_id): _decision(row) for row in decided},
    }
    hashes = hashes_of(content)
    root = root_of(hashes)
    return Evidence(**content, hashes=hashes, root=root, seal=_seal(root, key))


def _consent(consent: Consent, known: Known) -> dict[str, Any]:
    return {**msgspec.to_builtins(consent), "shown": _shown(consent, known)}


def _shown(consent: Consent, known: Known) -> dict[str, Any]:
    """The words, their version and language; their hash alone where nobody has the words."""
    words: dict[str, Any] = {
        "sha256": consent.text_hash.hex(),
        "version": None,
        "language": None,
        "text": None,
    }
    if (agreement := text_of(known.agreements, consent)) is not None:
        version, language, text = agreement.agreement_version, agreement.language, agreement.text
    elif found := [text for text in known.terms if text_hash(text.text) == consent.text_hash]:
        version, language, text = found[0].terms_version, found[0].language, found[0].text
    else:
        return words
    return {**words, "version": version, "language": language, "text": text}


def _decision(review: Review) -> dict[str, Any]:
    return {
        "event_id": str(review.event_id),
        "reason": review.reason,
        "state": review.state,
        "decided_at": msgspec.to_builtins(review.decided_at),
        "decided_by": msgspec.to_builtins(review.decided_by),
        "note": review.decision_note,
    }


def flaws(document: object, key: bytes | None = None) -> list[Flaw]:
    """What is wrong with a file as it was read; nothing, where it is as it was made. `key`: ask the seal as well."""
    if not isinstance(document, dict):
        return [Flaw("", "altered")]
    said = cast("dict[str, Any]", document)
    content = {name: value for name, value in said.items() if name not in ("hashes", "root", "seal")}
    hashes, root = said.get("hashes"), said.get("root")
    told = _object(hashes)
    found = list(_differences(told, hashes_of(content)))
    if root == root_of(hashes_of(content)):
        # the content is what the root was made of, so it is its hashes that differ
        found = [Flaw(f"/hashes/{_escaped(flaw.pointer)}", _TURNED[flaw.what]) for flaw in found]
    elif not isinstance(hashes, dict) or root != root_of(told):
        found.append(Flaw("/root", "altered"))
    if key is not None and not (isinstance(root, str) and said.get("seal") == _seal(root, key)):
        found.append(Flaw("/seal", "altered"))
    found += [Flaw(f"/{name}", "added") for name in said if name not in Evidence.__struct_fields__]
    found += [Flaw(f"/{name}", "removed") for name in Evidence.__struct_fields__ if name not in said]
    return sorted({*found, *_unlike_themselves(content)})


_TURNED = {"altered": "altered", "removed": "added", "added": "removed"}


def _differences(told: Mapping[str, object], actual: Mapping[str, str]) -> Iterator[Flaw]:
    for pointer in told.keys() | actual.keys():
        if pointer not in actual:
            yield Flaw(pointer, "removed")
        elif pointer not in told:
            yield Flaw(pointer, "added")
        elif told[pointer] != actual[pointer]:
            yield Flaw(pointer, "altered")


def _object(part: object) -> dict[str, Any]:
    """As it should be; empty, where it is something else."""
    return cast("dict[str, Any]", part) if isinstance(part, dict) else {}


def _unlike_themselves(content: Mapping[str, Any]) -> Iterator[Flaw]:
    """Consents whose own hash is not that of what they say, and texts that are not those of their hash: altered before the
    file was made, or by somebody who made its hashes anew."""
    for consent_id, said in _object(content.get("consents")).items():
        pointer = f"/consents/{_escaped(consent_id)}"
        try:
            shown = said["shown"]
            kept = msgspec.convert({name: value for name, value in said.items() if name != "shown"}, Consent)
            if sealed(kept).content_hash != kept.content_hash:
                yield Flaw(f"{pointer}/content_hash", "altered")
            if shown["text"] is not None and text_hash(shown["text"]) != kept.text_hash:
                yield Flaw(f"{pointer}/shown/text", "altered")
        except (msgspec.ValidationError, KeyError, TypeError, AttributeError, OverflowError):
            yield Flaw(pointer, "altered")


def hashes_of(content: object) -> dict[str, str]:
    """Of each leaf, by its JSON pointer, which is hashed with it."""
    return {
        pointer: hashlib.sha256(msgspec.json.encode([pointer, leaf])).hexdigest()
        for pointer, leaf in _leaves(content, "")
    }


def _leaves(part: object, pointer: str) -> Iterator[tuple[str, object]]:
    """An empty object or list is a leaf, too: what was in it would else be missed by nobody."""
    if isinstance(part, dict) and part:
        for name, value in cast("dict[str, object]", part).items():
            yield from _leaves(value, f"{pointer}/{_escaped(name)}")
    elif isinstance(part, list) and part:
        for index, value in enumerate(cast("list[object]", part)):
            yield from _leaves(value, f"{pointer}/{index}")
    else:
        yield pointer, part


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def root_of(hashes: Mapping[str, object]) -> str:
    return hashlib.sha256(msgspec.json.encode(hashes, order="deterministic")).hexdigest()


def _seal(root: str, key: bytes) -> str:
    return hmac.digest(key, root.encode(), "sha256").hex()


def written(evidence: Evidence) -> bytes:
    """The file: the same evidence gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(evidence, order="deterministic"), indent=2) + b"\n"
