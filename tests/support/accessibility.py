"""What keeps people out of a page, as axe-core finds it."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Only Streamlit could change these: a rule, a part of the element that breaks it, and why we cannot.
STREAMLITS: tuple[tuple[str, str, str], ...] = ()
_RUN = """() => axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  violations.flatMap(({ id, impact, nodes }) => nodes.map(({ target, html }) =>
    [impact, id, target.join(" "), html])))"""


def barriers(page: Page) -> list[str]:
    """List what is serious or critical, with the element; Streamlit's own are left out."""
    page.evaluate(AXE_SCRIPT)  # a page's policy keeps out scripts of others, not a debugger
    return [
        f"{impact} {rule}: {target}: {html[:160]}"
        for impact, rule, target, html in page.evaluate(_RUN)
        if impact in ("serious", "critical")
        and not any(rule == known and part in html for known, part, _why in STREAMLITS)
    ]
