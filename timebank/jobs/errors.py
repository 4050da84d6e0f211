"""What can go wrong with jobs."""

from timebank.kernel.errors import ConflictError, NotFoundError


class JobNotFoundError(NotFoundError):
    """没有找到这项后台任务。"""

    code = "job_not_found"


class JobNotParkedError(ConflictError):
    """只有搁置的任务才能重来，这一项现在是“{state}”。"""

    code = "job_not_parked"


class LeaseLostError(ConflictError):
    """这项任务做得太久，已经由别的进程接手。"""

    code = "job_lease_lost"


class HandlerMissingError(NotFoundError):
    """没有程序会做“{name}”这种任务。"""

    code = "job_handler_missing"
