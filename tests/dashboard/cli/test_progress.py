"""What a long command says while it works, and how Ctrl-C ends it."""

import io
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dashboard.cli import progress
from data.accounts.audit_log import AuditLog
from data.model import Audience
from data.pipeline import Sima
from data.release_making.progress import Step
from data.settings import Settings
from tests.support.paths import ROOT


class Screen(io.StringIO):
    """A terminal, or a file."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def told(*, terminal: bool, seconds: int) -> str:
    """What stands on the screen if a step takes some seconds, with a look at every second."""
    now = [0.0]
    screen = Screen(terminal=terminal)
    teller = progress._Teller(screen, lambda: now[0])  # noqa: SLF001  # the clock is the question
    teller.tell()
    teller.report(Step.HIDING, 0.25)
    for second in range(seconds):
        now[0] = float(second)
        teller.tell()
    teller.clear()
    return screen.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_a_short_step_is_not_told(terminal: bool) -> None:  # noqa: FBT001  # a parameter
    assert told(terminal=terminal, seconds=2) == ""


def test_on_a_terminal_one_line_is_written_over_and_taken_away() -> None:
    said = told(terminal=True, seconds=5)
    assert "\n" not in said
    lines = said.split("\r")
    assert "Hiding figures, and checking that nobody can work them out: 25% (4 s)" in lines
    assert lines[-2].strip() == ""


def test_elsewhere_there_is_a_line_in_ten_seconds() -> None:
    lines = told(terminal=False, seconds=25).splitlines()
    assert [line.rsplit(" (", 1)[1] for line in lines] == ["2 s)", "12 s)", "22 s)"]


SLOW = """
import sys, time
from dashboard.cli.main import main
from data import pipeline
def slow(*given, **more):
    print("begun", flush=True)
    time.sleep(60)
{where} = slow
main(sys.argv[1:])
"""


def interrupted(var: Path, where: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that stays at a place, and type Ctrl-C there."""
    with subprocess.Popen(  # our own command
        [sys.executable, "-c", SLOW.format(where=where), *arguments],
        env={**os.environ, "SIMA_VAR": str(var)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert time.monotonic() - begun < 20
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def test_ctrl_c_stops_with_one_sentence_and_leaves_nothing(small_var: Path, tmp_path: Path) -> None:
    var = tmp_path / "var"
    shutil.copytree(small_var, var)
    sima = Sima(Settings.from_environment({"SIMA_VAR": str(var)}))
    request = sima.request(Audience.PARTNER, by="demo-steward")
    before = sorted(path.name for path in var.rglob("*"))
    entries = AuditLog(sima.accounts.engine).head()
    made = interrupted(
        var, "pipeline.build.build_release", "approve", str(request), "--by", "demo-approver",
        "--why", "planned",
    )  # fmt: skip
    assert made.returncode == 130
    assert made.stderr.splitlines()[-1] == "Stopped. Nothing was published."
    assert "Traceback" not in made.stderr
    assert sorted(path.name for path in var.rglob("*")) == before
    assert sima.holdings.request(request)["state"] == "asked"
    assert sima.holdings.certificate(request) is None
    assert AuditLog(sima.accounts.engine).head() == entries


def test_ctrl_c_while_the_demonstration_is_made_says_that_it_goes_on(
    small_var: Path, tmp_path: Path
) -> None:
    shutil.copytree(small_var, tmp_path / "var")
    made = interrupted(tmp_path / "var", "pipeline.Sima.writer", "setup", "--demo")
    assert made.returncode == 130
    assert "the same command goes on from there." in made.stderr.splitlines()[-1]
