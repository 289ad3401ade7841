"""Starting a service: what would go wrong later is said before anything is served."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.auth import page_access
from dashboard.cli import launch
from dashboard.cli.launch import is_loopback
from data.model import Service, SimaError
from data.settings import Settings
from tests.support import prepared_stores

pytestmark = pytest.mark.app
HERE = ["127.0.0.1", "127.0.0.5", "127.255.255.254", "::1", "localhost"]
NOT_HERE = ["0.0.0.0", "::", "10.0.0.5", "192.168.1.20", "8.8.8.8", "2001:db8::1", "example.org",  # noqa: S104
            "localhost.example.org", "127.0.0.1.example.org", "127.0.0.1 ", "", "2130706433"]  # fmt: skip


@pytest.mark.parametrize("host", HERE)
def test_a_loopback_address_is_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", NOT_HERE)
def test_any_other_address_is_not(host: str) -> None:
    assert not is_loopback(host)


@pytest.fixture(scope="module")
def settings() -> Settings:
    """Settings of stores in which nothing was released yet; read only."""
    return Settings.from_environment({"SIMA_VAR": str(prepared_stores.files(synthetic=True))})


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


def check(
    settings: Settings, port: int, *, host: str = "127.0.0.1", service: Service = Service.PUBLIC
) -> Settings:
    return launch.checked(host=host, port=port, settings=settings, service=service)


@pytest.mark.parametrize(
    ("service", "known"),
    [(Service.PUBLIC, {"public"}), (Service.PARTNER, {"public", "partner", "access"}),
     (Service.STEWARD, {"public", "partner", "access", "holdings"})],
)  # fmt: skip
def test_a_service_is_given_its_own_stores_and_no_other(
    settings: Settings, free: int, service: Service, known: set[str]
) -> None:
    mine = check(settings, free, service=service)
    told = launch.environment_of(mine, os.environ | {"SIMA_VAR": "/x", "MY_SECRET": "s3cret"})
    said = "\n".join(told.values())
    for name in ("public", "partner", "access", "holdings"):
        address = str(getattr(settings, name))
        assert (address in said) == (name in known), name
    assert "s3cret" not in said
    assert {name for name in told if name.startswith("SIMA_")} >= {"SIMA_SERVICE", "SIMA_PUBLIC"}
    assert Settings.from_environment(told) == mine


def test_a_port_that_is_taken_is_said_with_the_remedy(settings: Settings, taken: int) -> None:
    with pytest.raises(SimaError) as refusal:
        check(settings, taken)
    said = str(refusal.value)
    assert said.startswith(f"Cannot listen on 127.0.0.1:{taken}; another program may use it.")
    assert "--port" in said
    assert "Errno" not in said


@pytest.mark.parametrize("port", [0, -1, 65_536, 70_000])
def test_a_number_that_is_no_port_is_said(settings: Settings, port: int) -> None:
    with pytest.raises(SimaError, match=f"^{port} is not a port; choose one from 1 to 65535"):
        check(settings, port)


def test_an_address_that_is_not_ours_is_said(settings: Settings, free: int) -> None:
    with pytest.raises(SimaError, match=r"^Cannot listen on 192\.0\.2\.7:"):
        check(settings, free, host="192.0.2.7")


@pytest.mark.parametrize("service", [Service.PARTNER, Service.STEWARD])
def test_nobody_signs_in_over_a_line_that_others_read(
    settings: Settings, free: int, service: Service
) -> None:
    with pytest.raises(SimaError, match="SIMA_ORIGIN=https://"):
        check(settings, free, host="0.0.0.0", service=service)  # noqa: S104  # that is what is refused
    plain = replace(settings, origin="http://sima.example.org")
    with pytest.raises(SimaError, match="SIMA_ORIGIN=https://"):
        check(plain, free, host="0.0.0.0", service=service)  # noqa: S104  # as above
    safe = replace(settings, origin="https://sima.example.org")
    assert check(safe, free, host="0.0.0.0", service=service).origin  # noqa: S104  # as above


@pytest.mark.parametrize("service", list(Service))
def test_a_missing_store_is_said_before_anything_is_served(
    free: int, tmp_path: Path, service: Service
) -> None:
    nothing = Settings.from_environment({"SIMA_VAR": str(tmp_path / "nothing")})
    with pytest.raises(SimaError, match=r"no store of public releases yet\. Run: sima setup"):
        check(nothing, free, service=service)
    assert not (tmp_path / "nothing").exists()


def test_a_page_that_says_not_for_whom_it_is_keeps_the_server_from_starting(
    settings: Settings, free: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for door in page_access.DOORS:
        (tmp_path / door.file).parent.mkdir(exist_ok=True)
        (tmp_path / door.file).touch()
    monkeypatch.setattr(page_access, "PAGES", tmp_path)
    check(settings, free)
    (tmp_path / "public" / "new.py").touch()
    with pytest.raises(SimaError, match=r"pages/public/new\.py does not say whom it is for"):
        check(settings, free)


SOUND = """[auth]
client_id = "sima"
client_secret = "invented"
cookie_secret = "invented-invented-invented-invented"
server_metadata_url = "http://127.0.0.1/.well-known/openid-configuration"
"""


def test_a_provider_that_is_set_up_by_halves_keeps_the_server_from_starting(
    settings: Settings, free: int, tmp_path: Path
) -> None:
    file = tmp_path / "secrets.toml"
    told = replace(settings, secrets=str(file))
    with pytest.raises(SimaError, match=r"secrets\.toml cannot be read"):
        check(told, free, service=Service.PARTNER)
    halves = {
        "": "needs client_id",
        "# nothing yet\n[other]\nx = 1\n": "needs client_id",
        SOUND.replace("client_secret", "secret_of_client"): "needs client_secret",
        SOUND.replace("invented-invented-invented-invented", "short"): "needs 32 random characters",
        SOUND.replace('"sima"', "sima"): "is not TOML",
        SOUND: "others can read the file",
    }
    for text, said in halves.items():
        file.write_text(text)
        file.chmod(0o644)
        with pytest.raises(SimaError, match=said) as refused:
            check(told, free, service=Service.PARTNER)
        assert "invented" not in str(refused.value)
    file.chmod(0o600)
    assert check(told, free, service=Service.PARTNER).secrets == str(file)
    assert check(told, free).secrets == "", "the public service is not told of it"


# ---- the environment


def test_what_showed_pages_without_sign_in_is_gone() -> None:
    for text in ("steward", "planner", ""):
        with pytest.raises(SimaError, match="SIMA_DEV_VIEWER no longer exists"):
            Settings.from_environment({"SIMA_DEV_VIEWER": text})


@pytest.mark.parametrize("more", ["SIMA_HOLDINGS", "SIMA_PARTNER", "SIMA_ACCESS"])
def test_the_public_service_must_not_know_more(tmp_path: Path, more: str) -> None:
    env = {"SIMA_SERVICE": "public", "SIMA_PUBLIC": str(tmp_path / "p"), more: str(tmp_path / "x")}
    with pytest.raises(SimaError, match=f"must not have {more}"):
        Settings.from_environment(env)


def test_a_service_assumes_no_address() -> None:
    with pytest.raises(SimaError, match="needs SIMA_PUBLIC"):
        Settings.from_environment({"SIMA_SERVICE": "public", "SIMA_VAR": "var"})
    with pytest.raises(SimaError, match="SIMA_SERVICE: write one of public, partner, steward"):
        Settings.from_environment({"SIMA_SERVICE": "admin"})


@pytest.mark.parametrize(
    ("name", "text"),
    [("SIMA_ORIGIN", "sima.example.org"), ("SIMA_ORIGIN", "ftp://x"), ("SIMA_ORIGIN", "https://x/path"),
     ("SIMA_ORIGIN", "https://x/"), ("SIMA_IDLE_MINUTES", "0"), ("SIMA_IDLE_MINUTES", "soon"),
     ("SIMA_SESSION_HOURS", "-1"), ("SIMA_RETENTION_DAYS", "9999")],
)  # fmt: skip
def test_a_setting_that_makes_no_sense_is_named(name: str, text: str) -> None:
    with pytest.raises(SimaError, match=name):
        Settings.from_environment({name: text})


@pytest.mark.parametrize("arguments", [("--audience", "admin"), ("--port", "x")])
def test_the_command_says_what_it_does_not_understand(arguments: tuple[str, ...]) -> None:
    line = [sys.executable, "-m", "dashboard.cli.main", "serve", *arguments]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert arguments[0] in done.stderr
    assert "Traceback" not in done.stderr
