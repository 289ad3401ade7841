"""How people are kept safe: the answer, an invented example step by step, what is not promised."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from markupsafe import Markup

from dashboard.i18n import wording
from dashboard.i18n.wording import _, number
from dashboard.page import layout
from dashboard.page.markup import render
from data.model import Audience, IndicatorClass, ReleaseInfo
from data.reference.policy import load_policy

# The example: members in invented wards. Ward B is small, C and D are hidden for its sake. A test
# holds the four against the policy and against every table that a reader could think of.
MEMBERS = {"A": 14, "B": 3, "C": 11, "D": 12}
SMALL, MORE = "B", ("C", "D")
HIDDEN = (SMALL, *MORE)
_write = partial(layout.write_markup, "sima-safety")


def _ward_names() -> dict[str, str]:
    return {"A": _("Ward A"), "B": _("Ward B"), "C": _("Ward C"), "D": _("Ward D")}


def could_be(members: Mapping[str, int], hidden: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return the least and greatest number that each ward can have.

    They are those for a reader who knows the total and every ward that is not hidden.
    """
    together = sum(members[ward] for ward in hidden)
    return {
        ward: (0, together) if ward in hidden and len(hidden) > 1 else (count, count)
        for ward, count in members.items()
    }


# ---- the answer, and which numbers are small


def write_answer() -> None:
    """Write the answer that the page opens with."""
    texts = (
        _("We store no names, ages, phone numbers or stories."),
        _(
            "We hide small numbers, and every number that would reveal a hidden one. Before each"
            " release, a computer checks this: it acts like a person who tries to work out the"
            " hidden numbers."
        ),
    )
    _write(render("page/paragraphs.html.j2", texts=texts, kind=""), "lead")


def _least(audience: Audience, indicator_class: IndicatorClass) -> str:
    """Format the smallest number that an audience sees."""
    threshold = load_policy().threshold(audience, indicator_class)
    if threshold is None:
        return _("any number")
    return _("{count} or more").format(count=number(threshold))


def write_thresholds() -> None:
    """Write the table of the smallest numbers that each audience sees."""
    names = {
        IndicatorClass.AT_RISK: _("People contacted or helped"),
        IndicatorClass.PEOPLE: _("Group members, people trained"),
        IndicatorClass.ORGANISATIONAL: _("Groups, meetings, budgets"),
    }
    audiences = (Audience.PUBLIC, Audience.PARTNER)
    _write(
        render(
            "safety/thresholds.html.j2",
            caption=_("Numbers that may be shown (policy version {policy})").format(
                policy=wording.in_digits(load_policy().version)
            ),
            heads=(_("What is counted"), _("To everyone"), _("To partners")),
            rows=[
                (name, [(_least(audience, kind), "") for audience in audiences])
                for kind, name in names.items()
            ],
            partners=_("Partners are the deputy mayors and planners who sign in."),
        ),
        "least",
    )


# ---- the example
# A cell of its tables is a text and a class: "hatch" is hidden, "found" is worked out exactly,
# "safe" only within limits.


def _subtraction(whole: int, *parts: int) -> tuple[str, str]:
    """Format a subtraction: its terms, and its result."""
    return " − ".join(number(each) for each in (whole, *parts)), number(whole - sum(parts))


def _shown(ward: str, hidden: Collection[str]) -> tuple[str, str]:
    """Return the cell of what stands in the table of a reader."""
    return (_("hidden"), "hatch") if ward in hidden else (number(MEMBERS[ward]), "")


def _known(ward: str, hidden: Collection[str]) -> tuple[str, str]:
    """Return the cell of what a reader can work out."""
    low, high = could_be(MEMBERS, hidden)[ward]
    if ward not in hidden:
        return number(low), ""
    if low == high:
        return number(low), "found"
    return _("{low} to {high}").format(low=number(low), high=number(high)), "safe"


def _step(
    n: int, title: str, text: str, *, reported: bool, hidden: Sequence[str]
) -> dict[str, object]:
    """Return one step: what is done, and the table after it."""
    total = (number(sum(MEMBERS.values())), "")
    if reported:
        heads = (_("Reported"), _("Shown"))
        rows = [
            (name, [(number(MEMBERS[ward]), ""), _shown(ward, hidden)])
            for ward, name in _ward_names().items()
        ]
    else:
        heads = (_("Shown"), _("A reader knows"))
        rows = [
            (name, [_shown(ward, hidden), _known(ward, hidden)])
            for ward, name in _ward_names().items()
        ]
    return {
        "title": title,
        "text": text,
        "caption": _("Invented palika, step {n}").format(n=number(n)),
        "heads": (_("Place"), *heads),
        "rows": [*rows, (_("Total"), [total, total])],
        "sum": None,
        "end": "",
    }


def example() -> Markup:
    """Return the example in three steps."""
    wards = _ward_names()
    total = sum(MEMBERS.values())
    open_wards = [count for ward, count in MEMBERS.items() if ward not in HIDDEN]
    others = [count for ward, count in MEMBERS.items() if ward != SMALL]
    low, high = could_be(MEMBERS, HIDDEN)[SMALL]
    least = load_policy().threshold(Audience.PARTNER, IndicatorClass.PEOPLE) or 0
    small = _("{ward} has {count} members. That is fewer than {least}, so nobody sees it.")
    more = _(
        "{first} and {second} are hidden too. The three hidden wards have {left} members together,"
        " and a reader knows no more:"
    )
    end = _("{ward} can have any number from {low} to {high}. Nobody can tell which.")
    hide = _step(
        1,
        _("Hide the small number"),
        small.format(ward=wards[SMALL], count=number(MEMBERS[SMALL]), least=number(least)),
        reported=True,
        hidden=(SMALL,),
    )
    subtract = _step(
        2,
        _("But anyone can subtract"),
        _("The total and the other wards are still shown. So a reader can subtract them:"),
        reported=False,
        hidden=(SMALL,),
    )
    hide_more = _step(
        3,
        _("So hide two more"),
        more.format(
            first=wards[MORE[0]],
            second=wards[MORE[1]],
            left=number(total - sum(open_wards)),
        ),
        reported=False,
        hidden=HIDDEN,
    )
    steps = [
        hide,
        {**subtract, "sum": _subtraction(total, *others)},
        {
            **hide_more,
            "sum": _subtraction(total, *open_wards),
            "end": end.format(ward=wards[SMALL], low=number(low), high=number(high)),
        },
    ]
    return render("safety/example.html.j2", steps=steps)


def insider() -> Markup:
    """Return why a ward that knows its own number cannot work out another."""
    wards = _ward_names()
    knows = MORE[0]
    others = [ward for ward in HIDDEN if ward != knows]
    left = could_be(MEMBERS, others)[SMALL][1]
    text = _(
        "The group in {ward} knows its own number, {known}. If only two wards were hidden, it could"
        " subtract and know the other one. With three it only learns that {first} and {second} have"
        " {left} together."
    ).format(
        ward=wards[knows],
        known=number(MEMBERS[knows]),
        first=wards[others[0]],
        second=wards[others[1]],
        left=number(left),
    )
    return render(
        "safety/insider.html.j2",
        question=_("Why two more, and not one?"),
        answer=text,
        rest=_(
            "Nobody can see which of the three was the small one. Sometimes we hide the total, and"
            " not two more wards."
        ),
    )


def write_example() -> None:
    """Write the example: what it is about, its steps, and why two more wards are hidden."""
    invented = _(
        "This palika, its wards and their numbers are invented. The numbers are members of parents'"
        " groups."
    )
    mark = _("hidden to keep people safe")
    _write(render("safety/key.html.j2", invented=invented, mark=mark))
    _write(example(), "steps")
    _write(insider())


# ---- what else is done, and what is not promised


def _write_list(rows: Sequence[tuple[str, str]]) -> None:
    """Write a list: each line begins with what it is about."""
    _write(render("safety/list.html.j2", rows=rows))


def write_measures() -> None:
    """Write what else is done to keep people safe."""
    lower, middle = load_policy().class_edges
    _write_list(
        (
            (
                _("No hidden data in the page."),
                _("A hidden number is not in the release at all. So there is nothing to find."),
            ),
            (
                _("Zeros."),
                _(
                    "When we count people, we hide zeros together with small numbers. If zeros"
                    " were shown, everyone would know that a hidden place has at least one person."
                ),
            ),
            (
                _("Time."),
                _(
                    "A published figure stays as it is, and a hidden figure stays hidden, until we"
                    " publish a new version of all figures of that year together. Corrections wait"
                    " until then."
                ),
            ),
            (
                _("Sensitive figures."),
                _(
                    "For stopped journeys, rescues and what followed, the public does not see the"
                    " number. It sees only whether the number is lower ({lower} or fewer), middle"
                    " (more than {lower}, up to {middle}) or higher (more than {middle}). Each"
                    " figure is about a whole district or more, and is published at least one full"
                    " quarter after its period ended."
                ).format(lower=number(lower), middle=number(middle)),
            ),
            (
                _("Places that did not report."),
                _(
                    "If a place sent no report on people contacted or helped, the public map shows"
                    " it as hidden. So traffickers cannot find out where nobody is watching."
                ),
            ),
            (
                _("Two kinds of reader."),
                _(
                    "Partners see the public figures too. So the public figures and the partners'"
                    " figures are checked together."
                ),
            ),
            (
                _("Two people."),
                _(
                    "One person requests a release and another approves it. A release can be"
                    " withdrawn at once."
                ),
            ),
            (
                _("Files."),
                _("A file with a name or other details of a person is refused and not kept."),
            ),
        )
    )


def write_limits() -> None:
    """Write what cannot be promised."""
    threshold = load_policy().threshold(Audience.PUBLIC, IndicatorClass.AT_RISK) or 1
    _write_list(
        (
            (
                _("Other publications."),
                _("Sima cannot protect what somebody publishes elsewhere."),
            ),
            (
                _("People who report."),
                _(
                    "They know their own figures. If several of them combine their figures, they"
                    " may work out another one."
                ),
            ),
            (
                _("Hidden does not mean few."),
                _("A large number may be hidden to protect another place."),
            ),
            (
                _("Sometimes one can tell that a hidden number is small."),
                _(
                    "The rules are public, so somebody can try them on all numbers that are"
                    " possible. But nobody can tell how small it is: for example, anything from 0"
                    " to {most}."
                ).format(most=number(threshold - 1)),
            ),
        )
    )


def write_release(release: ReleaseInfo) -> None:
    """Write how large the public release is, and how much of it is hidden."""
    facts = (
        (_("Release"), number(release.number)),
        (_("Entries in its tables"), number(release.cells)),
        (_("Of these, hidden"), number(release.suppressed)),
        (
            _("Version of the rules for hiding small numbers"),
            wording.in_digits(release.policy_version),
        ),
    )
    _write(render("safety/release.html.j2", facts=facts))
