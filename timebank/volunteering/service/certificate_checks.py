"""The check of a certificate by a stranger; guesses are counted by the address they come from."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from timebank.access.service import sessions
from timebank.access.service.sessions import Counter
from timebank.kernel.db import transaction
from timebank.kernel.sealed import blind_index
from timebank.volunteering.errors import certificates as errors
from timebank.volunteering.queries import certificates as queries
from timebank.volunteering.rules import certificates as rules
from timebank.volunteering.rules.certificates import Checked

T = TypeVar("T")


def check(session: Session, *, code: str, address: str) -> Checked:
    """Return what a stranger may know of the paper with a code.

    Raises:
        CodeMistypedError: it cannot be a code.
        CertificateUnknownError: no paper has it.
        TriedTooOftenError: this address guessed too often and must wait.
    """
    tidy = rules.tidy_code(code)
    sessions.refuse_locked(session, _guesses_from(address))
    found = queries.checked(session, tidy)
    if found is None:
        raise errors.CertificateUnknownError(field="code")
    return found


def counting_guesses(look: Callable[[], T], *, address: str) -> T:
    """Return what a look finds; a code that nothing has is counted as a guess of this address."""
    try:
        return look()
    except errors.CertificateUnknownError:
        transaction(lambda session: sessions.count_try(session, _guesses_from(address)))
        raise


def _guesses_from(address: str) -> Counter:
    """Return the counter of an address's guesses; it is no counter of its logins."""
    return Counter(blind_index(f"certificate:{address}"), "address", rules.TRIES_FREE)
