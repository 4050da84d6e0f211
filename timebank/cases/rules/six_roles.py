"""The board of the six roles: each micro-grid with who holds which role, who is away, what waits.

Pure: places, holders, leave and counts are handed in. A seat that nobody holds is vacant; somebody
on leave still holds theirs, and a deputy is named beside.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from timebank.community.queries import MicroGridView
from timebank.community.rules import PLACE_OF_ROLE, PlaceKind, Residents, RoleHolderView, SixRole
from timebank.kernel.actor import Reach

NOBODY = Residents(0, 0)


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody's leave that runs, and who stands in; nobody where no deputy is there."""

    deputy_name: str | None
    last_on: date


@dataclass(frozen=True, slots=True)
class Sitter:
    """Who holds a seat; the phone is masked, and blank for readers who do not reach the place."""

    person_id: int
    name: str
    started_on: date
    phone_masked: str
    leave: Standing | None

    @property
    def has_deputy(self) -> bool:
        """Whether somebody stands in for them."""
        return self.leave is not None and self.leave.deputy_name is not None


@dataclass(frozen=True, slots=True)
class Seat:
    """One role at one place."""

    role: SixRole
    place_id: int
    sitters: tuple[Sitter, ...]

    @property
    def is_vacant(self) -> bool:
        """Whether nobody holds it."""
        return not self.sitters

    @property
    def is_away(self) -> bool:
        """Whether everybody who holds it is on leave today."""
        return bool(self.sitters) and all(one.leave for one in self.sitters)


@dataclass(frozen=True, slots=True)
class Load:
    """What waits at a door; None where the reader may not know."""

    households: int
    people: int
    open_cases: int | None
    late_cases: int | None
    key_people: int | None


@dataclass(frozen=True, slots=True)
class UnitSeats:
    """One micro-grid with its six seats and its load."""

    micro_grid_id: int
    label: str
    grid_id: int
    grid_name: str
    seats: Mapping[SixRole, Seat]
    load: Load
    shows_contact: bool

    @property
    def in_order(self) -> list[Seat]:
        """The six seats, those of the grid first."""
        return [self.seats[role] for role in SixRole]

    @property
    def vacancies(self) -> int:
        """How many of the six nobody holds."""
        return sum(seat.is_vacant for seat in self.seats.values())

    @property
    def has_gap(self) -> bool:
        """Whether a seat is vacant, or held only by people on leave for whom nobody stands in."""
        return any(
            seat.is_vacant or (seat.is_away and not any(one.has_deputy for one in seat.sitters))
            for seat in self.seats.values()
        )


@dataclass(frozen=True, slots=True)
class GridSeats:
    """The micro-grids of one grid, at least one, and what is said of them in a line."""

    units: tuple[UnitSeats, ...]

    @property
    def name(self) -> str:
        """The name of the grid."""
        return self.units[0].grid_name

    @property
    def shows_contact(self) -> bool:
        """Whether the reader is at work here."""
        return self.units[0].shows_contact

    @property
    def vacant(self) -> int:
        """How many seats nobody holds; one that serves several doors counts once."""
        return len(self._places(lambda seat: seat.is_vacant))

    @property
    def away(self) -> int:
        """How many seats are held by somebody on leave."""
        return len(self._places(lambda seat: any(one.leave for one in seat.sitters)))

    @property
    def open_cases(self) -> int | None:
        """How many cases are open; None where the reader may not know."""
        if self.units[0].load.open_cases is None:
            return None
        return sum(unit.load.open_cases or 0 for unit in self.units)

    @property
    def late_cases(self) -> int:
        """How many of them are late."""
        return sum(unit.load.late_cases or 0 for unit in self.units)

    def _places(self, is_meant: Callable[[Seat], bool]) -> set[tuple[SixRole, int]]:
        """Return the seats that are meant, each once."""
        seats = (seat for unit in self.units for seat in unit.in_order)
        return {(seat.role, seat.place_id) for seat in seats if is_meant(seat)}


@dataclass(frozen=True, slots=True)
class RoleTally:
    """One role in all: how many seats there are, how many are held, who is away."""

    role: SixRole
    seats: int
    held: int
    people: int
    away: int

    @property
    def vacant(self) -> int:
        """How many seats nobody holds."""
        return self.seats - self.held


@dataclass(frozen=True, slots=True)
class Board:
    """The micro-grids that were asked for, and the six roles in all of the community."""

    units: tuple[UnitSeats, ...]
    tallies: tuple[RoleTally, ...]

    @property
    def grids(self) -> list[GridSeats]:
        """The micro-grids under their grid, in the order of the doors."""
        found: dict[int, list[UnitSeats]] = {}
        for unit in self.units:
            found.setdefault(unit.grid_id, []).append(unit)
        return [GridSeats(tuple(units)) for units in found.values()]

    @property
    def seats(self) -> int:
        """How many seats there are."""
        return sum(one.seats for one in self.tallies)

    @property
    def vacant(self) -> int:
        """How many seats nobody holds."""
        return sum(one.vacant for one in self.tallies)

    @property
    def people(self) -> int:
        """How many role-holders there are; who holds two roles counts in each."""
        return sum(one.people for one in self.tallies)

    @property
    def away(self) -> int:
        """How many role-holders are on leave."""
        return sum(one.away for one in self.tallies)


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted by micro-grid."""

    residents: Mapping[int, Residents]
    cases: Mapping[int, tuple[int, int]]
    key_people: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Eyes:
    """How far a reader sees: phones, cases, and who is looked after."""

    contact: Reach
    cases: Reach
    key_people: Reach

    def sees_contact(self, grid_id: int) -> bool:
        """Whether phones of a grid are shown; a centre serves everybody."""
        return bool(self.contact.centre_ids) or self.contact.covers(grid_id=grid_id)


def board(
    places: Sequence[MicroGridView],
    holders: Sequence[RoleHolderView],
    *,
    phones: Mapping[int, str],
    leave: Mapping[int, Standing],
    counts: Counts,
    eyes: Eyes,
) -> Board:
    """Return every micro-grid with its six, and the sums; phones and leave by person."""
    held: dict[tuple[SixRole, int], list[RoleHolderView]] = {}
    for one in holders:
        held.setdefault((one.role, one.place_id), []).append(one)
    units = []
    for place in places:
        shows_contact = eyes.sees_contact(place.grid_id)
        shown = phones if shows_contact else {}
        seats = {
            role: _seat(role, place_of(role, place), held, phones=shown, leave=leave)
            for role in SixRole
        }
        load = _load(place, counts, eyes)
        units.append(
            UnitSeats(
                place.id, place.label, place.grid_id, place.grid_name, seats, load, shows_contact
            )
        )
    return Board(tuple(units), tuple(_tally(role, places, held, leave) for role in SixRole))


def place_of(role: SixRole, place: MicroGridView) -> int:
    """Return the place at which a role is held that looks after a micro-grid."""
    return {
        PlaceKind.GRID: place.grid_id,
        PlaceKind.BUILDING: place.building_id,
        PlaceKind.MICRO_GRID: place.id,
    }[PLACE_OF_ROLE[role]]


def _seat(
    role: SixRole,
    place_id: int,
    held: Mapping[tuple[SixRole, int], Sequence[RoleHolderView]],
    *,
    phones: Mapping[int, str],
    leave: Mapping[int, Standing],
) -> Seat:
    """Return a seat with those who hold it."""
    sitters = tuple(
        Sitter(
            one.person_id,
            one.person_name,
            one.started_on,
            phones.get(one.person_id, ""),
            leave.get(one.person_id),
        )
        for one in held.get((role, place_id), ())
    )
    return Seat(role, place_id, sitters)


def _load(place: MicroGridView, counts: Counts, eyes: Eyes) -> Load:
    """Return what waits at a micro-grid, as far as the reader may know."""
    homes = counts.residents.get(place.id, NOBODY)
    sees_cases = eyes.cases.covers(grid_id=place.grid_id)
    is_open, is_late = counts.cases.get(place.id, (0, 0)) if sees_cases else (None, None)
    sees_people = eyes.key_people.covers(grid_id=place.grid_id)
    return Load(
        homes.households,
        homes.people,
        is_open,
        is_late,
        counts.key_people.get(place.id, 0) if sees_people else None,
    )


def _tally(
    role: SixRole,
    places: Sequence[MicroGridView],
    held: Mapping[tuple[SixRole, int], Sequence[RoleHolderView]],
    leave: Mapping[int, Standing],
) -> RoleTally:
    """Return the sums of one role; a seat is counted once, however many doors it looks after."""
    seats = {place_of(role, place) for place in places}
    sitting = [one for place_id in seats for one in held.get((role, place_id), ())]
    return RoleTally(
        role,
        seats=len(seats),
        held=sum((role, place_id) in held for place_id in seats),
        people=len(sitting),
        away=sum(one.person_id in leave for one in sitting),
    )
