"""Panels that a higher room puts on a lower room's page, wired by the application."""

from collections.abc import Callable

from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor

Provider = Callable[[Session, Actor], Markup]

_providers: dict[str, list[Provider]] = {}


def register(name: str, provider: Provider) -> None:
    """Let a provider fill the named place; it returns finished markup."""
    known = _providers.setdefault(name, [])
    if provider not in known:
        known.append(provider)


def panels_for(name: str, session: Session, actor: Actor) -> list[Markup]:
    """Return the markup of everything registered for a place."""
    return [provider(session, actor) for provider in _providers.get(name, [])]
