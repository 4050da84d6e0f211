"""Panels that a higher room puts on a lower room's page, wired by the application."""

from collections.abc import Callable, Collection
from uuid import UUID

from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor

Provider = Callable[[Session, Actor], Markup]
Explainer = Callable[[Session, Actor, Collection[UUID]], dict[UUID, Markup]]

_providers: dict[str, list[Provider]] = {}
_explainers: list[Explainer] = []


def register(name: str, provider: Provider) -> None:
    """Let a provider fill the named place; it returns finished markup."""
    known = _providers.setdefault(name, [])
    if provider not in known:
        known.append(provider)


def panels_for(name: str, session: Session, actor: Actor) -> list[Markup]:
    """Return the markup of everything registered for a place."""
    return [provider(session, actor) for provider in _providers.get(name, [])]


def explain_entries_with(explainer: Explainer) -> None:
    """Let a room say what stands behind entries of the ledger; it returns only what it knows."""
    if explainer not in _explainers:
        _explainers.append(explainer)


def behind(session: Session, actor: Actor, entry_ids: Collection[UUID]) -> dict[UUID, Markup]:
    """Return finished markup of what stands behind entries, as far as the actor may see it."""
    found: dict[UUID, Markup] = {}
    for explainer in _explainers if entry_ids else []:
        found |= explainer(session, actor, entry_ids)
    return found
