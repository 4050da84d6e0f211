"""What can go wrong with logins, roles and tokens."""

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class LogInRefusedError(InvalidError):
    """登录名或密码不对，请再看看。忘了密码，可以打电话给社区。"""

    code = "log_in_refused"


class TriedTooOftenError(InvalidError):
    """试得太多次了，请过 {wait_seconds} 秒再试。忘了密码，可以打电话给社区。"""

    code = "tried_too_often"


class LoginNameTakenError(ConflictError):
    """这个登录名已经有人用了，请换一个。"""

    code = "login_name_taken"


class LoginNameMalformedError(InvalidError):
    """登录名要 3 到 40 个字，可以用手机号、字母、数字、点和横线。"""

    code = "login_name_malformed"


class PasswordShortError(InvalidError):
    """密码太短，至少要 {length_min} 个字。"""

    code = "password_short"


class PasswordLongError(InvalidError):
    """密码太长，最多 {length_max} 个字。"""

    code = "password_long"


class PasswordCommonError(InvalidError):
    """这个密码太容易猜到，请换一个，比如几个不相干的词连起来。"""

    code = "password_common"


class PasswordWrongError(InvalidError):
    """现在的密码不对，请再看看。"""

    code = "password_wrong"


class OwnPasswordError(ForbiddenError):
    """自己的密码，请到“登录与安全”那一页改。"""

    code = "own_password"


class PersonUnknownError(InvalidError):
    """没有找到这位居民，请先登记。"""

    code = "person_unknown"


class UserNotFoundError(NotFoundError):
    """没有找到这个账号，可能不归您管。"""

    code = "user_not_found"


class GrantNotFoundError(NotFoundError):
    """没有找到这项身份，可能已经收回。"""

    code = "grant_not_found"


class SessionNotFoundError(NotFoundError):
    """没有找到这次登录，可能已经退出。"""

    code = "session_not_found"


class TokenNotFoundError(NotFoundError):
    """没有找到这个令牌，可能已经作废。"""

    code = "token_not_found"


class GrantToSelfError(ForbiddenError):
    """不能给自己添身份，也不能收回自己的，请另一位管理员来办。"""

    code = "grant_to_self"


class RoleNotYoursToGrantError(ForbiddenError):
    """这种身份不由您来给，请找有权限的同事。"""

    code = "role_not_yours_to_grant"


class ScopeMismatchError(InvalidError):
    """这种身份的范围选得不对，请看清是网格、中心还是整个社区。"""

    code = "scope_mismatch"


class GrantEndsInPastError(InvalidError):
    """到期日 {expires_on:day} 已经过了，请选以后的日子。"""

    code = "grant_ends_in_past"


class LastAdminError(ConflictError):
    """这是社区最后一位管理员，要先添一位，才能收回。"""

    code = "last_admin"


class UserInactiveError(ConflictError):
    """这个账号已经停用，要先启用才能继续。"""

    code = "user_inactive"


class TokenScopeError(InvalidError):
    """令牌的权限不能比您自己的多：{permission}。"""

    code = "token_scope"


class TokenScopeEmptyError(InvalidError):
    """请至少选一项权限。"""

    code = "token_scope_empty"


class TokenLimitError(ConflictError):
    """令牌已经有 {count} 个，请先作废不用的。"""

    code = "token_limit"


class TokenByTokenError(ForbiddenError):
    """令牌不能用来管令牌，请登录以后再办。"""

    code = "token_by_token"


class StaffPinWeakError(InvalidError):
    """工作密码要 6 位数字，不要用 123456、888888 这样一猜就中的。"""

    code = "staff_pin_weak"


class StaffPinWrongError(InvalidError):
    """工作密码不对，还可以试 {tries_left} 次。忘了就用登录密码。"""

    code = "staff_pin_wrong"


class StaffPinLockedError(ConflictError):
    """工作密码错了太多次，{until:moment} 以后再试，或者用登录密码登录。"""

    code = "staff_pin_locked"


class StaffPinMissingError(InvalidError):
    """{name}还没有设工作密码。请本人先在“登录与安全”里设好。"""

    code = "staff_pin_missing"


class TabletNotLockedError(ConflictError):
    """这台平板没有锁着，或者时间太长要重新登录。请用登录密码登录。"""

    code = "tablet_not_locked"
