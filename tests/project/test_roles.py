"""Who gets what: every role at every page and route, tried, and the table of it in the manual.

``python -m tests.project.test_roles`` prints the table; `docs/access.md` has it, and this file keeps it so.
"""

from collections.abc import Iterator

import pytest

from dashboard.maps import registry

WHO = {
    "public": "", "deputy": "deputy:51106", "planner": "planner:511", "planner of Nepal": "planner",
    "auditor": "auditor", "steward": "steward", "approver": "approver", "administrator": "administrator",
}  # fmt: skip
NEIGHBOUR, ELSEWHERE = "51105", "312"
MAPS = {f"map: {plan}": f"{registry.SCENE}{plan}" for plan in registry.MAPS}
# Streamlit's own ways in and out; what it answers them is not at issue, whether they are there is.
STREAMLIT = {"a file of a page": "/media/x.csv", "giving a file": "/_stcore/upload_file/x/y"}


@pytest.fixture(scope="module", autouse=True)
def _afresh() -> Iterator[None]:
    """One service's memory for all who come here: what it keeps for one no other may be given."""
