"""What both engines refuse about merged cases, whoever writes: chains, circles, ended masters."""

from timebank.cases.models.cases import CaseFile
from timebank.kernel.refusals import guard_on_postgresql, raises, refuse_on_sqlite

# What is merged goes into a case of the same community that is merged nowhere itself and into which
# nothing is merged that would then hang on a merged one.
_MERGED_BADLY = (
    "NEW.master_id IS NOT NULL AND (EXISTS (SELECT 1 FROM case_file m WHERE m.id = NEW.master_id"
    " AND (m.master_id IS NOT NULL OR m.community_id <> NEW.community_id"
    " OR m.state NOT IN ('registered', 'responded', 'claimed', 'resolved')))"
    " OR EXISTS (SELECT 1 FROM case_file c WHERE c.master_id = NEW.id))"
)
_MERGES = f"{_MERGED_BADLY} AND OLD.master_id IS NULL"


_CASES = CaseFile.metadata.tables["case_file"]
refuse_on_sqlite(_CASES, "case_file_merges", "BEFORE UPDATE", _MERGES)
guard_on_postgresql(
    _CASES, "case_file_merges", "BEFORE UPDATE", raises("case_file_merges", _MERGES)
)
