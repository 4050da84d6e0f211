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


class HomeMissingError(InvalidError):
    """请选住在哪个单元，您只能登记自己网格里的人。"""

    code = "home_missing"


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


class FileMissingError(InvalidError):
    """请先选一个文件，再点上传。"""

    code = "file_missing"


class RelativeUnclearError(InvalidError):
    """没有正好找到一个人。请填亲属的卡号，或登记过的手机号。"""

    code = "relative_unclear"


class FileTooLargeError(InvalidError):
    """文件超过 5 MB，请分成几份再上传。"""

    code = "file_too_large"


class FileEmptyError(InvalidError):
    """文件里没有内容，第一行要是列名，下面每行写一条。"""

    code = "file_empty"


class FileTornError(InvalidError):
    """文件打不开，可能没传完整或已损坏，请重新另存一份再上传。"""

    code = "file_torn"


class FileKindUnknownError(InvalidError):
    """这不是能导入的表格，请用 .xlsx、.xls 或 .csv。"""

    code = "file_kind_unknown"


class FileLockedError(InvalidError):
    """文件加了密码，请去掉密码再上传。"""

    code = "file_locked"


class FileHasMacrosError(InvalidError):
    """文件里带宏，请另存为不带宏的 .xlsx 再上传。"""

    code = "file_has_macros"


class FileHasFormulasError(InvalidError):
    """表里有公式（{cell}），请复制后用“只粘贴数值”替换，再上传。"""

    code = "file_has_formulas"


class FileHasNulError(InvalidError):
    """文件里有空字符，不是正常的文字表格，请重新另存为 .csv。"""

    code = "file_has_nul"


class FileUnpacksTooLargeError(InvalidError):
    """文件展开以后太大，请只留要导入的那几列，重新另存。"""

    code = "file_unpacks_too_large"


class EncodingUnknownError(InvalidError):
    """认不出文件的文字编码，请另存为“CSV UTF-8”再上传。"""

    code = "encoding_unknown"


class TooManyColumnsError(InvalidError):
    """列太多了，最多 {limit} 列，请只留要导入的那几列。"""

    code = "too_many_columns"


class TooManyRowsError(InvalidError):
    """行太多了，一次最多 {limit} 行，请分成几份再上传。"""

    code = "too_many_rows"


class ColumnsMissingError(InvalidError):
    """缺少这几列：{missing}。请对照模板改列名。"""

    code = "columns_missing"


class ColumnTwiceError(InvalidError):
    """“{title}”这一列出现了两次，请只留一列。"""

    code = "column_twice"


class CellMissingError(InvalidError):
    """这一格要填。"""

    code = "cell_missing"


class CellTooLongError(InvalidError):
    """太长了，最多 {limit} 个字。"""

    code = "cell_too_long"


class CellRoundedError(InvalidError):
    """这个数被表格改短了，后几位已经丢了。请把这一列设成文本，重新填。"""

    code = "cell_rounded"


class PlaceNumberError(InvalidError):
    """“{given}”里没有号数，要写成 3 或 3号楼 的样子。"""

    code = "place_number_invalid"


class PlaceUnknownError(InvalidError):
    """没有 {label} 这个地方，请先导入地方，或改正楼号和单元。"""

    code = "place_unknown"


class BuildingInTwoGridsError(InvalidError):
    """{building}号楼前面写在第 {grid} 网格，一栋楼只能归一个网格。"""

    code = "building_in_two_grids"


class LineTwiceError(InvalidError):
    """和第 {first} 行重复了，请删掉一行。"""

    code = "line_twice"


class ChoiceUnknownError(InvalidError):
    """不认识“{given}”，只能填：{choices}。"""

    code = "choice_unknown"


class DayInvalidError(InvalidError):
    """日期“{given}”不对，要写成 2026-03-08 的样子。"""

    code = "day_invalid"


class IdNumberDiffersError(InvalidError):
    """身份证号和已经登记的不一样，请核对是不是同一个人。"""

    code = "id_number_differs"


class HeadTwiceError(InvalidError):
    """这一户在第 {first} 行已经有户主了。"""

    code = "head_twice"


class PersonOfLineUnknownError(InvalidError):
    """居民里没有“{given}”这个人，请先导入人员，或改正姓名。"""

    code = "person_of_line_unknown"


class PersonOfLineUnclearError(InvalidError):
    """叫“{given}”的不止一人，请填上手机号或卡号。"""

    code = "person_of_line_unclear"


class BatchNotFoundError(NotFoundError):
    """没有这次导入，可能已经过期，请重新上传。"""

    code = "import_not_found"


class BatchSettledError(ConflictError):
    """这次导入已经处理过了，不能再确认一次。"""

    code = "import_settled"


class BatchHasProblemsError(ConflictError):
    """还有 {count} 行不对，改好文件重新上传，才能写入。"""

    code = "import_has_problems"


class BatchStaleError(ConflictError):
    """预览之后资料变了，没有写入。请重新上传，再看一遍预览。"""

    code = "import_stale"
