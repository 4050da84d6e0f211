"""Points on the ground, in millionths of a degree, and the one that a photo carries."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, UnidentifiedImageError

E6 = 1_000_000
LAT_E6_MAX = 90 * E6
LNG_E6_MAX = 180 * E6
_GPS = 0x8825
_METRES_PER_DEGREE = 111_195


@dataclass(frozen=True, slots=True)
class Point:
    """A point (WGS 84) in millionths of a degree: about a hand's breadth."""

    lat_e6: int
    lng_e6: int

    @property
    def lat(self) -> float:
        """Degrees north."""
        return self.lat_e6 / E6

    @property
    def lng(self) -> float:
        """Degrees east."""
        return self.lng_e6 / E6


def point_at(lat: float, lng: float) -> Point:
    """Return the point at these degrees."""
    return Point(round(lat * E6), round(lng * E6))


def metres_between(one: Point, other: Point) -> int:
    """Return the distance of two points near each other."""
    narrowed = math.cos(math.radians((one.lat + other.lat) / 2))
    north = (one.lat - other.lat) * _METRES_PER_DEGREE
    east = (one.lng - other.lng) * narrowed * _METRES_PER_DEGREE
    return round(math.hypot(north, east))


def point_of_photos(contents: Iterable[bytes]) -> Point | None:
    """Return where the first photo that knows it was taken; None when none does."""
    return next((point for one in contents if (point := _point_of(one)) is not None), None)


def _point_of(content: bytes) -> Point | None:
    """Return the place that a photo carries; whatever cannot be read says nothing."""
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as image:
            gps: dict[int, Any] = image.getexif().get_ifd(_GPS)  # Any: tags of every kind
        lat = _degrees(gps[2]) * (-1 if str(gps[1]).startswith("S") else 1)
        lng = _degrees(gps[4]) * (-1 if str(gps[3]).startswith("W") else 1)
        if not (math.isfinite(lat) and math.isfinite(lng)):
            return None
        point = point_at(lat, lng)
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        KeyError,
        ValueError,
        TypeError,
        ArithmeticError,
        SyntaxError,
    ):
        return None
    is_on_earth = abs(point.lat_e6) <= LAT_E6_MAX and abs(point.lng_e6) <= LNG_E6_MAX
    return point if is_on_earth and (lat or lng) else None


def _degrees(parts: Any) -> float:  # noqa: ANN401 - degrees, minutes, seconds as the camera wrote them
    """Return degrees, minutes and seconds as degrees."""
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600
