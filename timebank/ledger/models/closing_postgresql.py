"""PostgreSQL's guard of what follows the entries: vouchers, periods, blocks, days, rebuilding."""

_VOUCHER = """
CREATE FUNCTION ledger_number_voucher() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$
BEGIN
  PERFORM pg_advisory_xact_lock({book_lock} + NEW.book_id);
  IF NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.id = NEW.entry_id
                 AND e.book_id = NEW.book_id
                 AND NEW.month = date_trunc('month', e.effective_on)::date) THEN
    RAISE EXCEPTION 'ledger_voucher_astray' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.number <> 1 + COALESCE((SELECT max(v.number) FROM ledger_voucher v
                                 WHERE v.book_id = NEW.book_id AND v.month = NEW.month), 0) THEN
    RAISE EXCEPTION 'ledger_voucher_gap' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $body$
"""

# Waits until every posting to the book that has begun is committed, and lets none begin.
_CLOSE = """
CREATE FUNCTION ledger_close_period() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$
DECLARE
  last record;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'ledger_isolation' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  PERFORM pg_advisory_xact_lock({book_lock} + NEW.book_id);
  SELECT COALESCE(max(p.number), 0) AS number, max(p.through_on) AS through_on INTO last
    FROM ledger_period p WHERE p.book_id = NEW.book_id;
  IF NEW.number <> last.number + 1 OR NEW.through_on <= last.through_on THEN
    RAISE EXCEPTION 'ledger_period_order' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.through_on >= (NEW.closed_at AT TIME ZONE '{zone}')::date THEN
    RAISE EXCEPTION 'ledger_period_not_over' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM ledger_entry e LEFT JOIN ledger_voucher v ON v.entry_id = e.id
             WHERE e.book_id = NEW.book_id AND e.effective_on <= NEW.through_on
             AND (last.through_on IS NULL OR e.effective_on > last.through_on)
             AND v.entry_id IS NULL) THEN
    RAISE EXCEPTION 'ledger_voucher_missing' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $body$
"""

_CHECKPOINT = """
CREATE FUNCTION ledger_write_checkpoints() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$
BEGIN
  INSERT INTO ledger_checkpoint (account_id, through_on, posted)
  SELECT now.account_id, NEW.through_on, now.posted
  FROM ledger_balances_on(NEW.book_id, NEW.through_on) AS now
  WHERE now.posted <> COALESCE(
    (SELECT c.posted FROM ledger_checkpoint c WHERE c.account_id = now.account_id
     ORDER BY c.through_on DESC LIMIT 1), 0);
  RETURN NULL;
END $body$
"""

# Balances at the end of a day, on normal sides: what there is now, less what takes effect later;
# for open accounts the sum of their days.
_BALANCES_ON = """
CREATE FUNCTION ledger_balances_on(of_book_id bigint, last_on date)
RETURNS TABLE (account_id bigint, posted bigint) LANGUAGE sql STABLE {rights} AS $body$
  WITH later AS (
    SELECT v.account_id, sum(v.debits) AS debits FROM ledger_entry e
    JOIN ledger_transfer t ON t.entry_id = e.id
    CROSS JOIN LATERAL (VALUES (t.debit_id, t.amount), (t.credit_id, -t.amount))
      AS v(account_id, debits)
    WHERE e.book_id = of_book_id AND e.effective_on > last_on GROUP BY v.account_id
  ), daily AS (
    SELECT v.account_id, sum(v.debits - v.credits) AS debits FROM (
      SELECT d.account_id, d.on_day, d.debits, d.credits FROM ledger_day d
      UNION ALL
      SELECT x.account_id, x.on_day, x.debits, x.credits FROM ledger_delta x) AS v
    JOIN ledger_account a ON a.id = v.account_id AND a.book_id = of_book_id
    WHERE v.on_day <= last_on GROUP BY v.account_id
  )
  SELECT a.id, (CASE WHEN a.kind = 'bounded' THEN b.posted - s.sign * COALESCE(l.debits, 0)
                     ELSE s.sign * COALESCE(d.debits, 0) END)::bigint
  FROM ledger_account a
  CROSS JOIN LATERAL (SELECT CASE a.normal WHEN 'debit' THEN 1 ELSE -1 END AS sign) AS s
  LEFT JOIN ledger_balance b ON b.account_id = a.id
  LEFT JOIN later l ON l.account_id = a.id
  LEFT JOIN daily d ON d.account_id = a.id
  WHERE a.book_id = of_book_id
$body$
"""

# Elsewhere than at READ COMMITTED the block that was sealed a moment ago would not be seen.
_LEAVES_LATE = """
CREATE FUNCTION ledger_add_leaves() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'ledger_isolation' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  PERFORM pg_advisory_xact_lock({block_lock} + community_id)
    FROM (SELECT DISTINCT community_id FROM added ORDER BY community_id) AS communities;
  IF EXISTS (SELECT 1 FROM added l JOIN ledger_block b
             ON b.community_id = l.community_id AND b.number = l.block_number) THEN
    RAISE EXCEPTION 'ledger_block_sealed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $body$
"""

_BLOCK = """
CREATE FUNCTION ledger_seal_block() RETURNS trigger LANGUAGE plpgsql {rights} AS $body$
DECLARE
  before record; found record;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'ledger_isolation' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  PERFORM pg_advisory_xact_lock({block_lock} + NEW.community_id);
  SELECT b.number, b.head INTO before FROM ledger_block b
    WHERE b.community_id = NEW.community_id AND b.number < NEW.number
    ORDER BY b.number DESC LIMIT 1;
  IF NEW.number <> COALESCE(before.number, 0) + 1
     OR NEW.previous_head IS DISTINCT FROM before.head THEN
    RAISE EXCEPTION 'ledger_block_order' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT count(*) AS leaves, max(l.position) AS last,
         count(*) FILTER (WHERE e.seal = l.leaf AND e.community_id = l.community_id) AS fit
    INTO found FROM ledger_block_leaf l LEFT JOIN ledger_entry e ON e.id = l.entry_id
    WHERE l.community_id = NEW.community_id AND l.block_number = NEW.number;
  IF found.leaves <> NEW.leaves OR found.last <> NEW.leaves - 1 OR found.fit <> NEW.leaves THEN
    RAISE EXCEPTION 'ledger_block_leaves' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $body$
"""

# Moves deltas into their days; whoever comes while somebody folds has nothing to do.
_FOLD = """
CREATE FUNCTION ledger_fold(most bigint) RETURNS bigint
LANGUAGE plpgsql {rights} SET timebank.ledger_rebuild = 'on' AS $body$
DECLARE
  folded bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock({fold_lock}) THEN
    RETURN 0;
  END IF;
  WITH taken AS (
    DELETE FROM ledger_delta WHERE id IN (SELECT id FROM ledger_delta ORDER BY id LIMIT most)
    RETURNING account_id, on_day, debits, credits
  ), written AS (
    INSERT INTO ledger_day (account_id, on_day, debits, credits)
    SELECT account_id, on_day, sum(debits), sum(credits) FROM taken
    GROUP BY account_id, on_day ORDER BY account_id, on_day
    ON CONFLICT (account_id, on_day) DO UPDATE
      SET debits = ledger_day.debits + EXCLUDED.debits,
          credits = ledger_day.credits + EXCLUDED.credits
  ), gathered AS (
    INSERT INTO ledger_month (account_id, month_on, debits, credits)
    SELECT account_id, date_trunc('month', on_day)::date AS month_on, sum(debits), sum(credits)
    FROM taken GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (account_id, month_on) DO UPDATE
      SET debits = ledger_month.debits + EXCLUDED.debits,
          credits = ledger_month.credits + EXCLUDED.credits
  )
  SELECT count(*) INTO folded FROM taken;
  RETURN folded;
END $body$
"""

# Sets what is derived of one account to what its sealed transfers and holds say, and nothing else.
_REBUILD = """
CREATE FUNCTION ledger_rebuild_account(wanted_id bigint) RETURNS void
LANGUAGE plpgsql {rights} SET timebank.ledger_rebuild = 'on' AS $body$
DECLARE
  a ledger_account; one record;
BEGIN
  SELECT * INTO STRICT a FROM ledger_account WHERE id = wanted_id;
  PERFORM pg_advisory_xact_lock({book_lock} + a.book_id);
  DELETE FROM ledger_delta WHERE account_id = wanted_id;
  DELETE FROM ledger_day WHERE account_id = wanted_id;
  DELETE FROM ledger_month WHERE account_id = wanted_id;
  DELETE FROM ledger_cohort WHERE account_id = wanted_id;
  DELETE FROM ledger_lot_use u USING ledger_lot l
    WHERE l.id = u.lot_id AND l.account_id = wanted_id;
  DELETE FROM ledger_lot WHERE account_id = wanted_id;
  IF a.kind = 'open' THEN
    DELETE FROM ledger_balance WHERE account_id = wanted_id;
    INSERT INTO ledger_day (account_id, on_day, debits, credits)
    SELECT wanted_id, e.effective_on,
           sum(CASE t.debit_id WHEN wanted_id THEN t.amount ELSE 0 END),
           sum(CASE t.credit_id WHEN wanted_id THEN t.amount ELSE 0 END)
    FROM ledger_transfer t JOIN ledger_entry e ON e.id = t.entry_id
    WHERE wanted_id IN (t.debit_id, t.credit_id) GROUP BY e.effective_on;
    INSERT INTO ledger_month (account_id, month_on, debits, credits)
    SELECT wanted_id, date_trunc('month', d.on_day)::date, sum(d.debits), sum(d.credits)
    FROM ledger_day d WHERE d.account_id = wanted_id GROUP BY 2;
    RETURN;
  END IF;
  INSERT INTO ledger_balance (account_id, community_id, posted, held, floor)
  VALUES (wanted_id, a.community_id, 0, 0, a.floor) ON CONFLICT (account_id) DO NOTHING;
  -- A hold takes no lock of the book: sums are read once nobody else can change what is held.
  PERFORM 1 FROM ledger_balance b WHERE b.account_id = wanted_id FOR UPDATE;
  UPDATE ledger_balance b SET community_id = a.community_id, floor = a.floor,
    posted = COALESCE((SELECT sum(CASE WHEN (t.debit_id = wanted_id) = (a.normal = 'debit')
                                       THEN t.amount ELSE -t.amount END)
                       FROM ledger_transfer t JOIN ledger_entry e ON e.id = t.entry_id
                       WHERE wanted_id IN (t.debit_id, t.credit_id)), 0),
    held = COALESCE((SELECT sum(h.amount) FROM ledger_hold h
                     LEFT JOIN ledger_hold_end x ON x.hold_id = h.id
                     WHERE h.account_id = wanted_id AND x.hold_id IS NULL), 0),
    frozen = COALESCE((SELECT f.frozen FROM ledger_freeze f WHERE f.account_id = wanted_id
                       ORDER BY f.id DESC LIMIT 1), 0)
  WHERE b.account_id = wanted_id;
  IF a.restriction IS NULL THEN
    RETURN;
  END IF;
  FOR one IN
    SELECT e.id, e.reverses_id, COALESCE(e.lots_on, e.effective_on) AS on_day,
           sum(CASE t.credit_id WHEN wanted_id THEN t.amount ELSE -t.amount END)::bigint AS net
    FROM ledger_transfer t JOIN ledger_entry e ON e.id = t.entry_id
    WHERE wanted_id IN (t.debit_id, t.credit_id)
    GROUP BY e.id, e.number, e.reverses_id, e.effective_on, e.lots_on ORDER BY e.number
  LOOP
    IF one.net <> 0 THEN
      PERFORM ledger_move_lots(one.id, wanted_id, one.net, one.reverses_id, one.on_day);
    END IF;
  END LOOP;
END $body$
"""

_LOCK_BOOK = """
CREATE FUNCTION ledger_lock_book(wanted_id bigint) RETURNS void LANGUAGE sql AS $body$
  SELECT pg_advisory_xact_lock({book_lock} + wanted_id)
$body$
"""

FUNCTIONS = (
    *(
        _LOCK_BOOK,
        _VOUCHER,
        _CLOSE,
        _BALANCES_ON,
        _CHECKPOINT,
        _LEAVES_LATE,
        _BLOCK,
        _FOLD,
        _REBUILD,
    ),
)

TRIGGERS = (
    """
CREATE TRIGGER ledger_voucher_number BEFORE INSERT ON ledger_voucher FOR EACH ROW
EXECUTE FUNCTION ledger_number_voucher()
""",
    """
CREATE TRIGGER ledger_period_close BEFORE INSERT ON ledger_period FOR EACH ROW
EXECUTE FUNCTION ledger_close_period()
""",
    """
CREATE TRIGGER ledger_period_checkpoints AFTER INSERT ON ledger_period FOR EACH ROW
EXECUTE FUNCTION ledger_write_checkpoints()
""",
    """
CREATE TRIGGER ledger_block_leaf_added AFTER INSERT ON ledger_block_leaf
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_add_leaves()
""",
    """
CREATE TRIGGER ledger_block_seal AFTER INSERT ON ledger_block FOR EACH ROW
EXECUTE FUNCTION ledger_seal_block()
""",
)
