"""PostgreSQL's functions that the verbs call: to post an entry, to lock balances, after a load."""

# Takes the locks of a batch at once, in order, and returns what is under them.
_LOCK = """
CREATE FUNCTION ledger_lock_balances(account_ids bigint[])
RETURNS TABLE (account_id bigint, posted bigint, held bigint, floor bigint)
LANGUAGE sql {rights} AS $body$
  SELECT b.account_id, b.posted, b.held, b.floor FROM ledger_balance b
  WHERE b.account_id = ANY (account_ids) ORDER BY b.account_id FOR UPDATE
$body$
"""

# One entry in one statement, with the caller's own rights; a refusal is an answer, not an error,
# so that the caller's transaction goes on without a savepoint of its own. The number is drawn under
# the locks of book and balances: the order of numbers is the order in which lots moved.
_POST = """
CREATE FUNCTION ledger_post(
  new_id uuid, of_community_id bigint, of_book_id bigint, of_asset text, of_kind text,
  on_day date, carried_on date, at timestamptz, user_id bigint,
  first_id uuid, captured_id uuid, debt_id bigint,
  by_name text, new_memo text, new_document text, new_reason text,
  new_salt bytea, new_words_hash bytea, new_seal bytea,
  debit_ids bigint[], credit_ids bigint[], amounts bigint[],
  OUT new_number bigint, OUT refusal text
) LANGUAGE plpgsql AS $body$
DECLARE
  rule text;
BEGIN
  PERFORM public.ledger_enter_book(of_book_id, of_community_id, on_day);
  PERFORM public.ledger_lock_balances(debit_ids || credit_ids);
  INSERT INTO public.ledger_transfer (community_id, book_id, entry_id, line, lines, asset, debit_id,
                               credit_id, amount)
  SELECT of_community_id, of_book_id, new_id, v.line, cardinality(amounts), of_asset, v.debit_id,
         v.credit_id, v.amount
  FROM unnest(debit_ids, credit_ids, amounts) WITH ORDINALITY
    AS v(debit_id, credit_id, amount, line);
  INSERT INTO public.ledger_entry (id, community_id, book_id, asset, lines, kind, effective_on,
                            lots_on, recorded_at, actor_user_id, reverses_id, hold_id,
                            debt_account_id, actor_name, memo, document, reason, salt, words_hash,
                            seal)
  VALUES (new_id, of_community_id, of_book_id, of_asset, cardinality(amounts), of_kind, on_day,
          carried_on, at, user_id, first_id, captured_id, debt_id,
          by_name, new_memo, new_document, new_reason, new_salt, new_words_hash, new_seal)
  RETURNING number INTO new_number;
EXCEPTION WHEN integrity_constraint_violation THEN
  GET STACKED DIAGNOSTICS refusal = MESSAGE_TEXT, rule = CONSTRAINT_NAME;
  refusal := refusal || ' ' || rule;
END $body$
"""

# After a load into a table of which little is known, the planner would go through all leaves for
# each entry that is to be sealed: it is told how many there are. Once it has seen as many as a
# load brings, it goes by how large the file has become.
_MEASURE = """
CREATE FUNCTION ledger_measure(loaded bigint) RETURNS void LANGUAGE plpgsql {rights} AS $body$
BEGIN
  IF (SELECT reltuples FROM pg_class WHERE oid = 'ledger_entry'::regclass) < loaded THEN
    ANALYZE ledger_entry;
  END IF;
END $body$
"""

FUNCTIONS = (_LOCK, _POST, _MEASURE)
