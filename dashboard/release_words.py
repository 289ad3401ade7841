"""Why a release is approved, declined or withdrawn, in words."""

from dashboard.wording import _


def whys() -> dict[str, str]:
    """Name the reasons of a decision; the keys are `data.pipeline.WHY`."""
    return {
        "planned": _("As planned"),
        "needed_soon": _("Needed for a meeting or report"),
        "figures_wrong": _("Figures are wrong"),
        "not_complete": _("Reports are missing"),
        "shows_too_much": _("It could show too much"),
        "asked_by_mistake": _("Asked by mistake"),
    }
