"""What can be wrong with the register of owners, one class each."""

from timebank.kernel.errors import InvalidError


class RegisterLinesError(InvalidError):
    """第 {lines} 行看不懂。请写成：7-1-1202, 89.50, 王建国。"""

    code = "register_lines"


class RegisterEmptyError(InvalidError):
    """请至少写一行：楼-单元-房号, 面积, 产权人。"""

    code = "register_empty"


class RegisterTooLongError(InvalidError):
    """一次最多 {limit} 行，请分几次录入。"""

    code = "register_too_long"


class RegisterTwiceError(InvalidError):
    """{door} 写了两次，请只留一行。"""

    code = "register_twice"


class DoorsUnknownError(InvalidError):
    """社区里没有这些户：{doors}。请先在居民信息里建户。"""

    code = "doors_unknown"
