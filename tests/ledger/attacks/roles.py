"""Attacks that PostgreSQL's roles, functions and schemas would allow, were they not kept shut."""

from sqlalchemy import Connection, text

from tests.ledger.attacks.book import Chapter
from tests.ledger.attacks.field import TODAY, Field
from timebank.ledger.models.guard import DERIVED_TABLES

chapter = Chapter()
attack = chapter.attack

APP = ("app",)
DENIED = "permission denied"


def _keep(rule: str, words: str, *statements: str) -> None:
    """Keep statements of the application's role as an attack under their rule."""

    def act(field: Field, connection: Connection) -> None:
        facts = {
            "member": field.bank.members[0],
            "entry": field.scene.first,
            "book": field.bank.book_id,
            "community": field.bank.community_id,
            "day": TODAY,
        }
        for statement in statements:
            connection.execute(text(statement), facts)

    act.__name__ = rule.replace(" ", "_")
    attack(postgresql=words, by=APP)(act)


REBUILDING = "SET timebank.ledger_rebuild = 'on'"
_keep(
    "a setting does not open balances", DENIED, REBUILDING, "UPDATE ledger_balance SET posted = 1"
)
for _table in DERIVED_TABLES:
    _noun = _table.removeprefix("ledger_").replace("_", " ")
    _keep(
        f"no {_noun} is written by hand", DENIED, REBUILDING, f"INSERT INTO {_table} DEFAULT VALUES"
    )

MOVE = "SELECT ledger_move_lots(:entry, :member, 100000, NULL, :day)"
_keep("lots are not made by calling their function", DENIED, REBUILDING, MOVE)
for _name, _call in {
    "a reversal is not checked by strangers": "ledger_check_reversal(:entry, :entry, :book, NULL)",
    "a debt is not checked by strangers": "ledger_check_unspent(:entry, :entry)",
    "balances of a day are not asked for by strangers": "ledger_balances_on(:book, :day)",
}.items():
    _keep(_name, DENIED, f"SELECT {_call}")

# On a table of one's own, the seal would post rows that were never sealed.
OWN_TABLE = "CREATE TEMP TABLE own (LIKE ledger_entry)"
OWN_SEAL = """
CREATE TRIGGER own AFTER INSERT ON own REFERENCING NEW TABLE AS sealed
FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_seal()
"""
AGAIN = "INSERT INTO own SELECT * FROM ledger_entry WHERE id = :entry"
_keep("the seal does not post from another table", DENIED, OWN_TABLE, OWN_SEAL, AGAIN)
for _function, _table in {
    "ledger_hold_free": "ledger_hold_end",
    "ledger_hold_take": "ledger_hold",
    "ledger_account_balance": "ledger_account",
    "ledger_write_checkpoints": "ledger_period",
    "ledger_erase": "ledger_erasure",
    "ledger_hold_erase": "ledger_hold_erasure",
}.items():
    _keep(
        f"{_function.removeprefix('ledger_').replace('_', ' ')} does not work on another table",
        DENIED,
        f"CREATE TEMP TABLE own (LIKE {_table})",
        "CREATE TRIGGER own AFTER INSERT ON own FOR EACH ROW"
        f" EXECUTE FUNCTION public.{_function}()",
        f"INSERT INTO own SELECT * FROM {_table}",
    )

_keep(
    "a trigger of one's own moves no lots",
    DENIED,
    "CREATE TEMP TABLE own (id int)",
    "CREATE FUNCTION pg_temp.forge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " PERFORM public.ledger_move_lots(e.id, t.credit_id, 9999, NULL, e.effective_on)"
    " FROM public.ledger_entry e JOIN public.ledger_transfer t ON t.entry_id = e.id LIMIT 1;"
    " RETURN NULL; END $$",
    "CREATE TRIGGER own AFTER INSERT ON own FOR EACH ROW EXECUTE FUNCTION pg_temp.forge()",
    "INSERT INTO own VALUES (1)",
)
_keep("nobody makes tables beside the books", DENIED, "CREATE TABLE public.own (id int)")
_keep(
    "nobody makes functions beside the books",
    DENIED,
    "CREATE FUNCTION public.ledger_enter_book(bigint, integer, date) RETURNS void LANGUAGE sql"
    " AS 'SELECT'",
)
_keep(
    "no table inherits from the entries",
    "must be owner|permission denied",
    "CREATE TEMP TABLE own () INHERITS (ledger_entry)",
)

for _rule, _statement in {
    "triggers are not switched off": "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
    "triggers are not dropped": "DROP TRIGGER ledger_entry_seal ON ledger_entry",
    "triggers are not added": "CREATE TRIGGER own BEFORE INSERT ON ledger_entry FOR EACH ROW"
    " EXECUTE FUNCTION public.ledger_post()",
    "functions are not replaced": "CREATE OR REPLACE FUNCTION public.ledger_lock_book(wanted_id"
    " bigint) RETURNS void LANGUAGE sql AS 'SELECT'",
    "functions are not dropped": "DROP FUNCTION ledger_seal CASCADE",
    "constraints are not dropped": "ALTER TABLE ledger_balance"
    " DROP CONSTRAINT ck_ledger_balance_floor",
    "tables are not dropped": "DROP TABLE ledger_entry CASCADE",
    "rules are not added": "CREATE RULE own AS ON INSERT TO ledger_entry DO INSTEAD NOTHING",
    "the application does not play a replica": "SET session_replication_role = replica",
    "the application does not become the owner": "SET ROLE postgres",
    "the application is nobody else": "SET SESSION AUTHORIZATION postgres",
    "numbers are not set back": "SELECT setval('ledger_entry_number_seq', 1)",
    "entries are not merged over": "MERGE INTO ledger_entry e USING (SELECT 1) s ON e.number = 1"
    " WHEN MATCHED THEN UPDATE SET memo = 'x'",
    "balances are not locked away": "LOCK TABLE ledger_balance IN ACCESS EXCLUSIVE MODE",
}.items():
    _keep(_rule, "permission denied|must be owner|no privileges", _statement)
