"""Spots of a survey inside a case: what is listed, in which order, and how it becomes a costing."""

from enum import StrEnum

SPOTS_MAX = 200


class Priority(StrEnum):
    """How urgent a spot is."""

    FIRST = "first"
    SOON = "soon"
    LATER = "later"
