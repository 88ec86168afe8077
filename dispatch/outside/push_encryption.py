"""What a push service carries and cannot read (RFC 8291 over RFC 8188), and who sends it (VAPID, RFC 8292)."""

import base64
from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_BYTES = 4096
LAST_RECORD = b"\x02"
TOKEN_FOR = timedelta(hours=12)


def sealed(plain: bytes, to: bytes, auth: bytes, ours: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """One record of `aes128gcm`. `to`, `auth`: of the browser; `ours` and `salt` are used this once. Raises `ValueError`
    where `to` is no point of the curve."""
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to)
    from_us = point_of(ours)
    shared = ours.exchange(ec.ECDH(), theirs)
    secret = _derived(shared, auth, b"WebPush: info\0" + to + from_us, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD_BYTES.to_bytes(4) + bytes([len(from_us)]) + from_us
    return head + AESGCM(key).encrypt(nonce, plain + LAST_RECORD, None)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half, uncompressed."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def authorization(key: ec.EllipticCurvePrivateKey, contact: str, origin: str, now: datetime) -> str:
    """The header by which the service knows whose pushes these are, and whom to ask."""
    expires = int((now + TOKEN_FOR).timestamp())
    claims = {"aud": origin, "exp": expires, "sub": contact}
    said = b".".join(_text(msgspec.json.encode(part)) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    r, s = decode_dss_signature(key.sign(said, ec.ECDSA(hashes.SHA256())))
    token = said + b"." + _text(r.to_bytes(32) + s.to_bytes(32))
    return f"vapid t={token.decode()}, k={_text(point_of(key)).decode()}"


def _text(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
