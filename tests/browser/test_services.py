"""Three services as they run: what each process knows, and what it answers to whoever attacks it."""

import contextlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import sqlalchemy as sa

from data.accounts.accounts import Accounts
from data.database.tables import account
from data.model import Role
from tests.browser.conftest import ROOT, Visit, free_port, serving
from tests.support.viewers import ACCESS, TOKENS

pytestmark = pytest.mark.browser
APART = "a-folder-that-nobody-may-learn-of"


@pytest.fixture(scope="module")
def stores(demo_var: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration at a path that would be recognised anywhere."""
    var = tmp_path_factory.mktemp("services") / "var"
    shutil.copytree(demo_var, var)
    shutil.move(var / "holdings", var / APART)
    return var


def process_of(address: str) -> int:
    """Give the process that listens at an address, as the machine knows it."""
    port = urlsplit(address).port
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"\0{port}\0" in f"\0{(folder / 'cmdline').read_text()}":
                return int(folder.name)
    raise AssertionError(f"no process serves {address}")


def memory_of(pid: int) -> Iterator[bytes]:
    """Give what stands in a process's own memory, piece by piece."""
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb") as memory:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if found is None:
                continue
            start, end = int(found[1], 16), int(found[2], 16)
            with contextlib.suppress(OSError, OverflowError):
                memory.seek(start)
                yield memory.read(end - start)


def test_the_running_public_process_knows_nothing_of_the_other_stores(
    visit: Visit, stores: Path
) -> None:
    secret = f"{stores / APART}/holdings.sqlite"
    more = {
        "SIMA_HOLDINGS": secret,
        "SIMA_APARTS": f"/etc/{APART}.toml",
        "OTHER": f"{APART}-too",
    }
    with serving(stores, env=more) as address:
        visit(address, "/map")
        pid = process_of(address)
        proc = Path(f"/proc/{pid}")
        told = (proc / "environ").read_bytes().split(b"\0")
        names = {each.split(b"=")[0].decode() for each in told}
        ours = {name for name in names if name.startswith("SIMA_")}
        assert ours == {"SIMA_PUBLIC", "SIMA_SERVICE", "SIMA_RETENTION_DAYS", "SIMA_NAMES_DAYS",
                        "SIMA_IDLE_MINUTES", "SIMA_SESSION_HOURS", "SIMA_PROJECT"}  # fmt: skip
        opened = {str(each.readlink()) for each in (proc / "fd").iterdir() if each.is_symlink()}
        opened |= set(re.findall(r"/\S+\.sqlite", (proc / "maps").read_text()))
        stored = {path for path in opened if path.startswith(str(stores))}
        assert all(path.startswith(str(stores / "releases" / "public")) for path in stored), stored
        assert APART.encode() not in b"".join(told) + (proc / "cmdline").read_bytes()
        pieces = list(memory_of(pid))
        assert any(b"releases/public" in piece for piece in pieces), (
            "the search finds what is there"
        )
        for word in (APART, "releases/partner", "access/access.sqlite"):
            assert not any(word.encode() in piece for piece in pieces), word
        assert not any(b"data/holdings.py" in piece for piece in pieces), "nor is its code loaded"


def test_a_service_that_is_told_too_much_does_not_start(stores: Path) -> None:
    env = {
        "PATH": os.environ["PATH"], "SIMA_SERVICE": "public", "SIMA_PUBLIC": str(stores / "releases" / "public"),
        "SIMA_HOLDINGS": str(stores / APART / "holdings.sqlite"),
    }  # fmt: skip
    line = [sys.executable, "-m", "dashboard.server.run", "127.0.0.1", str(free_port())]
    done = subprocess.run(
        line, env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode != 0
    assert "must not have SIMA_HOLDINGS" in done.stderr


# ---- attacks on the running server


def ask(
    address: str, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> tuple[int, dict[str, str], bytes]:
    """Ask exactly what is said; no client tidies it up."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in {"content-length": str(len(body)), **(headers or {})}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, {n.lower(): v for n, v in answer.getheaders()}, content


def raw(address: str, content: bytes) -> bytes:
    """Send bytes that may be no HTTP at all; give what comes back."""
    parts = urlsplit(address)
    with socket.create_connection((str(parts.hostname), parts.port), timeout=10) as line:
        line.sendall(content)
        line.shutdown(socket.SHUT_WR)
        got = b""
        with contextlib.suppress(TimeoutError, ConnectionError):
            while piece := line.recv(65536):
                got += piece
        return got


@pytest.fixture(scope="module")
def steward(stores: Path) -> Iterator[str]:
    shutil.copytree(stores / APART, stores / "holdings")
    with serving(stores, "steward") as address:
        yield address


@pytest.fixture(scope="module")
def partner(stores: Path) -> Iterator[str]:
    with serving(stores, "planner:511") as address:
        yield address


def cookies(address: str) -> dict[str, str]:
    return {"cookie": f"sima_session={TOKENS[address]}"}


UP = ["/static/{}", "/assets/{}", "/assets/leaflet/{}", "/media/{}", "/geometry/{}", "/words/{}", "/component/{}",
      "/_stcore/bidi-components/{}", "/scene/{}", "/{}"]  # fmt: skip
STEPS = ["../../../../../../etc/passwd", "..%2f..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
         "....//....//etc/passwd", "..\\..\\..\\etc\\passwd", "/etc/passwd", "%00/etc/passwd", "..;/..;/etc/passwd",
         "../holdings/holdings.sqlite", "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd"]  # fmt: skip


@pytest.mark.parametrize("route", UP)
def test_no_path_leads_out_of_a_folder(partner: str, public: str, route: str) -> None:
    for step in STEPS:
        for address in (public, partner):
            status, _headers, content = ask(
                address, "GET", route.format(step), {"host": "127.0.0.1"}
            )
            assert status in (400, 403, 404, 405), (route, step, status)
            assert b"root:" not in content
            assert b"SQLite" not in content


def test_a_request_that_is_none_does_not_stop_the_server(public: str) -> None:
    for content in (b"\0" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"A" * 100_000,
                    b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"):  # fmt: skip
        got = raw(public, content)
        assert b"Traceback" not in got
        assert b" 200 " not in got[:20]
    assert ask(public, "GET", "/healthz")[0] == 200


def test_a_request_with_very_many_headers_does_not_stop_the_server(public: str) -> None:
    # This one is well formed. Read in one piece it is answered; read in several it is refused as too
    # long, and the client may see the closed line before it sees the refusal.
    got = raw(public, b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 5000 + b"\r\n")
    assert got[:12] in (b"HTTP/1.1 200", b"HTTP/1.1 400", b"HTTP/1.1 431", b"")
    assert b"Traceback" not in got
    assert ask(public, "GET", "/healthz")[0] == 200


@pytest.mark.parametrize(
    "word", ["%0d%0aSet-Cookie:%20a=b", "%0aLocation:%20http://evil", "a%0d%0a%0d%0a<script>"]
)
def test_no_word_of_an_address_writes_a_header(partner: str, word: str) -> None:
    for path in (
        f"/sign-in?next={word}",
        f"/sign-in?lang={word}",
        f"/planner?x={word}",
        f"/{word}",
    ):
        status, headers, content = ask(partner, "GET", path)
        assert status in (200, 303, 404)
        assert "evil" not in headers.get("location", "").replace("%", "")[:12]
        assert (
            "a=b" not in headers.get("set-cookie", "").split(";")[0].removeprefix("sima_next=")[:3]
        )
        assert b"<script>" not in content


@pytest.mark.parametrize(
    "target", ["http://evil.example.org", "//evil.example.org", "/\\evil.example.org", "https:evil", "javascript:alert(1)",
               "/planner@evil.example.org", "/%2f%2fevil.example.org", "", "planner"],
)  # fmt: skip
def test_signing_in_leads_to_a_page_of_ours_alone(partner: str, target: str) -> None:
    status, headers, _content = ask(partner, "GET", f"/sign-in?next={target}", cookies(partner))
    assert (status, headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "word",
    ["' OR 1=1 --", "1; DROP TABLE cell", "51106' UNION SELECT 1", "%", "_______", "\0", "१"],
)
def test_no_word_of_an_address_is_sql(partner: str, word: str) -> None:
    for name in (
        "area",
        "indicator",
        "period",
        "level",
        "whom",
        "unit",
        "release",
        "palika",
        "lang",
    ):
        path = f"/scene/planner?release=1&{name}={quote(word)}"
        status, _headers, content = ask(partner, "GET", path, cookies(partner))
        assert status in (200, 404, 410), (name, status)
        assert b"Traceback" not in content
        assert b"sqlite" not in content.lower()


def test_a_forged_or_foreign_cookie_opens_nothing(partner: str, steward: str) -> None:
    good = TOKENS[partner]
    for token in ("", "x", good[:-1] + "x", good + "x", good.upper(), TOKENS[steward], "a" * 3000):
        for path in ("/", "/planner", "/scene/planner?release=1", "/media/x.csv"):
            status, _headers, _content = ask(
                partner, "GET", path, {"cookie": f"sima_session={token}"}
            )
            assert status in (303, 404), (token[:5], path)
    assert ask(partner, "GET", "/", cookies(partner))[0] == 200


def handshake(address: str, **headers: str) -> bytes:
    parts = urlsplit(address)
    said = {"Host": parts.netloc, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", **headers}  # fmt: skip
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    parts_sent = f"GET /_stcore/stream HTTP/1.1\r\n{lines}\r\n".encode()
    with socket.create_connection((str(parts.hostname), parts.port), timeout=10) as line:
        line.sendall(parts_sent)
        return line.recv(200)


def test_a_socket_is_refused_to_another_origin(public: str, partner: str) -> None:
    for address in (public, partner):
        assert b" 101 " in handshake(address, Origin=address)
        for origin in (
            "http://evil.example.org",
            "http://127.0.0.1:1",
            "http://localhost:8501",
            "null",
        ):
            assert b" 403 " in handshake(address, Origin=origin), origin
        assert b" 403 " in handshake(address)


def test_a_file_is_refused_where_nobody_may_give_one(
    public: str, partner: str, steward: str
) -> None:
    for address, token in ((public, {}), (partner, cookies(partner)), (steward, {})):
        headers = {"origin": address, "content-type": "application/octet-stream", **token}
        status, _headers, _content = ask(
            address, "PUT", "/_stcore/upload_file/a/b", headers, b"x" * 100
        )
        assert status == 404
    headers = {"origin": "http://evil.example.org", **cookies(steward)}
    assert ask(steward, "PUT", "/_stcore/upload_file/a/b", headers, b"x")[0] == 403


def test_a_form_that_is_too_large_or_no_form_signs_nobody_in(partner: str) -> None:
    kinds = {"content-type": "application/x-www-form-urlencoded", "origin": partner}
    for body in (b"name=" + b"x" * 200_000, b"\0\xff" * 50, b"", b"name=a&name=b&password=c"):
        status, headers, content = ask(partner, "POST", "/sign-in", kinds, body)
        assert status in (401, 413), status
        assert "sima_session" not in headers.get("set-cookie", "")
        assert b"Traceback" not in content
    multipart = {"origin": partner, "content-type": "multipart/form-data; boundary=x"}
    body = b'--x\r\nContent-Disposition: form-data; name="name"; filename="a"\r\n\r\nz\r\n--x--\r\n'
    assert ask(partner, "POST", "/sign-in", multipart, body)[0] in (400, 401)


def test_a_file_that_is_too_large_is_refused_and_the_service_stays(steward: str) -> None:
    headers = {
        "origin": steward,
        "content-type": "multipart/form-data; boundary=x",
        **cookies(steward),
    }
    body = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.xlsx"\r\n\r\n'
    body += b"x" * 25_000_000 + b"\r\n--x--\r\n"
    with contextlib.suppress(ConnectionError, http.client.HTTPException):
        status, _headers, _content = ask(
            steward, "PUT", "/_stcore/upload_file/none/none", headers, body
        )
        assert status in (400, 401, 403, 404, 413)
    assert ask(steward, "GET", "/healthz")[0] == 200


@pytest.mark.parametrize("many", [300, pytest.param(10_000, marks=pytest.mark.deep)])
def test_ten_thousand_wrong_passwords_are_not_hashed(partner: str, many: int) -> None:
    """On one line, as fast as they come; what was hashed is counted with the account."""
    store, name = Accounts.open(ACCESS[partner]), f"auditor-{many}"
    store.add(name, Role.AUDITOR)
    now = datetime.now(UTC)
    store.accept(name, store.invite(name, now), "river stone lantern", now)
    parts = urlsplit(partner)
    line = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    kinds = {"content-type": "application/x-www-form-urlencoded", "origin": partner}
    waits = 0
    for n in range(many):
        line.request("POST", "/sign-in", f"name={name}&password=guess+{n}", kinds)
        answer = line.getresponse()
        waits += b"Too many tries" in answer.read()
        assert answer.status == 401
    line.close()
    with store.engine.connect() as connection:
        mine = sa.select(account.c.wrong).where(account.c.account == name)
        counted = connection.execute(mine).scalar_one()
    assert counted <= 16, "each wrong password that was hashed is counted"
    assert waits >= many - 16
    assert ask(partner, "GET", "/healthz")[0] == 200
