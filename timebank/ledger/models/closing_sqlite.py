"""SQLite's guard of what follows the entries: vouchers, periods, blocks. There is one writer."""

_VOUCHER = """
CREATE TRIGGER ledger_voucher_number BEFORE INSERT ON ledger_voucher
BEGIN
  SELECT RAISE(ABORT, 'ledger_voucher_exists')
    WHERE EXISTS (SELECT 1 FROM ledger_voucher
                  WHERE entry_id = NEW.entry_id OR rowid = NEW.rowid);
  SELECT RAISE(ABORT, 'ledger_voucher_astray') WHERE NOT EXISTS
    (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id AND book_id = NEW.book_id
     AND date(effective_on, 'start of month') = NEW.month);
  SELECT RAISE(ABORT, 'ledger_voucher_gap') WHERE NEW.number <> 1 + COALESCE(
    (SELECT MAX(number) FROM ledger_voucher WHERE book_id = NEW.book_id AND month = NEW.month), 0);
END
"""

# SQLite knows no zones; the community's has had one offset since 1991.
_ZONE_HOURS = 8
_CLOSE = f"""
CREATE TRIGGER ledger_period_close BEFORE INSERT ON ledger_period
BEGIN
  SELECT RAISE(ABORT, 'ledger_period_order') WHERE NEW.number <> 1 + COALESCE(
      (SELECT MAX(number) FROM ledger_period WHERE book_id = NEW.book_id), 0)
    OR EXISTS (SELECT 1 FROM ledger_period WHERE id = NEW.id
               OR (book_id = NEW.book_id AND through_on >= NEW.through_on));
  SELECT RAISE(ABORT, 'ledger_period_not_over')
    WHERE NEW.through_on >= date(NEW.closed_at, '{_ZONE_HOURS:+d} hours');
  SELECT RAISE(ABORT, 'ledger_voucher_missing') WHERE EXISTS
    (SELECT 1 FROM ledger_entry AS e LEFT JOIN ledger_voucher AS v ON v.entry_id = e.id
     WHERE e.book_id = NEW.book_id AND e.effective_on <= NEW.through_on AND v.entry_id IS NULL
     AND e.effective_on > COALESCE(
       (SELECT MAX(through_on) FROM ledger_period WHERE book_id = NEW.book_id), ''));
END
"""

# Balances at the end of a day, on normal sides: what there is now, less what takes effect later;
# for open accounts the sum of their days.
BALANCES_ON = """
SELECT a.id AS account_id,
  CASE a.kind WHEN 'bounded' THEN b.posted - COALESCE(l.debits, 0)
    * CASE a.normal WHEN 'debit' THEN 1 ELSE -1 END
  ELSE COALESCE((SELECT SUM(d.debits - d.credits) FROM ledger_day AS d
                 WHERE d.account_id = a.id AND d.on_day <= :last_on), 0)
    * CASE a.normal WHEN 'debit' THEN 1 ELSE -1 END
  END AS posted
FROM ledger_account AS a
LEFT JOIN ledger_balance AS b ON b.account_id = a.id
LEFT JOIN (
  SELECT account_id, SUM(debits) AS debits FROM (
    SELECT t.debit_id AS account_id, t.amount AS debits FROM ledger_entry AS e
      JOIN ledger_transfer AS t ON t.entry_id = e.id
      WHERE e.book_id = :book_id AND e.effective_on > :last_on
    UNION ALL
    SELECT t.credit_id, -t.amount FROM ledger_entry AS e
      JOIN ledger_transfer AS t ON t.entry_id = e.id
      WHERE e.book_id = :book_id AND e.effective_on > :last_on) GROUP BY account_id
) AS l ON l.account_id = a.id
WHERE a.book_id = :book_id
"""

_IN_TRIGGER = BALANCES_ON.replace(":last_on", "NEW.through_on").replace(":book_id", "NEW.book_id")
_CHECKPOINT = f"""
CREATE TRIGGER ledger_period_checkpoints AFTER INSERT ON ledger_period
BEGIN
  INSERT INTO ledger_checkpoint (account_id, through_on, posted)
    SELECT v.account_id, NEW.through_on, v.posted FROM ({_IN_TRIGGER}) AS v
    WHERE v.posted <> COALESCE((SELECT c.posted FROM ledger_checkpoint AS c
                                WHERE c.account_id = v.account_id
                                ORDER BY c.through_on DESC LIMIT 1), 0);
END
"""

_LEAF = """
CREATE TRIGGER ledger_block_leaf_added BEFORE INSERT ON ledger_block_leaf
BEGIN
  SELECT RAISE(ABORT, 'ledger_block_leaf_exists') WHERE EXISTS
    (SELECT 1 FROM ledger_block_leaf WHERE entry_id = NEW.entry_id OR rowid = NEW.rowid
     OR (community_id = NEW.community_id AND block_number = NEW.block_number
         AND position = NEW.position));
  SELECT RAISE(ABORT, 'ledger_block_sealed') WHERE EXISTS
    (SELECT 1 FROM ledger_block
     WHERE community_id = NEW.community_id AND number = NEW.block_number);
  SELECT RAISE(ABORT, 'ledger_block_leaves') WHERE NOT EXISTS
    (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id AND community_id = NEW.community_id
     AND seal = NEW.leaf);
END
"""

_BLOCK = """
CREATE TRIGGER ledger_block_seal BEFORE INSERT ON ledger_block
BEGIN
  SELECT RAISE(ABORT, 'ledger_block_order') WHERE NEW.number <> 1 + COALESCE(
      (SELECT MAX(number) FROM ledger_block WHERE community_id = NEW.community_id), 0)
    OR NEW.previous_head IS NOT (SELECT head FROM ledger_block
      WHERE community_id = NEW.community_id ORDER BY number DESC LIMIT 1)
    OR EXISTS (SELECT 1 FROM ledger_block WHERE id = NEW.id);
  SELECT RAISE(ABORT, 'ledger_block_leaves') WHERE NEW.leaves <>
      (SELECT COUNT(*) FROM ledger_block_leaf
       WHERE community_id = NEW.community_id AND block_number = NEW.number)
    OR NEW.leaves - 1 <> (SELECT MAX(position) FROM ledger_block_leaf
       WHERE community_id = NEW.community_id AND block_number = NEW.number);
END
"""

_ERASURE_ONCE = """
CREATE TRIGGER ledger_erasure_once BEFORE INSERT ON ledger_erasure
WHEN EXISTS (SELECT 1 FROM ledger_erasure WHERE entry_id = NEW.entry_id OR rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'ledger_erasure_exists'); END
"""
_PROOF_ONCE = """
CREATE TRIGGER ledger_proof_once BEFORE INSERT ON ledger_proof
WHEN EXISTS (SELECT 1 FROM ledger_proof WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'ledger_proof_exists'); END
"""

TRIGGERS = (_VOUCHER, _CLOSE, _CHECKPOINT, _LEAF, _BLOCK, _ERASURE_ONCE, _PROOF_ONCE)
