"""The code of an address: asked for with the consent, told by keys alone, forgotten."""

from sqlalchemy.orm import Session

from timebank.access.service.sessions import Counter, count_try
from timebank.kernel import clock
from timebank.kernel.sealed import blind_index
from timebank.notices.models.deliveries import Contact
from timebank.notices.rules import channels as rules


def ask_for_code(session: Session, *, row: Contact) -> None:
    """Let a code be sent to the address of a choice that was just made.

    Raises:
        TriedTooOftenError: too many codes for one person.
    """
    row.revision = (row.revision or 0) + 1
    row.confirmed_at, row.code_tries = None, 0
    row.code_until = clock.now() + rules.CODE_HOLDS
    row.code_due_at = clock.now()
    name = blind_index(f"mail-code:{row.person_id}")
    count_try(session, Counter(name, "account", rules.CODES_FREE))


def forget_code(row: Contact) -> None:
    """Forget that an address was confirmed, or was to be."""
    row.confirmed_at = row.code_until = row.code_due_at = None


def code_of(row: Contact) -> str:
    """Return the six digits for an address and the consent to it."""
    digest = blind_index(f"mail-code:{row.id}:{row.revision}:{row.address}")
    return f"{int(digest, 16) % 10**rules.CODE_DIGITS:0{rules.CODE_DIGITS}}"
