"""How hotspots are calculated, for readers without statistics; docs/hotspots.md has the rest."""

from markupsafe import Markup

from dashboard.i18n.wording import _
from dashboard.page.markup import render


def method() -> Markup:
    """Return the method in plain words, with its sources."""
    steps = (
        _(
            "We divide the journeys stopped by the people informed. So a place is not a hotspot"
            " just because its booth is busy."
        ),
        _(
            "Small numbers vary by chance. So where few people were informed, we move the figure"
            " towards the average of all places."
        ),
        _(
            "We call a place clearly higher only if it and its neighbours together are higher than"
            " chance explains, and a second, different test agrees."
        ),
        _("We accept that about one in twenty places called clearly higher may be wrong."),
        _(
            "Where there is no booth, or a figure is hidden, we say “too little data”. We never"
            " fill in a zero."
        ),
        _(
            "The public sees only districts, by half-year and at least three months later. Counts"
            " are made less exact before any calculation."
        ),
    )
    return render("hotspots/method.html.j2", steps=steps, heading=_("Sources"), sources=sources())


def sources() -> list[tuple[str, str]]:
    """Return each step of the method with its source."""
    return [
        (_("moving small numbers towards the average"), "Applied Statistics 40 (1991), 283–294"),
        (_("a place with its neighbours"), "Geographical Analysis 27 (1995), 286–306"),
        (_("how many findings may be wrong"), "J. R. Stat. Soc. B 57 (1995), 289–300"),
        (_("the second test"), "Commun. Stat. Theory Methods 26 (1997), 1481–1496"),
        (_("a trend over time"), "Econometrica 13 (1945), 245–259"),
        (_("the intervals"), "Statistical Methods in Cancer Research II (IARC 1987), 69"),
    ]
