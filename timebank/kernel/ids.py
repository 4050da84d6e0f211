"""Time-ordered identifiers made by the client: the idempotency key of whatever they name."""

import os
import uuid

from timebank.kernel import clock


def new_id() -> uuid.UUID:
    """Return a version 7 UUID: 48 bits of milliseconds, then 74 random bits (RFC 9562)."""
    milliseconds = int(clock.now().timestamp() * 1000)
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)


def derived_id(parent: uuid.UUID, name: str) -> uuid.UUID:
    """Return the one id that a named part of a keyed act always gets."""
    return uuid.uuid5(parent, name)
