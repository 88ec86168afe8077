"""The words under which a price is agreed to on site: versioned, in the subscriber's language, known by their hash.

The words never hold a price: they are the same for everybody, so that whoever has the hash has the text. The price lines
stand beside them on the screen, and in the consent.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import AgreementText, Consent
from dispatch.rules.consents import text_hash
from dispatch.rules.phone import VisibleAgreement, in_language

FIRST = {
    "en": "I was shown the prices below. I agree that this work is done now and that their total is charged to the contract.",
    "ru": "Цены, указанные ниже, мне показаны. Даю согласие на выполнение этих работ сейчас и на включение их суммы в счёт по договору.",
    "hu": "Az alábbi árakat megmutatták nekem. Hozzájárulok, hogy ezt a munkát most elvégezzék, és az árak összegét a szerződésre terheljék.",
}


def first_texts(area_id: UUID, valid_from: datetime) -> list[AgreementText]:
    """What an area begins with."""
    return [
        AgreementText(
            area_id=area_id, agreement_version=1, language=language, text=text, valid_from=valid_from
        )
        for language, text in FIRST.items()
    ]


def agreement_for(texts: Sequence[AgreementText], language: str, now: datetime) -> VisibleAgreement | None:
    """The newest version, in the subscriber's language where it speaks it; None where an area has no words of its own."""
    valid = [text for text in texts if text.valid_from <= now]
    newest = max((text.agreement_version for text in valid), default=None)
    said = {text.language: text.text for text in valid if text.agreement_version == newest}
    if newest is None:
        return None
    words = in_language(said, language)
    spoken = next(code for code, text in said.items() if text == words)
    return VisibleAgreement(version=newest, language=spoken, text=words, text_sha256=text_hash(words).hex())


def text_of(texts: Sequence[AgreementText], consent: Consent) -> AgreementText | None:
    """The words that the consent was given under, of whatever version: a phone without a signal shows what it has."""
    return next((text for text in texts if text_hash(text.text) == consent.text_hash), None)


def is_unread(texts: Sequence[AgreementText], consent: Consent) -> bool:
    """Nobody can say what words were agreed to. Before an area had any, none were asked for."""
    asked = any(text.valid_from <= consent.agreed_at for text in texts)
    return asked and text_of(texts, consent) is None
