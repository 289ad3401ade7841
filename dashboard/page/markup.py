"""Markup that several pages write, its texts escaped."""

import html
from collections.abc import Iterable

import streamlit as st


def paragraph(text: str, kind: str = "") -> str:
    """Write a paragraph of a text that is not markup."""
    return f'<p class="{kind}">{html.escape(text)}</p>' if kind else f"<p>{html.escape(text)}</p>"


def write_rows_table(rows: Iterable[tuple[str, str, str, str]], label: str) -> None:
    """Write rows of name, what it is of, figure and status as a table."""
    body = "".join(
        f'<tr class="{status}"><th scope="row">{html.escape(name)}<small>{html.escape(of)}</small>'
        f"</th><td>{html.escape(figure)}</td></tr>"
        for name, of, figure, status in rows
    )
    st.html(
        '<div class="sima-table short" tabindex="0" role="region"'
        f' aria-label="{html.escape(label)}">'
        f"<table><tbody>{body}</tbody></table></div>"
    )
