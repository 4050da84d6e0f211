"""What can be wrong with a file or a look."""

from timebank.kernel.errors import InvalidError, NotFoundError


class FileEmptyError(InvalidError):
    """文件是空的，请重新选一个。"""

    code = "file_empty"


class FileTooBigError(InvalidError):
    """文件太大了，请不要超过 {limit_mb} MB。"""

    code = "file_too_big"


class FileKindError(InvalidError):
    """这种文件不能用。能用的有：{allowed}。"""

    code = "file_kind"


class ImageBrokenError(InvalidError):
    """这张图片打不开，请换一张或重新拍。"""

    code = "image_broken"


class ImageHugeError(InvalidError):
    """这张图片的尺寸太大，请缩小后再传。"""

    code = "image_huge"


class ReasonMissingError(InvalidError):
    """请写清为什么要看，本人会看到这句话。"""

    code = "look_reason_missing"


class StoredFileNotFoundError(NotFoundError):
    """没有找到这个文件，可能已经移走，或者不归您看。"""

    code = "file_not_found"
