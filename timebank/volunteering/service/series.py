"""The tasks of a weekly series, locked as whoever changes or ends it wants them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.volunteering.errors import changes as errors
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.tasks import Task
from timebank.volunteering.rules.needs import NeedState
from timebank.volunteering.rules.tasks import TaskState


def need_of_series(session: Session, task_id: int) -> Need:
    """Return the need behind a weekly series, locked before any of its tasks.

    Raises:
        NoSeriesError: the task stands alone.
    """
    need = session.scalar(
        select(Need)
        .join(Task, Task.need_id == Need.id)
        .where(Task.id == task_id, Need.weekdays != "", Need.state == NeedState.TAKEN_UP)
        .with_for_update(of=Need)
        .execution_options(populate_existing=True)
    )
    if need is None:
        raise errors.NoSeriesError(field="along")
    return need


def following(session: Session, need: Need, task: Task) -> Sequence[Task]:
    """Return the open tasks of a series that come after one, locked in their order."""
    return session.scalars(
        select(Task)
        .where(
            Task.need_id == need.id,
            Task.state == TaskState.OPEN,
            Task.series_on > task.series_on,
            Task.starts_at > clock.now(),
        )
        .order_by(Task.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
