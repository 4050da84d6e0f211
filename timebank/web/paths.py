"""Ids in addresses: no larger than the database can hold, so that any other is simply not found."""

from typing import Any

from werkzeug.routing import IntegerConverter, Map

ROW_ID_MAX = 2**63 - 1


class RowIdConverter(IntegerConverter):
    """Takes the place of ``int`` in every route."""

    def __init__(
        self,
        url_map: Map,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Bound the number."""
        kwargs.setdefault("max", ROW_ID_MAX)
        super().__init__(url_map, *args, **kwargs)
