"""The fields of which the shapes are made."""

import unicodedata
from typing import Any

from flask_babel import lazy_gettext
from marshmallow import fields
from marshmallow.validate import Length, Range

from timebank.cofund.rules.projects import AMOUNT_FEN_MAX
from timebank.kernel.units import fen_of

_ID_MAX = 2**63 - 1


class Yuan(fields.Integer):
    """An amount written in yuan, read as whole fen."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the library's own options
        """Say in words how an amount is written."""
        words = {"invalid": lazy_gettext("金额要写成 12345.60 的样子。")}
        super().__init__(error_messages=words, **options)

    def _deserialize(self, value: object, *_: object, **__: object) -> int:
        """Read what was typed; full-width digits are digits too."""
        try:
            return fen_of(unicodedata.normalize("NFKC", str(value)))
        except ValueError as error:
            raise self.make_error("invalid", input=value) from error


def text(longest: int, *, required: bool = False) -> fields.String:
    """Return a field for text of bounded length."""
    length = Length(min=1 if required else None, max=longest)
    return fields.String(required=required, validate=length)


def row_id(*, required: bool = False) -> fields.Integer:
    """Return a field for the id of a row."""
    return fields.Integer(required=required, validate=Range(1, _ID_MAX))


def fen(*, low: int = 1) -> fields.Integer:
    """Return a field for an amount in fen."""
    return fields.Integer(required=True, strict=True, validate=Range(low, AMOUNT_FEN_MAX))


def yuan(*, low: int = 1) -> Yuan:
    """Return a field for an amount in yuan."""
    return Yuan(
        required=True,
        validate=Range(low, AMOUNT_FEN_MAX, error=lazy_gettext("金额要大于零，最多一亿元。")),
    )
