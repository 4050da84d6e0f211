"""What PostgreSQL asks of an entry that reverses another."""

# What an entry and its reversal leave on each account together, as debits; what the first did.
_LEFT = """
      SELECT account_id, sum(debits) AS rest,
             sum(debits) FILTER (WHERE entry_id = first_id) AS first
      FROM (SELECT entry_id, debit_id AS account_id, amount AS debits FROM ledger_transfer
              WHERE entry_id IN (new_id, first_id)
            UNION ALL
            SELECT entry_id, credit_id, -amount FROM ledger_transfer
              WHERE entry_id IN (new_id, first_id)) AS legs
      GROUP BY account_id"""

# A reversal leaves nothing of its entry, save what a bounded account no longer had: that is taken
# from the named debt instead.
_CHECK_REVERSAL = f"""
CREATE FUNCTION ledger_check_reversal(new_id uuid, first_id uuid, of_book_id bigint, debt_id bigint)
RETURNS void LANGUAGE plpgsql {{rights}} AS $body$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM ledger_entry o WHERE o.id = first_id AND o.reverses_id IS NULL
                 AND o.book_id = of_book_id) THEN
    RAISE EXCEPTION 'ledger_reversal_reversed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF debt_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM ledger_account a JOIN ledger_entry e ON e.id = new_id AND e.asset = a.asset
    WHERE a.id = debt_id AND a.book_id = of_book_id AND a.kind = 'open') THEN
    RAISE EXCEPTION 'ledger_reversal_debt' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (
    SELECT 1 FROM ({_LEFT}) AS v
    JOIN ledger_account a ON a.id = v.account_id
    WHERE CASE
      WHEN v.account_id = debt_id THEN v.first <> 0
      WHEN debt_id IS NULL OR a.kind = 'open' THEN v.rest <> 0
      WHEN a.normal = 'debit' THEN v.rest NOT BETWEEN 0 AND GREATEST(v.first, 0)
      ELSE v.rest NOT BETWEEN LEAST(v.first, 0) AND 0 END) THEN
    RAISE EXCEPTION 'ledger_reversal_unequal' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
END $body$
"""

# Asked when balances have moved: only an account that has nothing left may leave a debt.
_CHECK_UNSPENT = f"""
CREATE FUNCTION ledger_check_unspent(new_id uuid, first_id uuid)
RETURNS void LANGUAGE plpgsql {{rights}} AS $body$
BEGIN
  IF EXISTS (
    SELECT 1 FROM ({_LEFT}) AS v
    JOIN ledger_balance b ON b.account_id = v.account_id
    WHERE v.rest <> 0 AND b.posted - b.held > b.floor) THEN
    RAISE EXCEPTION 'ledger_reversal_unspent' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
END $body$
"""

FUNCTIONS = (_CHECK_REVERSAL, _CHECK_UNSPENT)
