"""How an entry moves lots on PostgreSQL: in the seal of the entry, and when lots are rebuilt."""

# Gives back to the lots that the reversed entry took from; takes from the lot of the reversed
# entry first, then from the oldest.
MOVE_LOTS = """
CREATE FUNCTION ledger_move_lots(by_entry_id uuid, of_account_id bigint, net bigint,
                                 reversed_id uuid, on_day date)
RETURNS void LANGUAGE plpgsql {rights} AS $body$
DECLARE
  need bigint := -net; part bigint; one record;
BEGIN
  IF net > 0 AND EXISTS (SELECT 1 FROM ledger_lot_use u JOIN ledger_lot l ON l.id = u.lot_id
                         WHERE u.entry_id = reversed_id AND l.account_id = of_account_id) THEN
    WITH given AS (
      INSERT INTO ledger_lot_use (entry_id, lot_id, amount)
      SELECT by_entry_id, u.lot_id, -u.amount FROM ledger_lot_use u
      JOIN ledger_lot l ON l.id = u.lot_id
      WHERE u.entry_id = reversed_id AND l.account_id = of_account_id ORDER BY u.lot_id
      RETURNING lot_id, amount
    ), back AS (
      UPDATE ledger_lot l SET remaining = l.remaining - g.amount FROM given g
      WHERE l.id = g.lot_id RETURNING extract(year FROM l.earned_on) AS year, -g.amount AS amount)
    INSERT INTO ledger_cohort AS h (account_id, year, remaining)
    SELECT of_account_id, year, sum(amount) FROM back GROUP BY year ORDER BY year
    ON CONFLICT (account_id, year) DO UPDATE SET remaining = h.remaining + EXCLUDED.remaining;
    RETURN;
  END IF;
  IF net > 0 THEN
    INSERT INTO ledger_lot (account_id, entry_id, earned_on, amount, remaining)
    VALUES (of_account_id, by_entry_id, on_day, net, net);
    INSERT INTO ledger_cohort AS h (account_id, year, remaining)
    VALUES (of_account_id, extract(year FROM on_day), net)
    ON CONFLICT (account_id, year) DO UPDATE SET remaining = h.remaining + EXCLUDED.remaining;
    RETURN;
  END IF;
  FOR one IN SELECT l.id, l.remaining, extract(year FROM l.earned_on) AS year FROM ledger_lot l
    WHERE l.account_id = of_account_id AND l.remaining > 0
    ORDER BY (l.entry_id IS NOT DISTINCT FROM reversed_id) DESC, l.earned_on, l.id
  LOOP
    part := LEAST(one.remaining, need);
    INSERT INTO ledger_lot_use (entry_id, lot_id, amount) VALUES (by_entry_id, one.id, part);
    UPDATE ledger_lot l SET remaining = l.remaining - part WHERE l.id = one.id;
    UPDATE ledger_cohort h SET remaining = h.remaining - part
      WHERE h.account_id = of_account_id AND h.year = one.year;
    need := need - part;
    EXIT WHEN need = 0;
  END LOOP;
  IF need > 0 THEN
    RAISE EXCEPTION 'ledger_lots_short' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
END $body$
"""

# What is carried was there on its day, and comes onto an account of the same restriction.
CHECK_CARRIED = """
CREATE FUNCTION ledger_check_carried(by_entry_id uuid, carried_on date)
RETURNS void LANGUAGE plpgsql {rights} AS $body$
BEGIN
  IF EXISTS (SELECT 1 FROM ledger_lot_use u JOIN ledger_lot l ON l.id = u.lot_id
             WHERE u.entry_id = by_entry_id AND l.earned_on <> carried_on)
     OR EXISTS (SELECT 1 FROM ledger_transfer t
                JOIN ledger_account d ON d.id = t.debit_id
                JOIN ledger_account c ON c.id = t.credit_id
                WHERE t.entry_id = by_entry_id
                  AND (d.restriction IS NULL OR d.restriction IS DISTINCT FROM c.restriction)) THEN
    RAISE EXCEPTION 'ledger_lots_renewed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
END $body$
"""

FUNCTIONS = (MOVE_LOTS, CHECK_CARRIED)
