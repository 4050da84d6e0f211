"""What tables refuse beyond their metadata: each refusal carries the name of its rule."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Table

from timebank.kernel.refusals import among, listen, refuse_on_sqlite
from timebank.volunteering.rules.helpers import ADULT_YEARS

_KEPT = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation'; END $kept$
"""
_GUARD = """
CREATE FUNCTION {table}_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
{body}  RETURN NEW;
END $guard$
"""
_REFUSE = """  IF {when}{condition} THEN
    RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation';
  END IF;
"""


@dataclass(frozen=True, slots=True)
class Refusals:
    """What a table refuses by name: at every write, of new rows, of changes; conditions in SQL."""

    always: Mapping[str, str] = field(default_factory=dict)
    inserts: Mapping[str, str] = field(default_factory=dict)
    updates: Mapping[str, str] = field(default_factory=dict)

    def with_moments(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Yield name, condition and the verbs at which it is judged."""
        for named, verbs in (
            (self.updates, ("UPDATE",)),
            (self.inserts, ("INSERT",)),
            (self.always, ("INSERT", "UPDATE")),
        ):
            for name, condition in named.items():
                yield name, condition, verbs


def refuse(table: Table, refusals: Refusals, dialect: str) -> None:
    """Let one engine refuse what meets a condition."""
    if dialect == "postgresql":
        _refuse_on_postgresql(table, refusals)
        return
    for name, condition, verbs in refusals.with_moments():
        for verb in verbs:
            refuse_on_sqlite(table, name, f"AFTER {verb}", condition)


def _refuse_on_postgresql(table: Table, refusals: Refusals) -> None:
    """Put all conditions of a table into one trigger."""
    body = ""
    for name, condition, verbs in refusals.with_moments():
        when = f"TG_OP = '{verbs[0]}' AND " if len(verbs) == 1 else ""
        body += _REFUSE.format(when=when, condition=f"({condition})", name=name)
    listen(table, _GUARD.format(table=table.name, body=body), "postgresql")
    listen(
        table,
        f"CREATE TRIGGER {table.name}_guard BEFORE INSERT OR UPDATE ON {table.name}"
        f" FOR EACH ROW EXECUTE FUNCTION {table.name}_guard()",
        "postgresql",
    )


def moved(table: str, arrows: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the condition, by name, that a state went another way than along an arrow."""
    known = among(sorted({f"{at}>{to}" for at, to in arrows if at != to}))
    return {
        f"{table}_move": f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN {known}"
    }


def changed(
    name: str, columns: Iterable[str], dialect: str, *, only_when: str = ""
) -> dict[str, str]:
    """Return the condition, by name, that a column differs which is never to change."""
    # Columns of JSON cannot be compared on PostgreSQL; as text they can.
    differs, cast = ("IS DISTINCT FROM", "::text") if dialect == "postgresql" else ("IS NOT", "")
    pairs = (f"NEW.{column}{cast} {differs} OLD.{column}{cast}" for column in columns)
    differences = " OR ".join(pairs)
    return {name: f"{only_when} AND ({differences})" if only_when else f"({differences})"}


def under_age(moment: str) -> dict[str, str]:
    """Return by engine the condition that the person ``p`` is no adult yet on a moment's day."""
    return {
        "sqlite": f"date(p.born_on, '+{ADULT_YEARS} years') > date({moment}, '+8 hours')",
        "postgresql": (
            f"p.born_on + interval '{ADULT_YEARS} years'"
            f" > ({moment} AT TIME ZONE 'Asia/Shanghai')::date"
        ),
    }


def keep_rows(table: Table) -> None:
    """Refuse that rows are removed, by delete, replace or truncate."""
    name = f"{table.name}_kept"
    same = f"EXISTS (SELECT 1 FROM {table.name} r WHERE r.id = NEW.id)"
    for moment, when in (("DELETE", "1"), ("INSERT", same)):
        listen(
            table,
            f"CREATE TRIGGER {name}_{moment.lower()} BEFORE {moment} ON {table.name}"
            f" WHEN {when} BEGIN SELECT RAISE(ABORT, '{name}'); END",
            "sqlite",
        )
    listen(table, _KEPT.format(name=name), "postgresql")
    for verb, each in (("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        listen(
            table,
            f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {table.name}"
            f" FOR EACH {each} EXECUTE FUNCTION {name}()",
            "postgresql",
        )
