"""Signing keys of tokens: made when first needed, the private part never leaves the service."""

import base64
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from sqlalchemy.orm import Session

from timebank.care.models.offline import OfflineKey
from timebank.care.queries import offline as queries
from timebank.care.rules.offline import SIGNATURE_BYTES
from timebank.community import queries as community_queries
from timebank.kernel import clock

_HALF = SIGNATURE_BYTES // 2


def signing_key(session: Session, community_id: int) -> OfflineKey:
    """Return the key in force, made now when it is the community's first."""
    known = queries.key_in_force(session, community_id)
    if known is not None:
        return known
    community_queries.community(session, community_id)
    private = ec.generate_private_key(ec.SECP256R1())
    row = OfflineKey(
        community_id=community_id,
        number=1,
        private=private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
        public=_jwk(private.public_key()),
        made_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def _jwk(public: ec.EllipticCurvePublicKey) -> str:
    """Return a public key as browsers read it."""
    numbers = public.public_numbers()
    parts = {"x": numbers.x, "y": numbers.y}
    coded = {
        name: base64.urlsafe_b64encode(value.to_bytes(_HALF)).decode().rstrip("=")
        for name, value in parts.items()
    }
    return json.dumps({"kty": "EC", "crv": "P-256", **coded})


def sign(key: OfflineKey, body: bytes) -> bytes:
    """Return the signature of some bytes: r and s, 32 bytes each."""
    private = serialization.load_pem_private_key(key.private.encode(), password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(private.sign(body, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(_HALF) + s.to_bytes(_HALF)


def is_signed(keys: dict[int, str], number: int, body: bytes, signature: bytes) -> bool:
    """Whether a signature is by the key of this number."""
    public = keys.get(number)
    if public is None or len(signature) != SIGNATURE_BYTES:
        return False
    jwk = json.loads(public)
    x, y = (_number(jwk[name]) for name in ("x", "y"))
    r, s = (int.from_bytes(part) for part in (signature[:_HALF], signature[_HALF:]))
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    try:
        key.verify(encode_dss_signature(r, s), body, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _number(coded: str) -> int:
    """Return a number of a JWK."""
    return int.from_bytes(base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)))
