"""How templates are drawn: as Jinja does, with less said anew for each of a page's thousand parts.

What is shown is the same, sign by sign; ``tests/web/test_drawing.py`` compares both.
"""

import re
from types import FunctionType, MethodType
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

_PLAIN = (FunctionType, MethodType)
_signs_in = re.compile("[&<>'\"]").search


def shown(value: Any) -> str:
    """Return a value as it stands on a page, every sign of HTML in it escaped."""
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]  # its kind was just asked
    if kind is int:
        return str(value)
    if kind is str and not _signs_in(value):
        return value  # type: ignore[no-any-return]  # likewise
    return escape(value)


class QuickContext(Context):
    """A context that calls macros and plain functions without asking what else they may be."""

    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what a template calls."""
        kind = type(called)
        if kind is Macro:
            args = (self.eval_ctx, *args)
        elif kind not in _PLAIN or hasattr(called, "jinja_pass_arg"):
            return super().call(called, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return called(*args, **kwargs)


class QuickGenerator(CodeGenerator):
    """Writes a template's code with ``shown`` where a value stands on the page."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        """Begin to write a value; nothing is finalised here, and HTML is known when compiled."""
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write("environment.shown(")
        else:
            super()._output_child_pre(node, frame, finalize)


class Drawing(Environment):
    """The environment of every template."""

    context_class = QuickContext
    code_generator_class = QuickGenerator

    def __init__(self, app: Flask, **options: Any) -> None:
        """Give the compiled templates what they call."""
        super().__init__(app, **options)
        self.shown = shown
