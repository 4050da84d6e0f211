"""What the database itself refuses about projects, agreements, receipts and bills."""

from collections.abc import Sequence

from timebank.cofund.models.projects import (
    Agreement,
    AgreementShare,
    Contribution,
    Project,
    SpendingRequest,
)
from timebank.cofund.models.triggers import refuse, table_of
from timebank.cofund.rules.projects import TRANSITIONS, ProjectState


def _arrows() -> str:
    """Return the allowed moves of a project's state as an SQL list."""
    moves = {(state, to) for (state, _), to in TRANSITIONS.items()} | {(s, s) for s in ProjectState}
    return ", ".join(f"'{state}>{to}'" for state, to in sorted(moves))


_NEEDS_AGREEMENT: Sequence[ProjectState] = (
    ProjectState.AGREED,
    ProjectState.FUNDING,
    ProjectState.ACTIVE,
    ProjectState.ACCEPTED,
    ProjectState.SETTLED,
    ProjectState.RETENTION,
    ProjectState.CLOSED,
)
_agreed_states = ", ".join(f"'{state}'" for state in _NEEDS_AGREEMENT)
_sealed_agreement = (
    "SELECT 1 FROM agreement a WHERE a.project_id = NEW.id"
    " AND a.version = NEW.agreement_version AND a.is_sealed"
)
_shares_differ = (
    "(SELECT count(*) FROM agreement_share s WHERE s.agreement_id = NEW.id) <> 3"
    " OR (SELECT sum(s.amount_fen) FROM agreement_share s WHERE s.agreement_id = NEW.id)"
    " <> NEW.total_fen"
    " OR coalesce((SELECT sum(l.amount_fen) FROM project_cost_line l"
    " WHERE l.project_id = NEW.project_id), 0) <> NEW.total_fen"
)
_share_of_party = (
    "(SELECT s.amount_fen FROM project p"
    " JOIN agreement a ON a.project_id = p.id AND a.version = p.agreement_version AND a.is_sealed"
    " JOIN agreement_share s ON s.agreement_id = a.id"
    " WHERE p.id = NEW.project_id AND s.party = NEW.party)"
)
_received_so_far = (
    "(SELECT coalesce(sum(c.amount_fen), 0) FROM contribution c WHERE c.project_id = NEW.project_id"
    " AND c.party = NEW.party AND c.undone_entry_id IS NULL)"
)
_money_left = (
    "EXISTS (SELECT 1 FROM ledger_balance b WHERE b.account_id IN"
    " (NEW.cash_account_id, NEW.retention_account_id) AND (b.posted <> 0 OR b.held <> 0))"
)
# What may be signed: a vote that passed over it, or a small project without owners' money.
_not_approved = (
    "NEW.is_sealed AND NOT (CASE WHEN NEW.vote_id IS NULL THEN"
    " (SELECT s.amount_fen FROM agreement_share s WHERE s.agreement_id = NEW.id"
    " AND s.party = 'residents') = 0"
    " AND EXISTS (SELECT 1 FROM project p WHERE p.id = NEW.project_id"
    " AND p.publicised_to < NEW.signed_on)"
    " ELSE EXISTS (SELECT 1 FROM cofund_vote v WHERE v.id = NEW.vote_id"
    " AND v.project_id = NEW.project_id AND v.state = 'passed'"
    " AND NEW.most_fen * 10 <= v.total_fen * 11) END)"
)
refuse(
    table_of(Project),
    name="project_state_moves",
    when="UPDATE",
    condition=f"(OLD.state || '>' || NEW.state) NOT IN ({_arrows()})"
    f" OR (NEW.state IN ({_agreed_states}) AND NOT EXISTS ({_sealed_agreement}))"
    " OR (NEW.state IN ('publicised', 'voting') AND NEW.publicised_to IS NULL)"
    f" OR (NEW.state IN ('closed', 'cancelled') AND OLD.state <> NEW.state AND {_money_left})"
    " OR (NEW.state = 'settled' AND OLD.state <> 'settled' AND NOT EXISTS"
    " (SELECT 1 FROM cofund_settlement s WHERE s.project_id = NEW.id))"
    " OR (NEW.state IN ('accepted', 'settled') AND NEW.accepted_on IS NULL)",
)
refuse(table_of(Project), name="project_starts", when="INSERT", condition="NEW.state <> 'draft'")
refuse(table_of(Project), name="project_stays", when="DELETE", condition="OLD.id IS NOT NULL")
refuse(table_of(Agreement), name="agreement_starts", when="INSERT", condition="NEW.is_sealed")
refuse(
    table_of(Agreement),
    name="agreement_adds_up",
    when="UPDATE",
    condition=f"OLD.is_sealed OR {_shares_differ} OR {_not_approved}",
)
refuse(table_of(Agreement), name="agreement_stays", when="DELETE", condition="OLD.id IS NOT NULL")
refuse(
    table_of(AgreementShare),
    name="agreement_share_before_seal",
    when="INSERT",
    condition="EXISTS (SELECT 1 FROM agreement a WHERE a.id = NEW.agreement_id AND a.is_sealed)",
)
for _when, _verb in (("UPDATE", "keeps"), ("DELETE", "stays")):
    refuse(
        table_of(AgreementShare),
        name=f"agreement_share_{_verb}",
        when=_when,
        condition="OLD.id IS NOT NULL",
    )
refuse(
    table_of(Contribution),
    name="contribution_within_share",
    when="INSERT",
    condition=f"NEW.amount_fen + {_received_so_far} > coalesce({_share_of_party}, 0)",
)
refuse(
    table_of(Contribution),
    name="contribution_keeps",
    when="UPDATE",
    condition="OLD.undone_entry_id IS NOT NULL OR NEW.amount_fen <> OLD.amount_fen"
    " OR NEW.party <> OLD.party OR NEW.project_id <> OLD.project_id"
    " OR NEW.entry_id <> OLD.entry_id OR NEW.received_on <> OLD.received_on"
    " OR NEW.is_from_credit <> OLD.is_from_credit",
)
refuse(
    table_of(Contribution), name="contribution_stays", when="DELETE", condition="OLD.id IS NOT NULL"
)
_paid_and_approved = (
    "(SELECT coalesce(sum(r.amount_fen), 0) FROM spending_request r WHERE r.id <> NEW.id"
    " AND r.project_id = NEW.project_id AND r.state IN ('approved', 'paid'))"
)
refuse(
    table_of(SpendingRequest),
    name="spending_before_acceptance",
    when="UPDATE",
    condition="NEW.state = 'approved' AND OLD.state <> 'approved' AND EXISTS (SELECT 1"
    " FROM project p JOIN agreement a ON a.project_id = p.id"
    " AND a.version = p.agreement_version WHERE p.id = NEW.project_id AND p.accepted_on IS NULL"
    f" AND (NEW.amount_fen + {_paid_and_approved}) * 1000"
    " > a.total_fen * p.before_acceptance_permille)",
)
refuse(
    table_of(SpendingRequest),
    name="spending_payee_change",
    when="UPDATE",
    condition="(NEW.payee <> OLD.payee OR NEW.payee_account <> OLD.payee_account)"
    " AND (NEW.state <> 'requested' OR NEW.payee_changed_at IS NULL"
    " OR NEW.payee_changed_at = coalesce(OLD.payee_changed_at, '1970-01-01'))",
)
refuse(
    table_of(SpendingRequest),
    name="spending_keeps",
    when="UPDATE",
    condition="NEW.amount_fen <> OLD.amount_fen OR NEW.withheld_fen <> OLD.withheld_fen"
    " OR NEW.project_id <> OLD.project_id OR NEW.second_from_fen <> OLD.second_from_fen"
    " OR OLD.state IN ('refused', 'withdrawn')"
    # A paid bill is approved again only when its payment was reversed in the books.
    " OR (OLD.state = 'paid' AND NOT (NEW.state = 'approved' AND EXISTS"
    " (SELECT 1 FROM ledger_entry e WHERE e.reverses_id = OLD.entry_id)))",
)
