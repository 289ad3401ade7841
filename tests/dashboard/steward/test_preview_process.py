"""A preview in a process of its own: its way back, one at a time, stopped, dead."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.steward import preview_process
from dashboard.steward.preview_process import Making
from data.model import Audience
from data.pipeline import Sima
from data.release_making.progress import Step
from data.settings import Settings
from tests.support.paths import ROOT


@pytest.fixture
def settings(small_var: Path, tmp_path: Path) -> Settings:
    shutil.copytree(small_var, tmp_path / "var")
    return Settings.from_environment({"SIMA_VAR": str(tmp_path / "var")})


@pytest.fixture
def request_id(settings: Settings) -> int:
    return Sima(settings).request(Audience.PARTNER, by="demo-steward")


def until(said: Callable[[], object]) -> None:
    end = time.monotonic() + 120
    while not said():
        assert time.monotonic() < end
        time.sleep(0.02)


def child_of(making: Making) -> int:
    return making._child.pid  # type: ignore[attr-defined]  # noqa: SLF001  # no page asks for it


def gone(making: Making) -> bool:
    return making._child.poll() is not None  # type: ignore[attr-defined]  # noqa: SLF001


def test_a_preview_comes_back_as_it_is_made_here(settings: Settings, request_id: int) -> None:
    making = preview_process.start(settings, request_id, "now")
    assert preview_process.start(settings, request_id, "now") is making, "one at a time"
    line = Path(f"/proc/{child_of(making)}/cmdline").read_bytes().split(b"\0")
    assert line[1:] == [b"-m", b"dashboard.steward.preview_child", b""], "no figure, no number"
    steps: list[str] = []
    until(lambda: steps.append(making.step) or making.over)
    here = Sima(settings).preview(request_id)
    assert making.fault() == ""
    assert making.preview is not None
    assert making.preview.certificate == here.certificate
    assert making.preview.content.cells.equals(here.content.cells)
    assert set(steps) & set(Step)
    assert making.share > 0.5
    until(lambda: gone(making))
    assert preview_process._RUNNING == {}, "nobody else is given true counts"  # noqa: SLF001


def test_what_is_refused_is_said(settings: Settings) -> None:
    making = preview_process.start(settings, 99, "now")
    until(lambda: making.over)
    assert making.fault() == "There is no request 99. See: sima requests"


@pytest.mark.parametrize("begun", [False, True])
def test_a_preview_that_is_stopped_leaves_nothing(
    settings: Settings,
    request_id: int,
    begun: bool,  # noqa: FBT001  # a parameter
) -> None:
    var = Path(str(settings.holdings)).parents[1]
    there = sorted(path.relative_to(var) for path in var.rglob("*"))
    making = preview_process.start(settings, request_id, "now")
    until(lambda: making.step if begun else True)
    making.stop()
    assert making.over
    until(lambda: gone(making))
    until(lambda: not preview_process._RUNNING)  # noqa: SLF001  # it is taken from there
    assert making.preview is None
    assert making.fault() == ""
    assert sorted(path.relative_to(var) for path in var.rglob("*")) == there
    assert Sima(settings).holdings.request(request_id)["state"] == "asked"


def test_a_preview_of_what_has_changed_ends_the_one_before(
    settings: Settings, request_id: int
) -> None:
    first = preview_process.start(settings, request_id, "now")
    second = preview_process.start(settings, request_id, "later")
    assert second is not first
    assert first.stopped
    until(lambda: gone(first))
    second.stop()
    until(lambda: gone(second))


def test_a_process_that_dies_is_one_sentence_with_a_remedy(
    settings: Settings, request_id: int
) -> None:
    making = preview_process.start(settings, request_id, "now")
    os.kill(child_of(making), signal.SIGKILL)
    until(lambda: making.over)
    assert making.fault().startswith("The program that makes the preview ended before")
    assert "Try again." in making.fault()


def test_the_process_ends_with_the_service_and_tells_no_figure_of_what_it_is_wrong_about(
    settings: Settings, request_id: int
) -> None:
    def child(code: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # our own module
            [sys.executable, "-c", f"{code}\nfrom dashboard.steward.preview_child import main; main()"],
            env={**os.environ, **settings.as_environment()}, cwd=ROOT, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    slow = "from data.pipeline import Sima; import time; Sima.preview = lambda *a: time.sleep(60)"
    with child(slow) as process:
        assert process.stdin is not None
        process.stdin.write(f"{request_id}\n".encode())
        process.stdin.close()
        assert process.wait(timeout=30) == -signal.SIGTERM
    wrong = "from data.pipeline import Sima\ndef preview(*a): raise ValueError(4711)\n"
    with child(f"{wrong}Sima.preview = preview") as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(f"{request_id}\n".encode())
        process.stdin.flush()
        assert process.wait(timeout=60) == 1
        said = process.stderr.read()
    assert b"preview: ValueError in preview, line 2" in said
    assert b"4711" not in said
