"""Personal fields encrypted at rest, and the blind index that finds them again.

AES-256-GCM with a random nonce for each value; the key id stands before the text so that keys
can be rotated. The index is a keyed digest: equal values meet, and nothing can be read from it.
"""

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

_NONCE_BYTES = 12


@dataclass(slots=True)
class _Keyring:
    """The keys in force; set once at start from the settings."""

    key_id: str = ""
    keys: dict[str, bytes] | None = None
    index_key: bytes = b""


_keyring = _Keyring()


def use_keys(*, current: str, keys: dict[str, bytes], index_key: bytes) -> None:
    """Take the field keys (32 bytes each, by key id) and the index key into use."""
    _keyring.key_id, _keyring.keys, _keyring.index_key = current, dict(keys), index_key


def seal(text: str) -> str:
    """Return the ciphertext of a field as ``keyid:base64``."""
    if _keyring.keys is None:
        message = "no field keys are loaded"
        raise RuntimeError(message)
    nonce = os.urandom(_NONCE_BYTES)
    key = _keyring.keys[_keyring.key_id]
    body = nonce + AESGCM(key).encrypt(nonce, text.encode(), None)
    return f"{_keyring.key_id}:{b64encode(body).decode()}"


def unseal(sealed: str) -> str | None:
    """Return the text of a sealed field, or None when its key was destroyed."""
    key_id, _, body = sealed.partition(":")
    key = (_keyring.keys or {}).get(key_id)
    if key is None:
        return None
    raw = b64decode(body)
    try:
        return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()
    except InvalidTag:
        return None


def blind_index(text: str) -> str:
    """Return the keyed digest under which a sealed value can be found."""
    return hmac.new(_keyring.index_key, text.encode(), hashlib.sha256).hexdigest()


class Sealed(TypeDecorator[str]):
    """A text column that is encrypted in the database and plain in Python."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002 - as the base class has it
    ) -> str | None:
        """Encrypt on the way in."""
        return None if value is None else seal(value)

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002 - as the base class has it
    ) -> str | None:
        """Decrypt on the way out."""
        return None if value is None else unseal(value)
