"""Answers of the whole app beside Streamlit's runtime: caching, headers, the lighter page."""

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

import brotli
import pytest
from starlette.applications import Starlette
from streamlit.web.server.starlette.starlette_static_routes import (
    create_streamlit_static_assets_routes,
)

from dashboard.auth import page_access, viewer
from dashboard.server import app, response_headers, streamlit_fonts
from dashboard.static_assets import ASSETS, asset_url, assets_base
from data.model import Service
from tests.support.asgi_client import Answer, ask

PAGE = (response_headers.STREAMLIT / "index.html").read_bytes()
STYLES = next((response_headers.STREAMLIT / "static" / "css").glob("index.*.css"))
SCRIPT = re.findall(r"\./(static/js/[^\"]+)", PAGE.decode())[0]
LEAFLET, FONT = "leaflet/leaflet.js", "fonts/NotoSansDevanagari.ttf"
YEAR, DAY = "public, max-age=31536000, immutable", "public, max-age=86400"
OURS = sorted(p.relative_to(ASSETS).as_posix() for p in ASSETS.rglob("*") if p.is_file())

Get = Callable[..., Answer]


def served(service: Service, origin: str = "") -> Starlette:
    """Give the app of a service without Streamlit's runtime."""
    exits = page_access.routes(app.EXITS, service)
    routes = [*(each.route for each in exits), *create_streamlit_static_assets_routes("")]
    return Starlette(routes=routes, middleware=app.middleware(service, exits, origin))


@pytest.fixture(scope="module")
def get() -> Get:
    """Ask our routes and Streamlit's files; its runtime is not started."""
    app = served(Service.PUBLIC)

    def get(path: str, coding: str = "br", **more: str) -> Answer:
        said = {name.replace("_", "-"): value for name, value in more.items()}
        return ask(app, path, headers={"accept-encoding": coding, **said})

    return get


# ---- our own files ---------------------------------------------------------------------------
@pytest.mark.parametrize("name", [*OURS, LEAFLET, "leaflet/leaflet.css", FONT])
def test_a_file_of_ours_is_kept_for_good_by_the_address_of_its_content(get: Get, name: str) -> None:
    answer = get(asset_url(name))
    assert answer.status == 200
    assert answer.headers["cache-control"] == YEAR
    plain = get(f"/assets/{name}")
    assert plain.headers["cache-control"] == DAY
    assert plain.headers["etag"] == answer.headers["etag"]


@pytest.mark.parametrize("name", [OURS[0], LEAFLET, FONT])
def test_an_older_address_gives_todays_file_and_does_not_keep_it(get: Get, name: str) -> None:
    answer = get(f"/assets/{'0' * 12}/{name}", "identity")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.body == get(asset_url(name), "identity").body


def test_a_file_that_is_not_there_is_not_kept(get: Get) -> None:
    for path in (asset_url("none.js"), "/assets/none.js", f"{assets_base()}/../asgi.py"):
        answer = get(path)
        assert answer.status == 404
        assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("step", ["..", "%2e%2e", "..%2f", "..\\", ".%2e", "....//", "", "/"])
@pytest.mark.parametrize("base", [assets_base(), f"/assets/{'0' * 12}", f"{assets_base()}/leaflet"])
def test_no_address_leads_out_of_the_assets(get: Get, base: str, step: str) -> None:
    for depth in (1, 2, 8):
        for target in ("asgi.py", "dashboard/server/app.py", "etc/passwd"):
            assert get(f"{base}/{'/'.join([step] * depth)}/{target}").status == 404


def test_the_address_follows_the_content(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    def base() -> str:
        assets_base.cache_clear()
        return assets_base()

    before = base()
    monkeypatch.setattr("dashboard.static_assets.ASSETS", tmp_path)
    bases = [before]
    (tmp_path / "engine").mkdir()
    for name, text in (("a.js", "1"), ("a.js", "2"), ("engine/b.js", ""), ("engine/c.js", "")):
        (tmp_path / name).write_text(text)
        bases.append(base())
    (tmp_path / "a.js").rename(tmp_path / "d.js")
    bases.append(base())
    assert len(set(bases)) == len(bases)
    assert all(re.fullmatch(r"/assets/[0-9a-f]{12}", each) for each in bases)
    monkeypatch.undo()
    assert base() == before


def test_a_new_leaflet_has_a_new_address(monkeypatch: pytest.MonkeyPatch) -> None:
    before = assets_base()
    assets_base.cache_clear()
    monkeypatch.setattr("dashboard.static_assets.version", lambda _: "another")
    assert assets_base() != before
    assets_base.cache_clear()


@pytest.mark.parametrize("name", [FONT, LEAFLET])
def test_what_compresses_is_compressed(get: Get, name: str) -> None:
    packed, plain = get(asset_url(name)), get(asset_url(name), "identity")
    assert packed.headers["content-encoding"] == "br"
    assert brotli.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2
    tag = packed.headers["etag"]
    assert get(f"/assets/{name}", if_none_match=tag).status == 304


def test_scripts_are_scripts(get: Get) -> None:
    scripts = [name for name in OURS if name.endswith((".js", ".mjs"))]
    for name in (*scripts, LEAFLET):
        assert get(asset_url(name)).headers["content-type"].startswith("text/javascript")


# ---- Streamlit's files -----------------------------------------------------------------------
def test_streamlits_scripts_are_kept_for_good_and_compressed(get: Get) -> None:
    answer = get(f"/{SCRIPT}")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "br"
    assert brotli.decompress(answer.body) == (response_headers.STREAMLIT / SCRIPT).read_bytes()


@pytest.mark.parametrize("path", ["/", "/map", "/safety"])
def test_the_page_is_asked_for_again_and_costs_no_more_than_a_304(get: Get, path: str) -> None:
    first = get(path)
    assert first.headers["cache-control"] == "no-cache"
    assert get(path, if_none_match=first.headers["etag"]).status == 304
    assert get(path, if_none_match='"older"').status == 200


def test_the_page_does_not_ask_for_a_font_that_no_page_uses(get: Get) -> None:
    page = get("/", "identity").body
    assert b"SourceSans" in PAGE
    assert b"SourceSans" not in page
    assert page.count(b"<link") == PAGE.count(b"<link") - 1
    assert streamlit_fonts.lighter_page(page) == page


def test_icons_are_loaded_where_there_is_one(get: Get) -> None:
    before, after = STYLES.read_bytes(), get(f"/static/css/{STYLES.name}", "identity").body
    faces = re.findall(rb"@font-face\{font-family:(?:Source Sans|Material)[^}]*\}", after)
    assert len(re.findall(rb"@font-face\{font-family:(?:Source Sans|Material)", before)) == 3
    assert len(faces) == 1
    assert b"unicode-range:U+21-7E" in faces[0]
    assert streamlit_fonts.lighter_styles(after) == after


def test_what_streamlit_writes_otherwise_passes() -> None:
    assert streamlit_fonts.lighter_page(b"<html></html>") == b"<html></html>"
    assert streamlit_fonts.lighter_styles(b"p{}") == b"p{}"


def test_the_first_icon_that_is_asked_for_is_ours(get: Get) -> None:
    answer = get("/favicon.png", "identity")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.body == (ASSETS / "icon.svg").read_bytes()


# ---- security --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path",
    ["/", f"/{SCRIPT}", asset_url(LEAFLET), "/assets/none.js", "/healthz", "/geometry/x/y.json"],
)
@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_every_answer_has_the_safe_headers(get: Get, path: str, coding: str) -> None:
    answer = get(path, coding)
    again = get(path, coding, if_none_match="*")
    assert again.status in {304, 404, 503} or "etag" not in answer.headers
    kind = answer.headers["content-type"]
    wanted = (
        response_headers.HEADERS if kind.startswith("text/html") else response_headers.FILE_HEADERS
    )
    assert {name: answer.headers[name] for name in wanted} == wanted
    said = {name: again.headers[name] for name in wanted if name in again.headers}
    assert said == ({} if again.status == 304 else wanted), "a browser keeps what it was told"


def directives(policy: str) -> dict[str, list[str]]:
    told = (each.split() for each in policy.split(";"))
    return {name: sources for name, *sources in told}


def test_no_script_is_allowed_that_is_written_in_a_page(get: Get) -> None:
    told = directives(get("/").headers["content-security-policy"])
    assert told["script-src"][:2] == ["'self'", "blob:"]
    hashes = told["script-src"][2:]
    assert len(hashes) == PAGE.count(b"<script>") == 1
    text = re.findall(rb"<script>(.*?)</script>", get("/", "identity").body, re.DOTALL)[0]
    assert hashes == [f"'sha256-{b64encode(sha256(text).digest()).decode()}'"]
    assert told["default-src"] == ["'none'"]


def test_who_prepares_releases_may_be_shown_a_preview(get: Get) -> None:
    stewards = ask(served(Service.STEWARD), "/invitation", headers={})
    assert stewards.headers["content-security-policy"] == response_headers.policy(documents=True)
    assert get("/").headers["content-security-policy"] == response_headers.policy(documents=False)


def test_over_https_every_answer_holds_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer, "viewer_of", lambda _cookies: None)
    app = served(Service.PARTNER, "https://sima.example.org")
    answer = ask(app, "/sign-in", headers={})
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "; Secure" in answer.headers["set-cookie"]


def test_only_a_preview_may_have_scripts_written_in_it() -> None:
    strict, open_ = (directives(response_headers.policy(documents=each)) for each in (False, True))
    assert open_.pop("script-src") == ["'self'", "blob:", "'unsafe-inline'"]
    strict.pop("script-src")
    assert open_ == strict


@pytest.mark.parametrize("documents", [False, True])
def test_nothing_is_evaluated_and_no_other_host_is_named(documents: bool) -> None:  # noqa: FBT001
    assert not re.search(
        r"//|\*|unsafe-eval|https|:[^; ]", response_headers.policy(documents=documents)
    )
