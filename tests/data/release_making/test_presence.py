"""Who works where, from the file to the partners' release and to nobody else, on both engines."""

import dataclasses

import pandas as pd
import pytest

from data.database import engines
from data.database.tables import presence
from data.model import Audience, Severity
from data.pipeline import Sima
from data.reference import organisations
from data.releases.reader import release_file
from tests.conftest import Stores
from tests.data.test_pipeline import make
from tests.support.workbooks import changed, workbook

QUARTER = {"period": "2023-Q2"}


@pytest.fixture
def sima(stores: Stores) -> Sima:
    return make(stores, synthetic=True)


def trainings(organisation: str, *, girls: int = 40, **values: object) -> bytes:
    rows = [changed("trainings", girls=girls, **QUARTER, **values)]
    return workbook("trainings", rows, organisation=organisation)


def store(sima: Sima, content: bytes, reason: str | None = None) -> None:
    staged = sima.stage(content)
    assert staged.ok, staged.findings
    sima.confirm(staged, by="asks", reason=reason)


def release(sima: Sima, audience: Audience) -> int:
    return sima.approve(sima.request(audience, by="asks"), by="approves")


def test_partners_see_who_reported_and_the_public_does_not(sima: Sima) -> None:
    store(sima, trainings("org-a"))
    store(sima, trainings("org-b", activity="awareness", women=30, men=20, events=3))
    for audience in Audience:
        release(sima, audience)
    told = sima.writer(Audience.PARTNER).reader.presence(1)
    assert list(told[["palika_code", "theme", "year", "organisation"]].itertuples(index=False, name=None)) == [
        ("51106", "awareness", 2023, "org-b"), ("51106", "training", 2023, "org-a"),
    ]  # fmt: skip
    assert set(told["name_ne"]) == {"संस्था क (नमुना)", "संस्था ख (नमुना)"}
    assert sima.writer(Audience.PUBLIC).reader.presence(1).empty


@pytest.mark.alike
def test_a_release_for_the_public_that_names_organisations_is_not_written(sima: Sima) -> None:
    store(sima, trainings("org-a"))
    request = sima.request(Audience.PUBLIC, by="asks")
    content = sima.preview(request).content
    row = ("51106", "training", 2023, "org-a", "A", "क")
    told = pd.DataFrame([row], columns=organisations.PRESENCE_COLUMNS)
    with pytest.raises(ValueError, match="not for the public"):
        sima.writer(Audience.PUBLIC).publish(
            dataclasses.replace(content, presence=told), request_id=request
        )
    assert sima.writer(Audience.PUBLIC).newest() == 0


@pytest.mark.alike
def test_a_file_that_names_nobody_is_listed_nowhere(sima: Sima) -> None:
    store(sima, trainings(""))
    release(sima, Audience.PARTNER)
    assert sima.holdings.organisations() == {}
    assert sima.writer(Audience.PARTNER).reader.presence(1).empty


@pytest.mark.alike
@pytest.mark.parametrize("written", ["org-x", "Somebody", "organisation a (synthetic)"])
def test_an_organisation_that_is_not_listed_is_refused_and_not_repeated(
    sima: Sima, written: str
) -> None:
    staged = sima.stage(trainings(written))
    (found,) = staged.findings
    assert (found.kind, found.where, found.severity) == (
        "organisation-unknown",
        "About",
        Severity.ERROR,
    )
    assert found.params == {}
    assert not staged.ok


@pytest.mark.alike
def test_a_store_of_real_data_knows_no_made_up_organisation(stores: Stores) -> None:
    sima = make(stores, synthetic=False)
    staged = sima.stage(
        workbook("trainings", [changed("trainings", **QUARTER)], synthetic=False, organisation="org-a")
    )  # fmt: skip
    assert [each.kind for each in staged.findings] == ["organisation-unknown"]


@pytest.mark.alike
def test_the_uploader_hears_that_figures_of_another_would_be_replaced(sima: Sima) -> None:
    store(sima, trainings("org-a"))
    for organisation, kinds in (("org-a", []), ("", []), ("org-b", ["figures-of-another"])):
        staged = sima.stage(trainings(organisation, girls=45))
        assert [each.kind for each in staged.findings] == kinds
        assert staged.ok
    assert staged.findings[0].params == {"figures": 1}
    store(sima, trainings("org-b", girls=45), reason="counting-error")
    release(sima, Audience.PARTNER)
    told = sima.writer(Audience.PARTNER).reader.presence(1)
    assert list(told["organisation"]) == ["org-b"], "who brought the figures last"


@pytest.mark.alike
def test_a_release_from_before_says_nothing(sima: Sima) -> None:
    writer = sima.writer(Audience.PARTNER)
    if not writer._embedded:  # noqa: SLF001  # there the migration makes the table
        pytest.skip("a server has one table for all releases")
    store(sima, trainings("org-a"))
    release(sima, Audience.PARTNER)
    path = release_file(writer.reader._folder, 1)  # noqa: SLF001  # as an older version wrote it
    engine = engines.connect(str(path))
    presence.drop(engine)
    engine.dispose()
    engines.close_all()
    assert writer.reader.presence(1).empty
