"""Addresses: ids no larger than the database can hold, and where a list goes on."""

from typing import Any

from flask import request, url_for
from werkzeug.routing import IntegerConverter, Map

ROW_ID_MAX = 2**63 - 1


class RowIdConverter(IntegerConverter):
    """Takes the place of ``int`` in every route: a larger id is simply not found."""

    def __init__(
        self,
        url_map: Map,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Bound the number."""
        kwargs.setdefault("max", ROW_ID_MAX)
        super().__init__(url_map, *args, **kwargs)


def next_url(cursor: str | None) -> str | None:
    """Return where the list that is shown goes on, with what was asked of it; None at its end."""
    if cursor is None:
        return None
    asked: dict[str, Any] = {name: value for name, value in request.args.items() if value}
    return url_for(
        request.endpoint or "", **(request.view_args or {}), **(asked | {"cursor": cursor})
    )
