"""Pages without sign-in are for this machine alone, and a server says at once what is wrong."""

import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn

from dashboard import access, serving
from dashboard.access import ENVIRONMENT, PUBLIC, Viewer
from data.model import Audience, Role, SimaError
from data.release_writer import ReleaseWriter
from data.settings import Settings

HERE = ["127.0.0.1", "127.0.0.5", "127.255.255.254", "::1", "localhost"]
NOT_HERE = ["0.0.0.0", "::", "10.0.0.5", "192.168.1.20", "8.8.8.8", "2001:db8::1", "example.org",  # noqa: S104
            "localhost.example.org", "127.0.0.1.example.org", "127.0.0.1 ", "", "2130706433"]  # fmt: skip
WRONG = ["Steward", "steward ", "Planner", "approver", "public", "admin", "deputy", "deputy:",
         "deputy:312", "deputy:3", "deputy:NP", "deputy:3120601", "deputy:99999", "deputy:Hetauda",
         "deputy: 31206", "deputy:31206:31208", "steward:31206", "planner:511", ":31206", "Deputy:31206"]  # fmt: skip


@pytest.fixture(autouse=True)
def _nobody_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_BOUND_TO", [])


# ---- who may look


@pytest.mark.parametrize("host", HERE)
def test_a_loopback_address_is_this_machine(host: str) -> None:
    assert access.is_loopback(host)


@pytest.mark.parametrize("host", NOT_HERE)
def test_any_other_address_is_not(host: str) -> None:
    assert not access.is_loopback(host)


@pytest.mark.parametrize("host", [*HERE, *NOT_HERE, None])
def test_nothing_asked_is_the_public_on_any_address(host: str | None) -> None:
    assert access.read_viewer("", host=host) == PUBLIC
    assert (PUBLIC.role, PUBLIC.scope) == (Role.PUBLIC, "")


@pytest.mark.parametrize("host", HERE)
def test_on_this_machine_a_developer_may_look_as_steward_or_deputy(host: str) -> None:
    assert access.read_viewer("steward", host=host) == Viewer(Role.STEWARD)
    assert access.read_viewer("deputy:31206", host=host) == Viewer(Role.DEPUTY, "31206")


@pytest.mark.parametrize("host", [*NOT_HERE, None])
@pytest.mark.parametrize("asked", ["steward", "deputy:31206", "nonsense"])
def test_off_this_machine_nobody_looks_without_sign_in(asked: str, host: str | None) -> None:
    with pytest.raises(SimaError, match="loopback address only") as refusal:
        access.read_viewer(asked, host=host)
    assert ENVIRONMENT in str(refusal.value)
    assert "--host 127.0.0.1" in str(refusal.value), "the remedy is there"


@pytest.mark.parametrize("asked", WRONG)
def test_a_viewer_that_there_is_not_is_refused(asked: str) -> None:
    with pytest.raises(SimaError, match=f"^{ENVIRONMENT}: write steward, planner or deputy:CODE"):
        access.read_viewer(asked, host="127.0.0.1")


def test_the_address_is_unknown_until_a_server_is_bound_to_it() -> None:
    assert access.bound_to() is None
    access.bind("0.0.0.0")  # noqa: S104
    access.bind("127.0.0.1")
    assert access.bound_to() == "127.0.0.1"


# ---- serving


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a public store in which nothing is released yet."""
    var = tmp_path_factory.mktemp("serving") / "var"
    made = Settings.from_environment({"SIMA_VAR": str(var)})
    assert ReleaseWriter(made.releases(Audience.PUBLIC), Audience.PUBLIC).reader.releases() == []
    return made


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    """What a server would have been started with; none is."""
    started: list[dict[str, Any]] = []
    app = object()

    def run(served: object, **options: Any) -> None:
        assert served is app
        started.append(options)

    monkeypatch.setattr(uvicorn, "run", run)
    monkeypatch.setitem(sys.modules, "dashboard.asgi", SimpleNamespace(app=app))
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "127.0.0.1")
    monkeypatch.chdir(tmp_path)
    return started


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture
def free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def serve(settings: Settings, *, port: int, host: str = "127.0.0.1") -> None:
    serving.serve(host=host, port=port, settings=settings, environment=os.environ)


def test_a_free_port_is_served_and_the_address_is_noted(
    settings: Settings, runs: list[dict[str, Any]], free: int, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(settings, port=free)
    (options,) = runs
    assert (options["host"], options["port"]) == ("127.0.0.1", free)
    assert access.bound_to() == "127.0.0.1"
    assert f"http://127.0.0.1:{free}" in capsys.readouterr().out


def test_a_port_that_is_taken_is_said_with_the_remedy(
    settings: Settings, runs: list[dict[str, Any]], taken: int
) -> None:
    with pytest.raises(SimaError) as refusal:
        serve(settings, port=taken)
    said = str(refusal.value)
    assert said.startswith(f"Cannot listen on 127.0.0.1:{taken}; another program may use it.")
    assert "--port" in said
    assert "Errno" not in said
    assert runs == []
    assert access.bound_to() is None


@pytest.mark.parametrize("port", [0, -1, 65_536, 70_000])
def test_a_number_that_is_no_port_is_said(
    settings: Settings, runs: list[dict[str, Any]], port: int
) -> None:
    with pytest.raises(SimaError, match=f"^{port} is not a port; choose one from 1 to 65535"):
        serve(settings, port=port)
    assert runs == []


def test_an_address_that_is_not_ours_is_said(
    settings: Settings, runs: list[dict[str, Any]], free: int
) -> None:
    with pytest.raises(SimaError, match=r"^Cannot listen on 192\.0\.2\.7:"):
        serve(settings, host="192.0.2.7", port=free)
    assert runs == []


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.20", "::"])  # noqa: S104
def test_pages_without_sign_in_are_not_served_to_others(
    settings: Settings, runs: list[dict[str, Any]], free: int, host: str
) -> None:
    with pytest.raises(SimaError, match="loopback address only"):
        serve(replace(settings, dev_viewer="steward"), host=host, port=free)
    assert runs == []


def test_a_wrong_viewer_is_said_before_anything_is_served(
    settings: Settings, runs: list[dict[str, Any]], free: int
) -> None:
    with pytest.raises(SimaError, match="code of a palika"):
        serve(replace(settings, dev_viewer="deputy:312"), port=free)
    assert runs == []


def test_a_missing_store_is_said_before_anything_is_served(
    runs: list[dict[str, Any]], free: int, tmp_path: Path
) -> None:
    nothing = Settings.from_environment({"SIMA_VAR": str(tmp_path / "nothing")})
    with pytest.raises(SimaError, match=r"no store of public releases yet\. Run: sima setup"):
        serve(nothing, port=free)
    assert runs == []
    assert not (tmp_path / "nothing").exists()
