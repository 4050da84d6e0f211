"""What may be refused of the people who are looked after."""

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class KeyPersonNotFoundError(NotFoundError):
    """没有找到这位重点照看的人，可能不在您的网格。"""

    code = "key_person_not_found"


class AlreadyListedError(ConflictError):
    """这个人已经在重点照看名单里了。"""

    code = "key_person_listed"


class ListingEndedError(ConflictError):
    """这个人已经不在名单里了，要再照看请重新列入。"""

    code = "key_listing_ended"


class ReasonDoesNotFitError(InvalidError):
    """这个原因不属于选的人群，请换一个。"""

    code = "key_reason_does_not_fit"


class GuardianConsentMissingError(InvalidError):
    """不满 14 岁的，要写监护人哪天同意的。"""

    code = "key_guardian_consent_missing"


class ConsentInFutureError(InvalidError):
    """同意的日子不能在今天以后。"""

    code = "key_consent_in_future"


class SeenInFutureError(InvalidError):
    """看望的日子要在列入以后、今天以前。"""

    code = "key_seen_on_wrong"


class LookReasonMissingError(InvalidError):
    """看敏感信息要写为什么，本人会看到。"""

    code = "key_look_reason_missing"


class EndReasonMissingError(InvalidError):
    """请写为什么不再照看。"""

    code = "key_end_reason_missing"
