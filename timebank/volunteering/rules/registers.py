"""Lists for other registers of volunteers: what a row says, and how a file is written.

Source: MZ/T 061-2015 志愿服务信息系统基本规范: a unified volunteer number instead of the ID
number, and hours that can be handed from one system to another; 民政部令第67号: records of other
systems are entered in the national one in one format. The field table of neither was at hand; the
columns are what their words demand.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from timebank.kernel.cells import plain

ROWS_MAX = 100_000  # records of one batch; what is over goes into the next
REASON_MAX = 200
PORTION = 2_000  # rows held at once while a file is written


class FileKind(StrEnum):
    """In which form a list is handed over."""

    XLSX = "xlsx"
    CSV = "csv"
    CSV_GB18030 = "csv_gb18030"


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch: which records were handed over, when, by whom and why."""

    id: int
    number: int
    since_on: date
    through_on: date
    rows: int
    corrections: int
    shows_id_numbers: bool
    reason: str
    made_at: datetime
    made_by_name: str


@dataclass(frozen=True, slots=True)
class Row:
    """A record as the other register gets it; a correction says that it holds no longer."""

    record_number: str
    is_correction: bool
    correction_reason: str
    volunteer_number: str
    volunteer_name: str
    id_number: str
    activity: str
    kind: str
    served_on: date
    started: str
    ended: str
    minutes: int
    organisation: str
    batch: int


COLUMNS = (
    "记录编号",
    "标记",
    "更正原因",
    "志愿者统一编号",
    "姓名",
    "证件号码",
    "活动或项目",
    "服务类别",
    "服务日期",
    "开始时间",
    "结束时间",
    "服务时长（分钟）",
    "服务时长（时:分）",
    "记录单位",
    "批次号",
)
ADDED, CORRECTED = "新增", "更正：撤销"


def record_number(*, code: str, record_id: int) -> str:
    """Return the number under which the other register knows a record."""
    return f"{code}-{record_id:08d}"


def cells(row: Row, *, with_id_numbers: bool) -> list[str | int]:
    """Return a row's cells in the order of the columns; a corrected record counts no minutes."""
    minutes = 0 if row.is_correction else row.minutes
    return [
        row.record_number,
        CORRECTED if row.is_correction else ADDED,
        plain(row.correction_reason),
        row.volunteer_number,
        plain(row.volunteer_name),
        row.id_number if with_id_numbers else "",
        plain(row.activity),
        plain(row.kind),
        row.served_on.isoformat(),
        row.started,
        row.ended,
        minutes,
        f"{minutes // 60}:{minutes % 60:02d}",
        plain(row.organisation),
        row.batch,
    ]


def file_name(batch: BatchView, kind: FileKind, *, code: str) -> str:
    """Return the name of a batch's file."""
    ending = "xlsx" if kind is FileKind.XLSX else "csv"
    return f"{code}-register-{batch.number:04d}.{ending}"
