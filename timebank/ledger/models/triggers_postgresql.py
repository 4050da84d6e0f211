"""PostgreSQL's guard of the books: sealing, holds, and nothing sealed ever changes.

The trigger functions run with their owner's rights: the application's role may insert entries
but never touches a balance. Locks on balances are always taken in the order of account ids.
"""

from collections.abc import Iterable

_RIGHTS = "SECURITY DEFINER SET search_path = public, pg_temp"

# The statement's entries are netted per account in the order of their numbers, so that a batch
# passes exactly when its entries, posted one after the other, would.
_SEAL = """
CREATE FUNCTION ledger_seal() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$
DECLARE
  ids bigint[]; nets bigint[]; lows bigint[]; bad record;
BEGIN
  IF EXISTS (SELECT 1 FROM sealed s WHERE s.lines <>
             (SELECT count(*) FROM ledger_transfer t WHERE t.entry_id = s.id
              AND t.lines = s.lines AND t.book_id = s.book_id)) THEN
    RAISE EXCEPTION 'ledger_line_count' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM sealed s JOIN ledger_entry o ON o.id = s.reverses_id
             WHERE o.reverses_id IS NOT NULL OR o.book_id <> s.book_id) THEN
    RAISE EXCEPTION 'ledger_reversal_reversed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  WITH net AS (
    SELECT m.number, a.id AS account_id,
           sum(CASE WHEN a.normal = m.side THEN m.amount ELSE -m.amount END) AS net
    FROM (SELECT s.number, t.debit_id AS account_id, 'debit' AS side, t.amount
            FROM sealed s JOIN ledger_transfer t ON t.entry_id = s.id
          UNION ALL
          SELECT s.number, t.credit_id, 'credit', t.amount
            FROM sealed s JOIN ledger_transfer t ON t.entry_id = s.id) m
    JOIN ledger_account a ON a.id = m.account_id AND a.kind = 'bounded'
    GROUP BY m.number, a.id
  ), run AS (
    SELECT account_id, net, sum(net) OVER (PARTITION BY account_id ORDER BY number) AS so_far
    FROM net
  ), per_account AS (
    SELECT account_id, sum(net)::bigint AS net, min(so_far)::bigint AS low
    FROM run GROUP BY account_id
  )
  SELECT array_agg(account_id ORDER BY account_id), array_agg(net ORDER BY account_id),
         array_agg(low ORDER BY account_id) INTO ids, nets, lows FROM per_account;
  IF EXISTS (SELECT 1 FROM sealed s JOIN ledger_hold_end e ON e.entry_id = s.id
             JOIN ledger_hold h ON h.id = e.hold_id
             WHERE h.amount < (
               SELECT COALESCE(sum(CASE WHEN (t.debit_id = h.account_id) = (a.normal = 'debit')
                                        THEN -t.amount ELSE t.amount END), 0)
               FROM ledger_transfer t JOIN ledger_account a ON a.id = h.account_id
               WHERE t.entry_id = s.id AND h.account_id IN (t.debit_id, t.credit_id))) THEN
    RAISE EXCEPTION 'ledger_hold_exceeded' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  PERFORM 1 FROM ledger_balance b WHERE b.account_id = ANY (ids)
    ORDER BY b.account_id FOR UPDATE;
  SELECT v.account_id INTO bad FROM unnest(ids, lows) AS v(account_id, low)
    LEFT JOIN ledger_balance b ON b.account_id = v.account_id
    WHERE b.account_id IS NULL OR b.posted + v.low - b.held < b.floor LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger_floor' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE ledger_balance b SET posted = b.posted + v.net
    FROM unnest(ids, nets) AS v(account_id, net) WHERE b.account_id = v.account_id;
  RETURN NULL;
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
  IF b.posted - b.held - NEW.amount < b.floor THEN
    RAISE EXCEPTION 'ledger_floor' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE ledger_balance SET held = held + NEW.amount WHERE account_id = NEW.account_id;
  RETURN NULL;
END $body$
"""

_HOLD_END = """
CREATE FUNCTION ledger_hold_free() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$
BEGIN
  IF EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id) THEN
    RAISE EXCEPTION 'ledger_entry_sealed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE ledger_balance b SET held = b.held - h.amount FROM ledger_hold h
    WHERE h.id = NEW.hold_id AND b.account_id = h.account_id;
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

# Takes the locks of a batch at once, in order, and returns what is under them.
_LOCK = """
CREATE FUNCTION ledger_lock_balances(account_ids bigint[])
RETURNS TABLE (account_id bigint, posted bigint, held bigint, floor bigint)
LANGUAGE sql {rights} AS $body$
  SELECT b.account_id, b.posted, b.held, b.floor FROM ledger_balance b
  WHERE b.account_id = ANY (account_ids) ORDER BY b.account_id FOR UPDATE
$body$
"""

# Sets one balance to what the sealed transfers and the open holds say; it can say nothing else.
_REBUILD = """
CREATE FUNCTION ledger_rebuild_balance(wanted_id bigint) RETURNS void
LANGUAGE plpgsql {rights} SET timebank.ledger_rebuild = 'on' AS $body$
BEGIN
  PERFORM 1 FROM ledger_balance b WHERE b.account_id = wanted_id FOR UPDATE;
  UPDATE ledger_balance b SET
    posted = COALESCE((SELECT sum(CASE WHEN (t.debit_id = a.id) = (a.normal = 'debit')
                                       THEN t.amount ELSE -t.amount END)
                       FROM ledger_transfer t JOIN ledger_entry e ON e.id = t.entry_id
                       WHERE a.id IN (t.debit_id, t.credit_id)), 0),
    held = COALESCE((SELECT sum(h.amount) FROM ledger_hold h
                     LEFT JOIN ledger_hold_end x ON x.hold_id = h.id
                     WHERE h.account_id = a.id AND x.hold_id IS NULL), 0),
    floor = a.floor
  FROM ledger_account a WHERE a.id = wanted_id AND b.account_id = a.id;
END $body$
"""

# Balances move inside the first four triggers and in the rebuild, and nowhere else.
_TRIGGERS = (
    """
CREATE TRIGGER ledger_entry_seal AFTER INSERT ON ledger_entry
REFERENCING NEW TABLE AS sealed FOR EACH STATEMENT EXECUTE FUNCTION ledger_seal()
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
    """
CREATE TRIGGER ledger_balance_moved BEFORE INSERT OR UPDATE ON ledger_balance FOR EACH ROW
WHEN (pg_trigger_depth() < 1
      AND current_setting('timebank.ledger_rebuild', true) IS DISTINCT FROM 'on')
EXECUTE FUNCTION ledger_refuse()
""",
    """
CREATE TRIGGER ledger_balance_kept BEFORE DELETE ON ledger_balance FOR EACH ROW
EXECUTE FUNCTION ledger_refuse()
""",
)


def _immutable(table: str) -> list[str]:
    """Return the triggers that refuse changing, deleting and emptying a table."""
    changing = (
        f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
    )
    return [changing, _no_truncate(table)]


def _no_truncate(table: str) -> str:
    """Return the trigger that refuses to empty a table at one stroke."""
    return (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
    )


def statements(sealed_tables: Iterable[str]) -> list[str]:
    """Return the statements in the order in which they are run."""
    functions = [_REFUSE, _SEAL, _ACCOUNT_BALANCE, _HOLD_TAKE, _HOLD_END, _LOCK, _REBUILD]
    guards = [statement for table in sealed_tables for statement in _immutable(table)]
    owned = [function.replace("{rights}", _RIGHTS) for function in functions]
    return [*owned, *_TRIGGERS, *guards, _no_truncate("ledger_balance")]
