"""``rules.seals`` in PostgreSQL's words: the entries whose digests do not follow from them."""

from timebank.ledger.rules.seals import LEAF_TITLE

_WORDS = ("actor_name", "memo", "document", "reason")
_WORDS_TEXT = " || ".join(f"char_length(e.{word}) || ':' || e.{word}" for word in _WORDS)


def _hex(column: str) -> str:
    """Return an id as a leaf has it, ``-`` where there is none."""
    return f"COALESCE(encode(uuid_send({column}), 'hex'), '-')"


def _number(column: str) -> str:
    return f"COALESCE({column}::text, '-')"


_UTC = "(e.recorded_at AT TIME ZONE 'UTC')"
# Nine of ten moments are written out in full by the faster of both ways.
_MOMENT = (
    f"CASE WHEN length({_UTC}::text) = 26 THEN replace({_UTC}::text, ' ', 'T') || 'Z'"
    f' ELSE to_char({_UTC}, \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') END'
)

_HEAD = " || E'\\n' || ".join(
    (
        f"'{LEAF_TITLE}'",
        "encode(uuid_send(e.id), 'hex')",
        "e.community_id",
        "e.book_id",
        "e.asset",
        "e.kind",
        "e.effective_on || COALESCE(' ' || e.lots_on, '')",
        _MOMENT,
        _number("e.actor_user_id"),
        _hex("e.reverses_id"),
        _hex("e.hold_id"),
        _number("e.debt_account_id"),
        "encode(e.words_hash, 'hex')",
    )
)
_LINE = "{t}.debit_id || ' ' || {t}.credit_id || ' ' || {t}.amount || E'\\n'"
_MANY = f"""
COALESCE((SELECT string_agg({_LINE.format(t="m")}, '' ORDER BY m.line)
          FROM ledger_transfer AS m WHERE m.entry_id = e.id), '')
"""  # noqa: S608 - our own pieces of SQL
_DIGESTS = f"""
SELECT e.id AS entry_id, e.number, e.community_id, e.seal, e.words_hash AS words,
       sha256('\\x00'::bytea || convert_to({_HEAD} || E'\\n' || {{lines}}, 'UTF8')) AS seal_due,
       CASE WHEN length(e.salt) > 0
            THEN sha256(e.salt || convert_to({_WORDS_TEXT}, 'UTF8')) END AS words_due
FROM ledger_entry AS e {{joined}} WHERE {{chosen}} /* of e */
"""  # noqa: S608 - our own pieces of SQL

# Most entries have one line, which a hash join finds, on all cores; the others ask for theirs by
# the index.
DIGESTS = " UNION ALL ".join(
    f"SELECT * FROM ({_DIGESTS.format(**form)}) AS digests"  # noqa: S608 - likewise
    " WHERE seal <> seal_due OR words <> words_due"
    for form in (
        {
            "lines": f"COALESCE({_LINE.format(t='t')}, '')",
            "joined": "LEFT JOIN ledger_transfer AS t ON t.entry_id = e.id AND t.line = 1",
            "chosen": "e.lines = 1",
        },
        {"lines": _MANY, "joined": "", "chosen": "e.lines <> 1"},
    )
)
