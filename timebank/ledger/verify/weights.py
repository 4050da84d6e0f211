"""Sums that tell more than they are large: each row is weighed by bits drawn anew for every proof.

Two heaps of rows whose weighed sums are equal have the same amount under each key, but for one
chance in 2 to the power of 62. So a few sums for an account tell what a group for each key would.
"""

import secrets

# Two portions of 31 bits: a product with an amount below 2**32 is a whole number of 63 bits.
PARTS = (0, 31)
_MASK = 2**31 - 1


def drawn(sql: str) -> str:
    """Return a question with bits of its own, which nobody who wrote the rows could know."""
    return sql.replace("SEED", str(secrets.randbits(62)))


def of_id(column: str) -> str:
    """Return the bits of an id."""
    return f"uuid_hash_extended({column}, SEED)"


def of_day(column: str) -> str:
    """Return the bits of a day."""
    return f"hashint4extended({column} - '2000-01-01', SEED)"


def of_number(column: str) -> str:
    """Return the bits of a number."""
    return f"hashint8extended({column}, SEED)"


def weighed(amount: str, bits: str, name: str) -> str:
    """Return the columns with the weighed sums of rows: ``name_0``, ``name_31``.

    ``{exact}`` stays behind the amount: larger ones are asked for again, as ``::numeric``.
    """
    return ", ".join(
        f"SUM({amount}{{exact}} * (({bits} >> {part}) & {_MASK})) AS {name}_{part}"
        for part in PARTS
    )


def each(form: str) -> str:
    """Return columns formed for every part, ``{part}`` being the part."""
    return ", ".join(form.format(part=part) for part in PARTS)


def any_of(form: str) -> str:
    """Return that a condition holds for some part, ``{part}`` being the part."""
    return f"({' OR '.join(form.format(part=part) for part in PARTS)})"
