"""Every page has its template, every template its title and its page; nothing decides in them."""

import ast
import re

from tests.house import trees

FRAMES = {"_layout", "_parts"}


def _rendered() -> set[str]:
    """Every template name that a module hands to ``render_template``."""
    names = set()
    for path in trees.modules():
        for node in ast.walk(trees.tree(path)):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and re.fullmatch(r"[a-z_0-9]+/[a-z_0-9/]+\.html", text):
                names.add(text)
    return names


def _names() -> set[str]:
    return {str(path.relative_to(trees.TEMPLATES)) for path in trees.templates()}


def test_every_rendered_template_exists() -> None:
    assert _rendered() - _names() == set()


def test_every_template_is_used() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in trees.templates())
    unused = {
        name
        for name in _names() - _rendered()
        if f'"{name}"' not in sources and f"'{name}'" not in sources
    }
    assert unused == set()


def test_every_page_has_a_title() -> None:
    untitled = []
    for path in trees.templates():
        text = path.read_text(encoding="utf-8")
        is_page = "{% extends" in text and path.parent.name not in FRAMES
        if is_page and "{% block title %}" not in text:
            untitled.append(trees.label(path))
    assert untitled == []


def test_no_template_carries_inline_style_or_handler() -> None:
    pattern = re.compile(r"\sstyle=|\son[a-z]+=\"|javascript:", re.IGNORECASE)
    guilty = [
        trees.label(path)
        for path in trees.templates()
        if pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert guilty == []


def test_no_template_switches_off_escaping() -> None:
    """The icons' drawings are constants of their file; nothing else is taken as it is."""
    guilty = [
        trees.label(path)
        for path in trees.templates()
        if path.name != "icons.html"
        and re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text(encoding="utf-8"))
    ]
    assert guilty == []


def test_every_post_form_is_keyed_and_guarded() -> None:
    guilty = []
    for path in trees.templates():
        text = path.read_text(encoding="utf-8")
        for form in re.findall(r"<form\b.*?</form>", text, re.DOTALL):
            is_post = re.search(r'method="post"', form, re.IGNORECASE)
            if is_post and "hidden_fields()" not in form and "csrf_token()" not in form:
                guilty.append(trees.label(path))
    assert guilty == []
