"""How far somebody goes to help, from their own door."""

from enum import StrEnum


class Far(StrEnum):
    """How far from home: the own building, the own grid, or anywhere in the community."""

    BUILDING = "building"
    GRID = "grid"
    COMMUNITY = "community"


def is_near_enough(far: Far, *, same_building: bool, same_grid: bool) -> bool:
    """Whether a place lies as near as somebody wishes."""
    if far is Far.BUILDING:
        return same_building
    return same_building or same_grid or far is Far.COMMUNITY
