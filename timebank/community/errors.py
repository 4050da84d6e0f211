"""What the community room refuses, one class for each broken rule."""

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class CommunityNotFoundError(NotFoundError):
    """没有这个社区。"""

    code = "community_not_found"


class PersonNotFoundError(NotFoundError):
    """没有找到这个人，可能不在您负责的范围。"""

    code = "person_not_found"


class MicroGridNotFoundError(NotFoundError):
    """没有找到这个单元，请从列表里选。"""

    code = "micro_grid_not_found"


class PhoneInvalidError(InvalidError):
    """手机号“{given}”不对，要 11 位，从 1 开头；座机带区号，比如 0532-86880000。"""

    code = "phone_invalid"


class IdNumberInvalidError(InvalidError):
    """身份证号不对，要 18 位，最后一位可以是 X。请对着证件再看一遍。"""

    code = "id_number_invalid"


class NameInvalidError(InvalidError):
    """姓名“{given}”不对，只写名字，不超过 40 个字。"""

    code = "name_invalid"


class BirthdayInvalidError(InvalidError):
    """出生日期“{given}”不对，要写成 1952-03-08，不能晚于今天。"""

    code = "birthday_invalid"


class SexDisagreesError(InvalidError):
    """性别和身份证号对不上，请核对。"""

    code = "sex_disagrees"


class BirthdayDisagreesError(InvalidError):
    """出生日期和身份证号对不上，请核对。"""

    code = "birthday_disagrees"


class CardNumberInvalidError(InvalidError):
    """卡号“{given}”不对，要写成 {code}-00417 的样子。"""

    code = "card_number_invalid"


class PersonKnownError(ConflictError):
    """这个人已经登记过了，卡号或门牌见人员列表，不用再登记。"""

    code = "person_known"


class CardTakenError(ConflictError):
    """卡号 {card_no} 已经是别人的了，请换一个。"""

    code = "card_taken"


class KinToSelfError(InvalidError):
    """自己和自己不能登记亲属关系，请选另一个人。"""

    code = "kin_to_self"


class ReasonMissingError(InvalidError):
    """要看全号，先写原因，本人会看到。"""

    code = "reason_missing"


class RoleHeldError(ConflictError):
    """这个人已经在这里担任这个角色了。"""

    code = "role_held"


class RolePlaceError(InvalidError):
    """这个角色要定在{place}上，请选对地方。"""

    code = "role_place_wrong"
