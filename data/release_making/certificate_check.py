"""Checks the certificate of a release that was made, by addition alone."""

from data.disclosure.attacker_table import nothing_published
from data.disclosure.certificate_check import check_certificate
from data.holdings import Holdings
from data.model import Audience
from data.reference.indicators import load_indicators
from data.reference.policy import parse_policy
from data.reference.project_files import pinned, project_files
from data.release_making.inputs import Readers, read_certificate_of


def check_release_certificate(
    holdings: Holdings, readers: Readers, audience: Audience, number: int
) -> list[str]:
    """Return what is wrong with the certificate of a release; no solver is used.

    It is checked against the indicators as they were for the release, if it kept them.

    Raises
    ------
    SimaError
        If there is no such release, or a certificate that it rests on is missing.
    """
    held = read_certificate_of(holdings, readers[audience], number)
    before = {
        each: read_certificate_of(holdings, readers[each], follows).published
        if follows
        else nothing_published()
        for each, follows in held.follows.items()
    }
    reader = readers[audience]
    with pinned(project_files().with_meaning(reader.project_files(number))):
        return check_certificate(
            held,
            reader.cells(number),
            published={
                each: held.published if each is audience else before[each] for each in Audience
            },
            before=before[audience],
            indicators=load_indicators(),
            policy=parse_policy(held.policy_text),
            hotspots=reader.hotspots(number),
        )
