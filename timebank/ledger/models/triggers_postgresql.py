"""PostgreSQL's guard of the books: sealing, lots, holds, and nothing sealed ever changes.

The trigger functions run with their owner's rights: the application's role may insert entries
but never touches a balance. Locks on balances are always taken in the order of account ids; a
book is locked for everybody only while a period closes. Postings are refused at any isolation but
READ COMMITTED: elsewhere a statement after the lock would not see the period that has just closed.
"""

from collections.abc import Iterable

from timebank.kernel.clock import ZONE
from timebank.ledger.models import (
    closing_postgresql,
    freezes,
    hold_erasures,
    lots_postgresql,
    posting_postgresql,
    reversals_postgresql,
)

_RIGHTS = "SECURITY DEFINER SET search_path = public, pg_temp"

# Number of the advisory locks of books (the book's id is added) and of blocks (the community's).
BOOK_LOCK = 7_001 << 40
BLOCK_LOCK = 7_002 << 40
FOLD_LOCK = 7_003 << 40

# What the verbs call; none of these can make books wrong, whoever calls them with whatever.
CALLED = {
    *("ledger_post", "ledger_enter_book", "ledger_lock_balances", "ledger_lock_book"),
    *("ledger_fold", "ledger_rebuild_account", "ledger_measure"),
}

# The statement's entries are netted per account in the order of their numbers, so that a batch
# passes exactly when its entries, posted one after the other, would.
_SEAL = """
CREATE FUNCTION ledger_seal() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$
DECLARE
  entries bigint; lowest bigint; highest bigint; moved bigint; one record;
  born_erased boolean; reversals boolean; captures boolean; carries boolean; unequal boolean;
  ids bigint[]; nets bigint[]; lows bigint[];
  lot_numbers bigint[]; lot_entries uuid[]; lot_days date[]; lot_ids bigint[]; lot_nets bigint[];
BEGIN
  SELECT count(*), min(number), max(number), bool_or(length(salt) = 0),
         bool_or(reverses_id IS NOT NULL), bool_or(hold_id IS NOT NULL),
         bool_or(lots_on IS NOT NULL)
    INTO entries, lowest, highest, born_erased, reversals, captures, carries FROM sealed;
  IF entries = 0 THEN
    RETURN NULL;
  END IF;
  IF lowest < 1 OR highest <> currval('ledger_entry_number_seq') THEN
    RAISE EXCEPTION 'ledger_number' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF born_erased THEN
    RAISE EXCEPTION 'ledger_born_erased' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  PERFORM ledger_enter_book(book_id, community_id, first_on) FROM (
    SELECT book_id, community_id, min(effective_on) AS first_on FROM sealed
    GROUP BY book_id, community_id ORDER BY book_id) AS books;
  WITH line AS MATERIALIZED (
    SELECT s.number, s.id, s.lines, s.effective_on, COALESCE(s.lots_on, s.effective_on) AS on_day,
           t.amount, d.id AS debit_id, c.id AS credit_id,
           d.community_id AS debit_of, d.kind AS debit_kind, d.normal AS debit_normal,
           d.restriction IS NOT NULL AS debit_lots,
           c.community_id AS credit_of, c.kind AS credit_kind, c.normal AS credit_normal,
           c.restriction IS NOT NULL AS credit_lots
    FROM sealed s
    LEFT JOIN ledger_transfer t ON t.entry_id = s.id AND t.lines = s.lines AND t.asset = s.asset
      AND t.book_id = s.book_id AND t.community_id = s.community_id
    LEFT JOIN ledger_account d ON d.id = t.debit_id AND d.book_id = t.book_id
      AND d.asset = t.asset
    LEFT JOIN ledger_account c ON c.id = t.credit_id AND c.book_id = t.book_id
      AND c.asset = t.asset
  ), own AS (
    SELECT l.number, l.id, l.effective_on, l.on_day, v.*
    FROM line l CROSS JOIN LATERAL (VALUES
      (l.debit_id, l.debit_of, l.debit_kind, l.debit_lots, l.amount, 0,
       CASE l.debit_normal WHEN 'debit' THEN l.amount ELSE -l.amount END),
      (l.credit_id, l.credit_of, l.credit_kind, l.credit_lots, 0, l.amount,
       CASE l.credit_normal WHEN 'debit' THEN -l.amount ELSE l.amount END)
    ) AS v(account_id, community_id, kind, has_lots, debit, credit, step)
  ), appended AS (
    INSERT INTO ledger_delta (account_id, community_id, on_day, debits, credits)
    SELECT account_id, community_id, effective_on, sum(debit), sum(credit) FROM own
    WHERE kind = 'open'
    GROUP BY account_id, community_id, effective_on ORDER BY account_id, effective_on
  ), net AS (
    SELECT number, id, on_day, account_id, has_lots, sum(step)::bigint AS net FROM own
    WHERE kind = 'bounded' GROUP BY number, id, on_day, account_id, has_lots
  ), run AS (
    SELECT *, sum(net) OVER (PARTITION BY account_id ORDER BY number) AS so_far FROM net
  ), per_account AS (
    SELECT account_id, sum(net)::bigint AS net, min(so_far)::bigint AS low
    FROM run GROUP BY account_id
  ), balances AS (
    SELECT array_agg(account_id ORDER BY account_id) AS ids,
           array_agg(net ORDER BY account_id) AS nets, array_agg(low ORDER BY account_id) AS lows
    FROM per_account
  ), lots AS (
    SELECT array_agg(number) AS numbers, array_agg(id) AS entries, array_agg(on_day) AS days,
           array_agg(account_id) AS ids, array_agg(net) AS nets
    FROM net WHERE has_lots AND net <> 0
  )
  SELECT EXISTS (SELECT 1 FROM line GROUP BY number, lines
                 HAVING count(debit_id + credit_id) <> lines),
         b.ids, b.nets, b.lows, l.numbers, l.entries, l.days, l.ids, l.nets
    INTO unequal, ids, nets, lows, lot_numbers, lot_entries, lot_days, lot_ids, lot_nets
    FROM balances b, lots l;
  IF unequal THEN
    RAISE EXCEPTION 'ledger_lines' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF cardinality(ids) > 1 THEN
    PERFORM 1 FROM ledger_balance b WHERE b.account_id = ANY (ids)
      ORDER BY b.account_id FOR UPDATE;
  END IF;
  IF reversals THEN
    PERFORM ledger_check_reversal(id, reverses_id, book_id, debt_account_id) FROM sealed
      WHERE reverses_id IS NOT NULL;
  END IF;
  IF captures THEN
    INSERT INTO ledger_hold_end (hold_id, community_id, outcome, entry_id, reason, ended_at,
                                 actor_user_id, actor_name, seal)
    SELECT hold_id, community_id, 'captured', id, '', recorded_at, actor_user_id, '', seal
    FROM sealed WHERE hold_id IS NOT NULL ORDER BY hold_id;
  END IF;
  IF entries > 1 AND EXISTS (
    SELECT 1 FROM unnest(ids, lows) AS v(account_id, low)
    JOIN ledger_balance b ON b.account_id = v.account_id
    WHERE b.posted + v.low - b.held < b.floor) THEN
    RAISE EXCEPTION 'ledger_floor' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE ledger_balance b SET posted = b.posted + v.net
    FROM unnest(ids, nets) AS v(account_id, net) WHERE b.account_id = v.account_id AND b.frozen = 0;
  GET DIAGNOSTICS moved = ROW_COUNT;
  IF moved <> COALESCE(cardinality(ids), 0) THEN
    IF EXISTS (SELECT 1 FROM ledger_balance b WHERE b.account_id = ANY (ids) AND b.frozen <> 0) THEN
      RAISE EXCEPTION 'ledger_frozen' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RAISE EXCEPTION 'ledger_balance_missing' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF reversals THEN
    PERFORM ledger_check_unspent(id, reverses_id) FROM sealed WHERE debt_account_id IS NOT NULL;
  END IF;
  IF lot_ids IS NULL AND NOT carries THEN
    RETURN NULL;
  END IF;
  IF NOT (reversals OR carries) AND 0 < ALL (lot_nets) THEN
    WITH added AS (
      INSERT INTO ledger_lot (account_id, entry_id, earned_on, amount, remaining)
      SELECT v.account_id, v.entry_id, v.on_day, v.net, v.net
      FROM unnest(lot_numbers, lot_entries, lot_days, lot_ids, lot_nets)
        AS v(number, entry_id, on_day, account_id, net) ORDER BY v.number, v.account_id
      RETURNING account_id, extract(year FROM earned_on) AS year, remaining)
    INSERT INTO ledger_cohort AS h (account_id, year, remaining)
    SELECT account_id, year, sum(remaining) FROM added GROUP BY account_id, year
    ORDER BY account_id, year
    ON CONFLICT (account_id, year) DO UPDATE SET remaining = h.remaining + EXCLUDED.remaining;
    RETURN NULL;
  END IF;
  FOR one IN
    SELECT v.id, v.on_day, v.account_id, v.net, s.reverses_id
    FROM unnest(lot_numbers, lot_entries, lot_days, lot_ids, lot_nets)
      AS v(number, id, on_day, account_id, net)
    JOIN sealed s ON s.number = v.number ORDER BY v.number, v.account_id
  LOOP
    PERFORM ledger_move_lots(one.id, one.account_id, one.net, one.reverses_id, one.on_day);
  END LOOP;
  IF carries THEN
    PERFORM ledger_check_carried(id, lots_on) FROM sealed WHERE lots_on IS NOT NULL;
  END IF;
  RETURN NULL;
END $body$
"""

_ENTER_BOOK = """
CREATE FUNCTION ledger_enter_book(wanted_id bigint, of_community_id bigint, first_on date)
RETURNS void LANGUAGE plpgsql {rights} AS $body$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'ledger_isolation' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  PERFORM pg_advisory_xact_lock_shared({book_lock} + wanted_id);
  IF NOT EXISTS (SELECT 1 FROM ledger_book b
                 WHERE b.id = wanted_id AND b.community_id = of_community_id) THEN
    RAISE EXCEPTION 'ledger_book_missing' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM ledger_period p
             WHERE p.book_id = wanted_id AND p.through_on >= first_on) THEN
    RAISE EXCEPTION 'ledger_period_closed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
END $body$
"""

_ACCOUNT_BALANCE = """
CREATE FUNCTION ledger_account_balance() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$
BEGIN
  INSERT INTO ledger_balance (account_id, community_id, posted, held, floor)
  VALUES (NEW.id, NEW.community_id, 0, 0, NEW.floor);
  RETURN NULL;
END $body$
"""

_HOLD_TAKE = """
CREATE FUNCTION ledger_hold_take() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$
DECLARE
  b record;
BEGIN
  SELECT * INTO b FROM ledger_balance WHERE account_id = NEW.account_id
    AND community_id = NEW.community_id FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'ledger_hold_unbounded' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF b.frozen <> 0 THEN
    RAISE EXCEPTION 'ledger_frozen' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF b.posted - b.held - NEW.amount < b.floor THEN
    RAISE EXCEPTION 'ledger_floor' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE ledger_balance SET held = held + NEW.amount WHERE account_id = NEW.account_id;
  RETURN NULL;
END $body$
"""

_HOLD_FREE = """
CREATE FUNCTION ledger_hold_free() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$
DECLARE
  h record; taken bigint;
BEGIN
  SELECT * INTO h FROM ledger_hold WHERE id = NEW.hold_id;
  IF NOT FOUND OR h.community_id <> NEW.community_id THEN
    RAISE EXCEPTION 'ledger_hold_missing' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.outcome = 'captured' THEN
    IF NOT EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id AND hold_id = NEW.hold_id
                   AND seal = NEW.seal) THEN
      RAISE EXCEPTION 'ledger_entry_sealed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF h.expires_at <= NEW.ended_at THEN
      RAISE EXCEPTION 'ledger_hold_expired' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT sum(CASE WHEN (t.debit_id = h.account_id) = (a.normal = 'debit')
                    THEN -t.amount ELSE t.amount END) INTO taken
      FROM ledger_transfer t JOIN ledger_account a ON a.id = h.account_id
      WHERE t.entry_id = NEW.entry_id AND h.account_id IN (t.debit_id, t.credit_id);
    IF taken IS NULL OR taken NOT BETWEEN 1 AND h.amount THEN
      RAISE EXCEPTION 'ledger_hold_exceeded' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  ELSIF NEW.outcome = 'expired' AND (h.expires_at IS NULL OR h.expires_at > NEW.ended_at) THEN
    RAISE EXCEPTION 'ledger_hold_not_due' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE ledger_balance b SET held = b.held - h.amount WHERE b.account_id = h.account_id;
  RETURN NULL;
END $body$
"""

_REFUSE = """
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'ledger_immutable' USING ERRCODE = 'integrity_constraint_violation',
    DETAIL = TG_OP || ' on ' || TG_TABLE_NAME;
END $body$
"""

# Of an entry only the words may go, once, and only when it stands written who erased them and why.
_ENTRY_KEPT = """
CREATE FUNCTION ledger_entry_kept() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$
DECLARE
  blank ledger_entry := OLD;
BEGIN
  blank.actor_name := ''; blank.memo := ''; blank.document := ''; blank.reason := '';
  blank.salt := ''::bytea;
  IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM blank AND length(OLD.salt) > 0
     AND EXISTS (SELECT 1 FROM ledger_erasure WHERE entry_id = OLD.id) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'ledger_immutable' USING ERRCODE = 'integrity_constraint_violation',
    DETAIL = TG_OP || ' on ' || TG_TABLE_NAME;
END $body$
"""

_ERASE = """
CREATE FUNCTION ledger_erase() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$
BEGIN
  UPDATE ledger_entry SET actor_name = '', memo = '', document = '', reason = '', salt = ''
    WHERE id = NEW.entry_id AND community_id = NEW.community_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'ledger_erasure_astray' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $body$
"""

# Balances, lots and days move inside these triggers and in the rebuild, and nowhere else.
_TRIGGERS = (
    """
CREATE TRIGGER ledger_entry_seal AFTER INSERT ON ledger_entry
REFERENCING NEW TABLE AS sealed FOR EACH STATEMENT EXECUTE FUNCTION ledger_seal()
""",
    """
CREATE TRIGGER ledger_entry_kept BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW
EXECUTE FUNCTION ledger_entry_kept()
""",
    """
CREATE TRIGGER ledger_erasure_erase AFTER INSERT ON ledger_erasure FOR EACH ROW
EXECUTE FUNCTION ledger_erase()
""",
    """
CREATE TRIGGER ledger_account_balance AFTER INSERT ON ledger_account FOR EACH ROW
WHEN (NEW.kind = 'bounded') EXECUTE FUNCTION ledger_account_balance()
""",
    """
CREATE TRIGGER ledger_hold_take AFTER INSERT ON ledger_hold FOR EACH ROW
EXECUTE FUNCTION ledger_hold_take()
""",
    """
CREATE TRIGGER ledger_hold_free AFTER INSERT ON ledger_hold_end FOR EACH ROW
EXECUTE FUNCTION ledger_hold_free()
""",
)


# Their words may be erased; what keeps the rest of them is their own.
_WORDED = frozenset({"ledger_entry", *(table.name for table in hold_erasures.WORDS)})


def _immutable(table: str) -> str:
    """Return the trigger that refuses changing and deleting rows of a table."""
    return (
        f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
    )


def _no_truncate(table: str) -> str:
    """Return the trigger that refuses to empty a table at one stroke."""
    return (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
    )


def _moved_by_triggers(table: str) -> str:
    """Return the trigger that leaves a table to the other triggers and to the rebuild."""
    return (
        f"CREATE TRIGGER {table}_moved BEFORE INSERT OR UPDATE OR DELETE ON {table} "
        "FOR EACH ROW WHEN (pg_trigger_depth() < 1 AND "
        "current_setting('timebank.ledger_rebuild', true) IS DISTINCT FROM 'on') "
        "EXECUTE FUNCTION ledger_refuse()"
    )


def statements(sealed_tables: Iterable[str], derived_tables: Iterable[str]) -> list[str]:
    """Return the statements in the order in which they are run."""
    sealed, derived = list(sealed_tables), list(derived_tables)
    functions = [
        *(_REFUSE, _ENTER_BOOK, *reversals_postgresql.FUNCTIONS, *lots_postgresql.FUNCTIONS),
        *(_SEAL, freezes.POSTGRESQL, _ACCOUNT_BALANCE, _HOLD_TAKE, _HOLD_FREE, _ENTRY_KEPT, _ERASE),
        *(*posting_postgresql.FUNCTIONS, *closing_postgresql.FUNCTIONS),
        *hold_erasures.POSTGRESQL,
    ]
    kept = [_kept_to_the_owner(name) for name in map(_name, functions) if name not in CALLED]
    guards = [_immutable(table) for table in sealed if table not in _WORDED]
    emptied = [_no_truncate(table) for table in [*sealed, *derived]]
    moved = [_moved_by_triggers(table) for table in derived]
    triggers = [*_TRIGGERS, freezes.POSTGRESQL_TRIGGER, *closing_postgresql.TRIGGERS]
    triggers += hold_erasures.POSTGRESQL_TRIGGERS
    return [*map(_filled, functions), *kept, *triggers, *guards, *emptied, *moved]


def _name(function: str) -> str:
    """Return the name of a function from its text."""
    return function.split("CREATE FUNCTION ", 1)[1].split("(", 1)[0]


def _kept_to_the_owner(name: str) -> str:
    """Return the statement that lets nobody else call a function or hang it on a table.

    On a temporary table of the caller's own, the seal would post whatever stands there.
    """
    return f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC"


def _filled(function: str) -> str:
    """Return a function's text with its rights and the numbers of locks."""
    for name, value in (
        ("{rights}", _RIGHTS),
        ("{book_lock}", str(BOOK_LOCK)),
        ("{block_lock}", str(BLOCK_LOCK)),
        ("{fold_lock}", str(FOLD_LOCK)),
        ("{zone}", ZONE.key),
    ):
        function = function.replace(name, value)
    return function
