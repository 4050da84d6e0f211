"""Every attack of the book, on either engine, by the owner and by the application."""

from tests.ledger.attacks import chapters
from tests.ledger.attacks.book import Attack, tried, try_it
from tests.ledger.attacks.field import Field


@tried(*chapters.ALL.values())
def test_it_is_refused_and_no_figure_moves(field: Field, attack: Attack, who: str) -> None:
    try_it(field, attack, who)
