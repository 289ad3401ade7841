"""Shapes and words beside the pages: found by the name of their content, and kept for good."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

import brotli
import pytest
from starlette.applications import Starlette

from dashboard.i18n import wording
from dashboard.maps import words as maps_words
from dashboard.server.routes import map_files
from data.releases.reader import ReleaseReader
from tests.support.asgi_client import Answer, ask

BOUNDARIES, NAME = "0123456789abcdef", "fedcba9876543210"
CONTENT = json.dumps({"type": "Topology", "arcs": [[[1, 2], [3, 4]]] * 50}).encode()
STORED = {"brotli": brotli.compress(CONTENT), "gzip": gzip.compress(CONTENT)}
FOUND = f"/geometry/{BOUNDARIES}/{NAME}.json"


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    wording.speak("en")
    yield
    wording.speak("en")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """A store of one file; what it was asked for."""
    asked: list[tuple[str, ...]] = []

    class _Store:
        def geometry_content(self, boundaries_id: str, name: str, coding: str) -> bytes | None:
            asked.append((boundaries_id, name, coding))
            return STORED[coding] if (boundaries_id, name) == (BOUNDARIES, NAME) else None

    monkeypatch.setattr(ReleaseReader, "open", lambda *_a: _Store())
    return asked


def get(path: str, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask(Starlette(routes=map_files.ROUTES), path, headers=named)


def plain(answer: Answer) -> bytes:
    unpack: Any = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
    return unpack[answer.headers.get("content-encoding")](answer.body)


@pytest.mark.parametrize(
    ("takes", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br", "br"),
        ("BR", "br"),
        ("gzip", "gzip"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.0,gzip;q=1.0", "gzip"),
        ("br;q=0.5", "br"),
        ("br; q=0.2, gzip; q=0.8", "gzip"),
        ("*", "br"),
        ("gzip;q=0", None),
        ("br;q=0, gzip;q=0", None),
        ("br;q=0.000", None),
        ("deflate", None),
        ("brotli, x-gzip", None),
        ("identity", None),
        ("", None),
    ],
)
def test_a_file_comes_in_the_coding_that_is_taken(
    asked: list[tuple[str, ...]], takes: str, coding: str | None
) -> None:
    answer = get(FOUND, accept_encoding=takes)
    assert answer.status == 200
    assert answer.headers.get("content-encoding") == coding
    assert plain(answer) == CONTENT
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert asked == [(BOUNDARIES, NAME, "brotli" if coding == "br" else "gzip")]


def test_a_file_may_be_kept_for_good_in_each_coding_by_itself(
    asked: list[tuple[str, ...]],
) -> None:
    del asked
    for takes in ("br", "gzip", ""):
        headers = get(FOUND, accept_encoding=takes).headers
        assert headers["cache-control"] == "public, max-age=31536000, immutable"
        assert headers["etag"] == f'"{NAME}"'
        assert headers["vary"].lower() == "accept-encoding"
        assert headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    [
        f"/geometry/{BOUNDARIES}/{NAME[:-1]}1.json",
        f"/geometry/{NAME}/{BOUNDARIES}.json",
        f"/geometry/{BOUNDARIES}/{NAME}",
        f"/geometry/{BOUNDARIES}/{NAME}.sqlite",
        f"/geometry/{BOUNDARIES}/{NAME.upper()}.json",
        f"/geometry/{BOUNDARIES}/{NAME}0.json",
        f"/geometry/{BOUNDARIES}/{NAME}\n.json",
        f"/geometry/{BOUNDARIES}/{NAME}.json.json",
        f"/geometry/{BOUNDARIES}\x00/{NAME}.json",
        f"/geometry/../{NAME}.json",
        f"/geometry/..%2f..%2fvar/{NAME}.json",
        f"/geometry/{BOUNDARIES}/../{BOUNDARIES}/{NAME}.json",
        "/geometry/../../etc/passwd",
        "/geometry/%2e%2e/state.json",
        f"/geometry/{BOUNDARIES}/' OR 1=1 --.json",
        f"/geometry/{BOUNDARIES}/%.json",
        f"/geometry/{BOUNDARIES[:-2]}*/{NAME}.json",
        "/geometry/०१२३४५६७८९abcdef/fedcba9876543210.json",
        "/geometry/",
        f"/geometry/{BOUNDARIES}/.json",
    ],
)
def test_what_is_no_name_of_ours_is_not_looked_for(asked: list[tuple[str, ...]], path: str) -> None:
    answer = get(path, accept_encoding="br")
    assert answer.status == 404
    assert "content-encoding" not in answer.headers
    assert "immutable" not in answer.headers.get("cache-control", "")
    named = {(BOUNDARIES, NAME[:-1] + "1"), (NAME, BOUNDARIES)}
    assert {each[:2] for each in asked} <= named, "a path never reaches a store"


def test_a_file_is_looked_for_in_every_store_that_there_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("SIMA_VAR", str(tmp_path / "none"))
    assert get(FOUND, accept_encoding="br").status == 404


def test_nothing_is_written_through_these_routes(asked: list[tuple[str, ...]]) -> None:
    app = Starlette(routes=map_files.ROUTES)
    for path in (FOUND, "/words/en/x.json"):
        for method in ("POST", "PUT", "DELETE"):
            assert ask(app, path, method=method, headers={}).status == 405
    assert asked == []


# ---- words


@pytest.mark.parametrize("language", ["en", "ne"])
def test_the_words_of_a_language_stand_at_their_address(language: str) -> None:
    wording.speak(language)
    address, words = maps_words.words_address(), maps_words.map_words()
    wording.speak("en")  # what somebody else reads at the time changes nothing
    answer = get(address)
    assert answer.status == 200
    assert answer.json() == words
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert address == f"/words/{language}/{hashlib.sha256(answer.body).hexdigest()[:16]}.json"
    assert wording.language() == "en"


def test_every_word_is_translated() -> None:
    english = maps_words.map_words()
    wording.speak("ne")
    nepali = maps_words.map_words()
    assert list(nepali) == list(english)
    assert [key for key in english if english[key] == nepali[key]] == []
    assert maps_words.words_address().startswith("/words/ne/")


def sentences(words: dict[str, Any]) -> dict[str, str]:
    """Take the words that are no list of choices."""
    return {key: text for key, text in words.items() if isinstance(text, str)}


def test_what_stands_in_braces_is_the_same_in_both_languages() -> None:
    english = sentences(maps_words.map_words())
    wording.speak("ne")
    for key, text in sentences(maps_words.map_words()).items():
        braces = [sorted(re.findall(r"{\w+}", each)) for each in (text, english[key])]
        assert braces[0] == braces[1], key


def test_an_older_name_gives_the_words_of_today_but_not_for_good() -> None:
    answer = get("/words/en/0000000000000000.json")
    assert answer.status == 200
    assert answer.json() == maps_words.map_words()
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/words/xx/0.json", "/words/../en.json", "/words/en", "/words/"])
def test_a_language_that_we_do_not_speak_has_no_words(path: str) -> None:
    assert get(path).status == 404
