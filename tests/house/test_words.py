"""Both languages are complete: what is Chinese in the source has its English, and nothing hides."""

import ast
import re
import string
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from tests.house import trees

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Data in the language of the files it meets, or of the people it names; never shown as our words.
NOT_WORDS = (
    "timebank/cli/",
    "timebank/static/",
    "timebank/community/service/imports",
    "timebank/community/rules",
    "timebank/volunteering/service/certificate_paper",  # a layout keeps its words in both
    "timebank/web/service_units",  # what services are counted in, in both
    "timebank/bank/rules",
    "timebank/kernel/capitals",  # the figures of vouchers
    "timebank/cases/service/case_list",  # columns of lists that offices above send
    "timebank/cases/rules/open311_doors",  # what people write for a door
    "timebank/cofund/rules/register",  # what people write for a door
    "timebank/cofund/rules/finding",  # what banks and people write into a transfer
    "timebank/cofund/rules/payees",  # what ends the name of a firm
    "timebank/cofund/rules/rooms",
)

# Where a room says what it tells people: the docstrings of the classes are the sentences.
NOTICES = ("/rules/notices.py", "_notices.py", "/notices/rules/notice.py")


def english() -> dict[str, str]:
    """Every translation of every room."""
    found: dict[str, str] = {}
    for path in sorted((trees.PACKAGE / "translations" / "en").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id and message.string:
                    found[str(message.id)] = str(message.string)
    return found


def _in_templates() -> dict[str, str]:
    found = {}
    for path in trees.templates():
        source = BytesIO(path.read_bytes())
        for _, _, message, _ in babel_extract(
            source, ("_", "gettext", "ngettext"), (), {"trimmed": "false", "encoding": "utf-8"}
        ):
            for one in message if isinstance(message, tuple) else (message,):
                if one:
                    found[one] = trees.label(path)
    return found


def _is_words(path: Path) -> bool:
    """Commands speak both languages side by side and need no catalogue."""
    return path.name != "cli.py" and not trees.label(path).startswith(NOT_WORDS)


def _docstrings(tree: ast.Module, *, of_notices: bool) -> set[int]:
    """The ids of the constants that are docstrings of anything but an error or a notice."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                is_error = isinstance(node, ast.ClassDef) and node.name.endswith("Error")
                is_notice = isinstance(node, ast.ClassDef) and of_notices
                if not (is_error or is_notice):
                    found.add(id(first.value))
    return found


def _in_code() -> dict[str, str]:
    found = {}
    for path in filter(_is_words, trees.modules()):
        tree = trees.tree(path)
        skipped = _docstrings(tree, of_notices=trees.label(path).endswith(NOTICES))
        pieces = {
            id(value)
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for value in node.values
        }
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                continue
            if id(node) not in skipped | pieces and CHINESE.search(node.value):
                found[node.value.strip()] = trees.label(path)
    return found


def test_every_word_in_templates_has_its_english() -> None:
    known = english()
    assert {m: where for m, where in _in_templates().items() if m not in known} == {}


def test_every_word_in_code_has_its_english() -> None:
    known = english()
    single = re.compile(r"^(年|月|日|今天|周.|小时|分|天)$|^[年月日]$")
    missing = {m: w for m, w in _in_code().items() if m not in known and not single.match(m)}
    assert missing == {}


def test_no_chinese_stands_in_a_template_outside_its_words() -> None:
    guilty = {}
    for path in trees.templates():
        text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text, flags=re.DOTALL)
        text = text.replace("中文", "")  # the name of the language, in the language
        if CHINESE.search(text):
            guilty[trees.label(path)] = CHINESE.findall(text)[:10]
    assert guilty == {}


def test_no_english_translation_still_holds_chinese() -> None:
    assert {k: v for k, v in english().items() if CHINESE.search(v.replace("中文", ""))} == {}


def _placeholders(text: str) -> set[str]:
    names = set(re.findall(r"%\(\w+\)[sd]", text))
    return names | {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_translations_keep_every_placeholder() -> None:
    wrong = {}
    for chinese, text in english().items():
        has_places = "{" in chinese or "%(" in chinese
        if has_places and _placeholders(chinese) != _placeholders(text):
            wrong[chinese] = text
    assert wrong == {}


def test_extraction_sees_plain_gettext() -> None:
    """The reader of sources works at all: a sentinel is found."""
    found = list(extract("python", BytesIO("gettext('有')".encode())))
    assert found
