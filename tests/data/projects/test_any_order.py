"""In whatever order a programme is changed, reported and released: nothing ends in a traceback."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.database import engines
from data.model import Audience, Role, SimaError
from data.pipeline import Sima
from data.projects.folder import make_folder
from data.reference import project_files
from data.reference.project_files import ADDED
from tests.data.projects.test_desk import INDICATOR, ORGANISATIONS
from tests.data.projects.test_site_list import CLEAN, as_csv
from tests.support import programmes
from tests.support.examples import examples
from tests.support.workbooks import changed, workbook

TODAY = date(2024, 8, 1)
NEW, OTHER = "BANKE-NEW", "BANKE-OTHER"


def _sites(sima: Sima, code: str) -> None:
    content = as_csv(CLEAN | {"site_code": code, "opened": "2023-01-01"})
    sima.project.make(sima.project.new_sites(content, name="new.csv"), by="asks")


def _upload(sima: Sima, kind: str, rows: list[list[object]], organisation: str = "") -> None:
    content = workbook(kind, rows, organisation=organisation)
    staged = sima.stage(content)
    if staged.ok:
        sima.confirm(staged, by="asks", reason="late")


def _months(sima: Sima, booth: str, of: range) -> None:
    rows = [changed("booth-month", booth=booth, month=f"2023-{n:02}") for n in of]
    _upload(sima, "booth-month", rows)


def _visits(sima: Sima) -> None:
    usual = dict.fromkeys(("girls", "boys", "women", "men"))
    row = changed("trainings", period="2023-Q2", activity="home-visits", events=4, **usual)
    _upload(sima, "trainings", [row], "child-aid")


def _release(sima: Sima, audience: Audience) -> None:
    sima.approve(sima.request(audience, by="asks"), by="approves", why="planned")


STEPS: dict[str, Callable[[Sima], object]] = {
    "add a booth": lambda sima: _sites(sima, NEW),
    "add another booth": lambda sima: _sites(sima, OTHER),
    "report a booth": lambda sima: _months(sima, NEW, range(1, 4)),
    "report another booth": lambda sima: _months(sima, OTHER, range(1, 7)),
    "report a usual booth": lambda sima: _months(sima, "BANKE-JAMUNAHA", range(1, 7)),
    "close a booth": lambda sima: sima.project.make(
        sima.project.closing(NEW, on=date(2023, 3, 31)), by="asks"
    ),
    "add an organisation": lambda sima: sima.project.make(
        sima.project.new_organisations(ORGANISATIONS, name="organisations.csv"), by="asks"
    ),
    "add an indicator": lambda sima: sima.project.make(
        sima.project.new_indicator(INDICATOR), by="asks"
    ),
    "report the indicator": _visits,
    "lose the indicator": lambda _sima: _lose_indicator(),
    "add a palika": lambda sima: sima.project.make(
        sima.project.place_added("20201", since=date(2023, 1, 1)), by="asks"
    ),
    "end a district": lambda sima: sima.project.make(
        sima.project.place_ended("511", on=date(2023, 6, 30)), by="asks"
    ),
    "release to partners": lambda sima: _release(sima, Audience.PARTNER),
    "release to the public": lambda sima: _release(sima, Audience.PUBLIC),
}


def _lose_indicator() -> None:
    """Take away what was added, as an operator who restores an old folder does."""
    (project_files.project_files().folder / ADDED).unlink(missing_ok=True)  # type: ignore[operator]
    project_files.forget()


@contextmanager
def _programme() -> Iterator[Sima]:
    with pytest.MonkeyPatch.context() as monkeypatch, tempfile.TemporaryDirectory() as folder:
        settings = programmes.begin(Path(folder) / "var")
        sima = Sima(settings, today=TODAY)
        sima.accounts.add("asks", Role.STEWARD)
        sima.accounts.add("approves", Role.APPROVER)
        project = Path(settings.project)
        shutil.rmtree(project, ignore_errors=True)
        make_folder(project)
        monkeypatch.setenv("SIMA_PROJECT", str(project))
        project_files.forget()
        try:
            yield sima
        finally:
            engines.close_all()
            monkeypatch.undo()
            project_files.forget()


@pytest.mark.property
@pytest.mark.database
@examples(5, 20)
@given(st.lists(st.sampled_from(list(STEPS)), min_size=3, max_size=10))
def test_every_step_is_done_or_refused_in_a_sentence(steps: list[str]) -> None:
    said: list[tuple[str, str]] = []
    with _programme() as sima:
        for step in [*steps, "release to partners"]:
            try:
                STEPS[step](sima)
            except SimaError as refused:
                said.append((step, str(refused)))
        assert [each for each in said if not each[1].endswith((".", "?"))] == []


def test_the_usual_order_is_done_in_whole() -> None:
    with _programme() as sima:
        for step in (
            "add an organisation", "add an indicator", "add a booth", "report a booth",
            "report the indicator", "release to partners", "close a booth", "report a usual booth",
            "release to the public", "release to partners",
        ):  # fmt: skip
            STEPS[step](sima)
        reader = sima.writer(Audience.PARTNER).reader
        newest = reader.current()
        assert newest is not None
        assert newest.number == 2
        assert {"home_visits", "booth_contacts"} <= set(reader.catalogue(2)["indicator"])
        assert reader.sites(2).at[NEW, "closed"] == "2023-03-31"
