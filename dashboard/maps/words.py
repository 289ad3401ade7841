"""The words that every map needs, at an address that contains their hash."""

import hashlib
import json
from functools import cache
from typing import Any

from dashboard.i18n import labels, status_text, wording
from dashboard.i18n.wording import _
from dashboard.maps import choices
from dashboard.released.selection import NO_CELL
from data.model import Status

GEOMETRY = "/geometry/"
FOREVER = "public, max-age=31536000, immutable"


def map_words() -> dict[str, Any]:
    """Return the words that the browser writes on a map, in the language in use."""
    return choices.choice_words() | {
        "more": _("More choices"),
        "hidden": status_text.status_name(Status.SUPPRESSED),
        "silent": status_text.status_name(Status.NOT_REPORTED),
        "apart": status_text.status_name(Status.NOT_APPLICABLE),
        "no_cell": status_text.status_name(NO_CELL),
        "see": _("{place} as a whole: {figure}"),
        "no_coarser": _("no figure for a larger area in this period"),
        **labels.class_names(),
        "booth": _("information booth"),
        "circles": _("largest circle:"),
        "diagram": _("One tile for each ward. Tiles do not show where the wards lie."),
        "disclaimer": _("Boundaries shown do not imply any opinion on their legal status."),
        "north": _("North is up"),
        "small": _("Small map:"),
        "keep": _("Save this map as a picture"),
        "keep_png": _("Save as PNG"),
        "keep_svg": _("Save as SVG"),
        "home": _("Show the whole area"),
        "others": _("Other places, not covered by this figure: {count}"),
        "show_all": _("Show all {count} places"),
        "summary": _("Places with a figure: {shown}. Hidden: {hidden}. Not reported: {silent}."),
    }


@cache
def words_file(language: str) -> tuple[str, bytes]:
    """Return the hash and the JSON of the map's words in one language (made once a process)."""
    before = wording.language()
    wording.speak(language)
    try:
        content = json.dumps(map_words(), ensure_ascii=False).encode()
    finally:
        wording.speak(before)
    return hashlib.sha256(content).hexdigest()[:16], content


def words_address() -> str:
    """Return the address of the map's words in the language in use."""
    language = wording.language()
    return f"/words/{language}/{words_file(language)[0]}.json"
