"""Markup of pages: Jinja2 templates below ``dashboard/templates``, every text escaped.

A template holds elements and classes, never a sentence: sentences are passed to it in the language
in use, so that the catalogue finds all of them in Python.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboard.i18n import wording

TEMPLATES = Path(__file__).parents[1] / "templates"


@cache
def _environment() -> Environment:
    """Return the environment of all templates: escaping is on, a missing value is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["number"] = wording.number
    made.filters["digits"] = wording.in_digits
    return made


def render(template: str, **values: object) -> Markup:
    """Fill a template; texts are escaped, `Markup` made by another template is not.

    Parameters
    ----------
    template
        Its path below ``dashboard/templates``, such as ``page/rows_table.html.j2``.
    values
        What the template names; a missing one raises `jinja2.UndefinedError`.
    """
    return Markup(_environment().get_template(template).render(values).strip())  # noqa: S704  # made by a template


def write_rows_table(rows: Iterable[tuple[str, str, str, str]], label: str) -> None:
    """Write rows of name, period, figure and status as a table."""
    st.html(render("page/rows_table.html.j2", rows=rows, label=label))
