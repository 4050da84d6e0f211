"""What can be refused when something is reported, and what the person may do instead."""

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class SignMistypedError(InvalidError):
    """这不是牌子上的码，请再扫一次，或者照着牌子下面的 7 位重输。"""

    code = "case_sign_mistyped"


class SignNotFoundError(NotFoundError):
    """没有找到这块牌子，可能已经拆了。请自己选地点，或者打电话给社区。"""

    code = "case_sign_not_found"


class SignElsewhereError(InvalidError):
    """这块牌子不在您选的单元，请选牌子所在的单元，或者不用牌子。"""

    code = "case_sign_elsewhere"


class SignRetiredError(ConflictError):
    """这块牌子已经停用。要再挂，请新做一块。"""

    code = "case_sign_retired"


class PointIncompleteError(InvalidError):
    """经度和纬度要一起填，纬度在 -90 到 90、经度在 -180 到 180 之间。"""

    code = "case_point_incomplete"


class MayBeKnownError(ConflictError):
    """附近像有人已经反映过。请看看下面几件是不是同一件事。"""

    code = "case_may_be_known"


class NotTheSameError(ConflictError):
    """这件事现在不能加进去：可能已经办结，或者不在您选的地方。请单独反映。"""

    code = "case_not_the_same"


class AlreadyReporterError(ConflictError):
    """您已经是这件事的反映人，进展在“我反映的事”里看。"""

    code = "case_already_reporter"


class TooManyReportersError(ConflictError):
    """已经有 {count} 人反映同一件事，社区都知道了，不用再加。"""

    code = "case_too_many_reporters"


class LooksLikeMachineError(InvalidError):
    """没能收下。请不要填最后那个空格子，再交一次，或者打电话给社区。"""

    code = "case_looks_like_machine"


class ReportedTooOftenError(ConflictError):
    """这里一会儿报得太多了，请过一阵再报。急事请打电话给社区。"""

    code = "case_reported_too_often"


class LinkNotFoundError(NotFoundError):
    """没有找到。请看看链接是不是完整的，或者打电话给社区问。"""

    code = "case_link_not_found"


class AnswerTooEarlyError(ConflictError):
    """这件事还没有结果，有了结果会请您说说解决没有。"""

    code = "case_answer_too_early"


class AlreadyAnsweredError(ConflictError):
    """这一轮您已经说过了。没解决，请在 {days} 天内点“没解决”，会重新办理。"""

    code = "case_already_answered"


class SatisfactionMissingError(InvalidError):
    """请选一下满意不满意。"""

    code = "case_satisfaction_missing"


class WhyUnsolvedError(InvalidError):
    """请写一句哪里没解决，办的人好接着办。"""

    code = "case_why_unsolved"


class PhotoNotThisCaseError(NotFoundError):
    """这件事没有这张照片。"""

    code = "case_photo_not_this_case"


class ExternalNumberTakenError(ConflictError):
    """编号“{number}”的事已经登记过了，是 {known}。"""

    code = "case_external_number_taken"


class CaseFileNotFoundError(NotFoundError):
    """没有找到这次导入。"""

    code = "case_import_not_found"


class CaseFileSettledError(ConflictError):
    """这份表已经写入或者不要了，不能再改。"""

    code = "case_import_settled"


class CaseFileWrongError(ConflictError):
    """还有 {count} 行不对，一件也没有登记。改好文件，重新上传。"""

    code = "case_import_wrong"


class CaseFileEmptyError(ConflictError):
    """这份表里没有新的事，都登记过了。"""

    code = "case_import_nothing_new"


class TooManyCasesError(InvalidError):
    """一份表最多 {limit} 件，请分成几份。"""

    code = "case_import_too_many"
