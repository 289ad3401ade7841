"""How people are kept safe: an answer, an invented example step by step, and what is not promised."""

import html
from collections.abc import Collection, Iterable, Mapping
from functools import partial

import streamlit as st

from dashboard.i18n import wording
from dashboard.i18n.wording import _, number
from dashboard.page import layout
from dashboard.released import cache
from data.model import Audience, IndicatorClass
from data.reference.policy import load_policy

write = partial(layout.write_markup, "sima-safety")

# The example: members in invented wards. Ward B is small, C and D are hidden for its sake. A test
# holds the four against the policy and against every table that a reader could think of.
MEMBERS = {"A": 14, "B": 3, "C": 11, "D": 12}
SMALL, MORE = "B", ("C", "D")
HIDDEN = (SMALL, *MORE)
WARDS = {"A": _("Ward A"), "B": _("Ward B"), "C": _("Ward C"), "D": _("Ward D")}


def could_be(members: Mapping[str, int], hidden: Collection[str]) -> dict[str, tuple[int, int]]:
    """Give the least and greatest number of each ward, for who knows the others and the total."""
    together = sum(members[ward] for ward in hidden)
    return {
        ward: (0, together) if ward in hidden and len(hidden) > 1 else (count, count)
        for ward, count in members.items()
    }


def table(caption: str, heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a table: a row is its name and its cells, which are markup."""
    columns = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    lines = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>{"".join(cells)}</tr>'
        for name, *cells in rows
    )
    return (
        f"<table><caption>{html.escape(caption)}</caption>"
        f"<thead><tr>{columns}</tr></thead><tbody>{lines}</tbody></table>"
    )


def items(texts: Iterable[tuple[str, str]]) -> str:
    """Write a list: each line begins with what it is about."""
    lines = "".join(f"<li><b>{html.escape(a)}</b> {html.escape(b)}</li>" for a, b in texts)
    return f"<ul>{lines}</ul>"


def minus(whole: int, *parts: int) -> str:
    """Write a subtraction with its result."""
    terms = " − ".join(number(each) for each in (whole, *parts))
    return f'<p class="sum">{terms} = <b>{number(whole - sum(parts))}</b></p>'


def shown(ward: str, hidden: Collection[str]) -> str:
    """Write the cell that says what stands in the table of a reader."""
    if ward in hidden:
        return f'<td class="hatch"><span>{html.escape(_("hidden"))}</span></td>'
    return f"<td>{number(MEMBERS[ward])}</td>"


def known(ward: str, hidden: Collection[str]) -> str:
    """Write the cell that says what a reader can work out."""
    low, high = could_be(MEMBERS, hidden)[ward]
    if ward not in hidden:
        return f"<td>{number(low)}</td>"
    if low == high:
        return f'<td class="found"><b>{number(low)}</b></td>'
    said = _("{low} to {high}").format(low=number(low), high=number(high))
    return f'<td class="safe"><b>{html.escape(said)}</b></td>'


def step(
    n: int, title: str, text: str, *, reported: bool, hidden: Collection[str], end: str
) -> str:
    """Write one step: what is done, the table after it, and what follows from the table."""
    total = f"<td>{number(sum(MEMBERS.values()))}</td>"
    heads = (_("Reported"), _("Shown")) if reported else (_("Shown"), _("A reader knows"))
    rows = [
        (name, f"<td>{number(MEMBERS[w])}</td>", shown(w, hidden))
        if reported
        else (name, shown(w, hidden), known(w, hidden))
        for w, name in WARDS.items()
    ]
    caption = _("Invented palika, step {n}").format(n=number(n))
    figures = table(caption, (_("Place"), *heads), [*rows, (_("Total"), total, total)])
    return (
        f'<section><h3><b aria-hidden="true">{number(n)}</b>{html.escape(title)}</h3>'
        f"<p>{html.escape(text)}</p>{figures}{end}</section>"
    )


def example() -> str:
    """Tell the example in three steps."""
    total = sum(MEMBERS.values())
    open_wards = [count for ward, count in MEMBERS.items() if ward not in HIDDEN]
    others = [count for ward, count in MEMBERS.items() if ward != SMALL]
    low, high = could_be(MEMBERS, HIDDEN)[SMALL]
    least = load_policy().threshold(Audience.PARTNER, IndicatorClass.PEOPLE) or 0
    small = _("{ward} has {count} members. That is fewer than {least}, so nobody sees it.")
    more = _("{first} and {second} are hidden too. The three hidden wards together have:")
    end = _("{ward} can have any number from {low} to {high}. Nobody can tell which.").format(
        ward=WARDS[SMALL], low=number(low), high=number(high)
    )
    return "".join(
        (
            step(
                1,
                _("Hide the small number"),
                small.format(ward=WARDS[SMALL], count=number(MEMBERS[SMALL]), least=number(least)),
                reported=True,
                hidden=(SMALL,),
                end="",
            ),
            step(
                2,
                _("But anyone can subtract"),
                _("The total and the other wards are still shown. So a reader can subtract them:"),
                reported=False,
                hidden=(SMALL,),
                end=minus(total, *others),
            ),
            step(
                3,
                _("So hide two more"),
                more.format(first=WARDS[MORE[0]], second=WARDS[MORE[1]]),
                reported=False,
                hidden=HIDDEN,
                end=f'{minus(total, *open_wards)}<p class="end">{html.escape(end)}</p>',
            ),
        )
    )


def insider() -> str:
    """Say why a ward that knows its own number cannot work out another."""
    knows = MORE[0]
    others = [ward for ward in HIDDEN if ward != knows]
    left = could_be(MEMBERS, others)[SMALL][1]
    text = _(
        "The group in {ward} knows its own number, {known}. If only two wards were hidden, it could subtract and know the other one. With three it only learns that {first} and {second} have {left} together."
    ).format(
        ward=WARDS[knows],
        known=number(MEMBERS[knows]),
        first=WARDS[others[0]],
        second=WARDS[others[1]],
        left=number(left),
    )
    rest = _(
        "Nobody can see which of the three was the small one. Sometimes the total is hidden instead."
    )
    return (
        f"<p><b>{html.escape(_('Why two more, and not one?'))}</b> {html.escape(text)}</p>"
        f"<p>{html.escape(rest)}</p>"
    )


def least(audience: Audience, indicator_class: IndicatorClass) -> str:
    """Write the cell of the smallest number that an audience sees."""
    threshold = load_policy().threshold(audience, indicator_class)
    if threshold is None:
        return f"<td>{html.escape(_('any number'))}</td>"
    return f"<td>{html.escape(_('{count} or more').format(count=number(threshold)))}</td>"


st.title(_("How we keep people safe"))
answer = (
    _("We store no names, ages, phone numbers or stories."),
    _(
        "We hide small numbers, and every number that would reveal a hidden one. Before each release, a computer plays the attacker to check this."
    ),
)
write(f"<p>{html.escape(answer[0])}</p><p>{html.escape(answer[1])}</p>", "lead")

st.header(_("Which numbers are small"))
classes = {
    IndicatorClass.AT_RISK: _("People contacted or helped"),
    IndicatorClass.PEOPLE: _("Group members, people trained"),
    IndicatorClass.ORGANISATIONAL: _("Groups, meetings, budgets"),
}
partners = _("Partners are the palikas, planners and organisations of the programme.")
write(
    table(
        _("Numbers that may be shown (policy version {policy})").format(
            policy=wording.in_digits(load_policy().version)
        ),
        (_("What is counted"), _("To everyone"), _("To partners")),
        [(name, *(least(audience, kind) for audience in (Audience.PUBLIC, Audience.PARTNER)))
         for kind, name in classes.items()],
    )
    + f"<p>{html.escape(partners)}</p>",
    "least",
)  # fmt: skip

st.header(_("An example, step by step"))
invented = _(
    "This palika, its wards and their numbers are invented. The numbers are members of parents' groups."
)
mark = _("hidden to keep people safe")
write(
    f"<p>{html.escape(invented)}</p>"
    f'<p class="key"><i class="hatch" aria-hidden="true"></i>{html.escape(mark)}</p>'
)
write(example(), "steps")
write(insider())

also, limits = st.columns([3, 2], gap="medium")
with also:
    st.header(_("What we also do"))
    write(
        items(
            (
                (
                    _("No hidden data in the page."),
                    _("A hidden number is not in the release at all. So there is nothing to find."),
                ),
                (
                    _("Zeros."),
                    _(
                        "We hide zeros together with small numbers. If zeros were shown, everyone would know that a hidden place has at least one person."
                    ),
                ),
                (
                    _("Time."),
                    _(
                        "A later release never changes a figure and never reveals a hidden one. Corrections wait for the yearly restatement, when a whole year is published again."
                    ),
                ),
                (
                    _("Sensitive figures."),
                    _(
                        "Stopped journeys, rescues and what followed are public only as lower, middle or higher. They cover a whole district or more and come at least one full quarter later."
                    ),
                ),
                (
                    _("Places that did not report."),
                    _(
                        "If a place sent no report on people contacted or helped, the public map shows it as hidden. So nobody can see which places are not watched."
                    ),
                ),
                (
                    _("Two kinds of reader."),
                    _("Partners see the public figures too. So both are checked together."),
                ),
                (
                    _("Two people."),
                    _(
                        "One person requests a release and another approves it. A release can be withdrawn at once."
                    ),
                ),
                (
                    _("Files."),
                    _("A file with a name or other details of a person is refused and not kept."),
                ),
            )
        )
    )
with limits:
    st.header(_("What it does not do"))
    write(
        items(
            (
                (
                    _("Other publications."),
                    _("It cannot protect what somebody publishes elsewhere."),
                ),
                (
                    _("People who report."),
                    _(
                        "They know their own figures. If several of them combine their figures, they may work out another one."
                    ),
                ),
                (
                    _("Hidden does not mean few."),
                    _("A large number may be hidden to protect another place."),
                ),
            )
        )
    )

st.header(_("The public release"))
release = cache.current(Audience.PUBLIC)
if release is None:
    st.info(
        _(
            "No figures are published at the moment. When a release is approved, its number and how much of it is hidden will appear here."
        )
    )
else:
    facts = (
        (_("Release"), number(release.number)),
        (_("Entries in its tables"), number(release.cells)),
        (_("Of these, hidden"), number(release.suppressed)),
        (_("Policy version"), wording.in_digits(release.policy_version)),
    )
    write(
        "<dl>"
        + "".join(
            f"<div><dt>{html.escape(what)}</dt><dd>{html.escape(count)}</dd></div>"
            for what, count in facts
        )
        + "</dl>"
    )
