"""Ready-made rules of three cities: each value with its source, the rest not set.

Source: what the press wrote about each city's rules, gathered 2026; no original text was read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from timebank.volunteering.errors.policy import PresetNotFoundError
from timebank.volunteering.rules.policy import DEFAULT_POLICY, VALUES, Circle, Excess, Policy

HOUR = 60


class Source(StrEnum):
    """Where a value was read; the words stand with the pages."""

    BEIJING_TRIAL = "beijing_trial"
    BEIJING_TRANSFER = "beijing_transfer"
    SHANGHAI_PRESS = "shanghai_press"
    SHANGHAI_SHFZB = "shanghai_shfzb"
    NANJING_XINHUA = "nanjing_xinhua"
    NANJING_GULOU = "nanjing_gulou"


@dataclass(frozen=True, slots=True)
class PresetValue:
    """One value of a city's rules and where it was read; None for both where nobody says."""

    name: str
    value: object
    source: Source | None


@dataclass(frozen=True, slots=True)
class Preset:
    """A city's rules of a year, as far as they are known."""

    code: str
    known: Mapping[str, tuple[object, Source]]

    def values(self) -> list[PresetValue]:
        """Return every value in the order of the form, known or not."""
        return [PresetValue(name, *self.known.get(name, (None, None))) for name in VALUES]

    def on(self, policy: Policy) -> Policy:
        """Return a policy that says what is known of the city; what is not known is left open.

        Rate, rounding, and the days for late entries and for claims cannot be left open: they stay.
        """
        open_values = {name: getattr(DEFAULT_POLICY, name) for name in VALUES}
        open_values |= {"day_minutes_max": None}
        kept = ("rate_percent", "rounding_minutes", "late_days", "excess", "claim_days")
        open_values |= {name: getattr(policy, name) for name in kept}
        known = {name: value for name, (value, _) in self.known.items()}
        return replace(policy, rates={}, **{**open_values, **known})


_PRESETS = (
    # 2022-06-01 trial: one hour is one coin; 18 and older, pupils with a guardian; redeemed from
    # 60 on for oneself or the spouse; passed on to lineal relatives or given to the platform.
    Preset(
        "beijing-2022",
        {
            "rate_percent": (100, Source.BEIJING_TRIAL),
            "guardian_below_age": (18, Source.BEIJING_TRIAL),
            "redeem_age_min": (60, Source.BEIJING_TRANSFER),
            "circle": (Circle.LINEAL, Source.BEIJING_TRANSFER),
            "allows_gifts": (True, Source.BEIJING_TRANSFER),
        },
    ),
    # 2026: one hour is one; 18 and older; redeemed from 65 on (60 in special hardship); passed
    # on to relatives and friends.
    Preset(
        "shanghai-2026",
        {
            "rate_percent": (100, Source.SHANGHAI_PRESS),
            "earn_age_min": (18, Source.SHANGHAI_PRESS),
            "redeem_age_min": (65, Source.SHANGHAI_SHFZB),
            "circle": (Circle.KIN_AND_FRIENDS, Source.SHANGHAI_PRESS),
            "allows_gifts": (True, Source.SHANGHAI_PRESS),
        },
    ),
    # 2019: 1,500 hours stored, the excess only for donation; holders redeem from 60 on; oneself,
    # spouse and lineal kin (Gulou); service only, never money.
    Preset(
        "nanjing-2019",
        {
            "lifetime_minutes_max": (1500 * HOUR, Source.NANJING_XINHUA),
            "excess": (Excess.DONATION, Source.NANJING_XINHUA),
            "redeem_age_min": (60, Source.NANJING_XINHUA),
            "circle": (Circle.LINEAL, Source.NANJING_GULOU),
            "allows_gifts": (True, Source.NANJING_GULOU),
        },
    ),
)
PRESETS: Mapping[str, Preset] = {preset.code: preset for preset in _PRESETS}


def preset(code: str) -> Preset:
    """Return the preset of a code.

    Raises:
        PresetNotFoundError: there is none.
    """
    found = PRESETS.get(code)
    if found is None:
        raise PresetNotFoundError
    return found
