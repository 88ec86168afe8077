"""Agreements as evidence: what exactly was shown, who answered what, hashed over all of it."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from db.records import Consent, TermsText
from db.states import ConsentMethod, ConsentSubject
from dispatch.rules.escalations import TermsIn

_NOT_HASHED = {"content_hash"}


def sealed(consent: Consent) -> Consent:
    """With the hash over every other field: whoever alters one later cannot keep the hash. Instants as the database gives them."""
    fields = msgspec.to_builtins(
        msgspec.structs.replace(
            consent,
            agreed_at=consent.agreed_at.astimezone(UTC),
            recorded_at=consent.recorded_at.astimezone(UTC),
        )
    )
    plain = {name: value for name, value in fields.items() if name not in _NOT_HASHED}
    digest = hashlib.sha256(msgspec.json.encode(plain, order="deterministic")).digest()
    return msgspec.structs.replace(consent, content_hash=digest)


def terms_now(texts: Sequence[TermsText], now: datetime) -> list[TermsText]:
    """The newest version that is in force, in all its languages."""
    valid = [text for text in texts if text.valid_from <= now]
    newest = max((text.terms_version for text in valid), default=None)
    return [text for text in valid if text.terms_version == newest]


def is_same(kept: Consent, said: Consent) -> bool:
    """Whether what is stored says what was said. One that an earlier version of line3 stored has less evidence; and what is known
    of a visit code may change with what arrives later, the word does not."""
    told = {
        name: kept.evidence[name] if name == "code" else said.evidence.get(name) for name in kept.evidence
    }
    bare = msgspec.structs.replace(said, evidence=told, content_hash=kept.content_hash)
    return bare == kept


def text_hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def terms_consent(
    terms: TermsIn, text: TermsText, *, consent_id: UUID, job_id: UUID, asked_by: UUID, now: datetime
) -> Consent:
    """The first consent: the terms at booking, as line 1 or 2 asked and heard them."""
    return sealed(
        Consent(
            area_id=text.area_id,
            consent_id=consent_id,
            job_id=job_id,
            subject=ConsentSubject.TERMS,
            quote_id=None,
            terms_version=text.terms_version,
            answer=terms.answer,
            amount_minor=text.call_out_minor,
            currency=text.currency,
            language=terms.language,
            text_hash=text_hash(text.text),
            method=ConsentMethod.SPOKEN,
            person=terms.person,
            capacity=terms.capacity,
            asked_by=asked_by,
            device_id=None,
            agreed_at=terms.answered_at,
            recorded_at=now,
            evidence={"channel": terms.channel, "askedBy": terms.asked_by},
            content_hash=bytes(32),
        )
    )
