"""What the worker does for cases, by the name of the job."""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from timebank.cases.service import deliberating, forgetting, reminding, years
from timebank.deliberation.service import holding

JOBS: Mapping[str, Callable[[Session, Mapping[str, object]], object]] = {
    years.REBASE_JOB: years.rebase,
    "cases.rebase_everywhere": years.rebase_everywhere,
    reminding.JOB: reminding.remind,
    reminding.EVERYWHERE_JOB: reminding.remind_everywhere,
    forgetting.JOB: forgetting.forget_everywhere,
    holding.DECIDED_JOB: deliberating.keep_decision,
}
