"""What a browser is sent, against an app whose every answer is known."""

import asyncio
import gzip
from collections.abc import Callable
from hashlib import sha512

import brotli
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from dashboard import http_coding
from dashboard.http_coding import pick_coding
from dashboard.server.compression import SMALLEST, Compressed, Kept
from tests.support.asgi_client import Answer, ask

TEXT = "नेपाल Nepal, सीमा border. " * 400
BODY = TEXT.encode()
UNPACK: dict[str, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress}
BROWSER = {"accept-encoding": "gzip, deflate, br, zstd"}


def _lasting(request: Request) -> Response:
    del request
    headers = {"cache-control": "public, immutable", "etag": '"v1"', "last-modified": "never"}
    return Response(TEXT, media_type="text/javascript", headers=headers)


def _passing(request: Request) -> Response:
    del request
    return JSONResponse({"text": TEXT}, headers={"etag": 'W/"weak"', "vary": "Cookie"})


def _inside(request: Request) -> Response:
    """Say what the app was told."""
    told = {n: v for n, v in request.headers.items() if n.startswith(("accept-e", "if-", "range"))}
    return JSONResponse(told)


def _own(request: Request) -> Response:
    del request
    headers = {"content-encoding": "br", "etag": '"own"'}  # it says so; its bytes would shrink
    return Response(BODY, media_type="application/json", headers=headers)


def _part(request: Request) -> Response:
    return Response(
        BODY[:600] if "range" in request.headers else BODY,
        status_code=206 if "range" in request.headers else 200,
        media_type="text/plain",
        headers={"etag": '"v1"'},
    )


async def _pieces():  # of the test
    for _ in range(3):
        yield BODY


ROUTES = [
    Route("/lasting", _lasting),
    Route("/passing", _passing),
    Route("/inside", _inside),
    Route("/encoded/inside", _inside),
    Route("/own", _own),
    Route("/part", _part),
    Route("/stream", lambda _: StreamingResponse(_pieces(), media_type="text/plain")),
    Route("/small", lambda _: PlainTextResponse("x" * (SMALLEST - 1))),
    Route("/picture", lambda _: Response(BODY, media_type="image/png")),
    Route("/events", lambda _: Response(BODY, media_type="text/event-stream")),
    Route("/fixed", lambda _: PlainTextResponse(TEXT, headers={"cache-control": "no-transform"})),
    Route("/wrong", lambda _: PlainTextResponse(TEXT, status_code=503, headers={"etag": '"v1"'})),
]


@pytest.fixture
def kept() -> Kept:
    return Kept(largest=100_000)


@pytest.fixture
def get(kept: Kept) -> Callable[..., Answer]:
    inner = Middleware(Compressed, kept=kept, encoded_below=["/encoded/"])
    app = Starlette(routes=ROUTES, middleware=[inner])

    def get(path: str, method: str = "GET", **headers: str) -> Answer:
        said = {name.replace("_", "-"): value for name, value in headers.items()} or BROWSER
        return ask(app, path, method=method, headers=said)

    return get


# ---- which coding ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("br, gzip", "br"), ("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("GZIP", "gzip"),
        ("deflate", None), ("", None), ("identity", None), ("zstd;q=1, *;q=0", None),
        ("br;q=0, gzip", "gzip"), ("br;q=0.0,gzip;q=0", None), ("br; q=0 , gzip;q=0.001", "gzip"),
        ("gzip;q=1, br;q=0.5", "gzip"), ("gzip;q=0.5, br;q=0.5", "br"), ("*", "br"),
        ("*, br;q=0", "gzip"), ("*;q=0, gzip", "gzip"), ("identity, br;q=0.5", None),
        ("br;q=x", None), ("brr", None), ("br;q=2", None),
    ],
)  # fmt: skip
def test_a_coding_is_picked_by_what_the_browser_takes(accepted: str, coding: str | None) -> None:
    assert pick_coding(accepted) == coding


@pytest.mark.parametrize("path", ["/lasting", "/passing"])
@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_an_answer_is_compressed_and_says_so(
    get: Callable[..., Answer], path: str, coding: str
) -> None:
    plain, packed = get(path, accept_encoding="identity"), get(path, accept_encoding=coding)
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == coding
    assert int(packed.headers["content-length"]) == len(packed.body) < len(plain.body) / 10
    assert UNPACK[coding](packed.body) == plain.body
    for answer in (plain, packed):
        assert answer.headers["vary"].count("Accept-Encoding") == 1
    assert plain.headers["etag"] != packed.headers["etag"]


def test_what_varied_before_still_does(get: Callable[..., Answer]) -> None:
    assert get("/passing").headers["vary"] == "Cookie, Accept-Encoding"


@pytest.mark.parametrize("path", ["/small", "/picture", "/events", "/fixed", "/wrong", "/stream"])
def test_what_must_not_be_compressed_is_not(get: Callable[..., Answer], path: str) -> None:
    answer = get(path)
    assert "content-encoding" not in answer.headers
    assert answer.body in {BODY, 3 * BODY, b"x" * (SMALLEST - 1)}


def test_a_stream_is_passed_on_piece_by_piece(get: Callable[..., Answer]) -> None:
    assert get("/stream").pieces.count(BODY) == 3


def test_what_is_encoded_already_passes(get: Callable[..., Answer]) -> None:
    answer = get("/own")
    assert answer.headers["content-encoding"] == "br"
    assert answer.headers["etag"] == '"own"'
    assert answer.body == BODY


def test_only_routes_with_compressed_answers_learn_what_the_browser_takes(
    get: Callable[..., Answer],
) -> None:
    said = {"accept_encoding": "br", "if_none_match": '"x"', "if_modified_since": "never"}
    for path, told in (
        ("/inside", set()),
        ("/encoded/inside", {n.replace("_", "-") for n in said}),
    ):
        answer = get(path, **said).json()
        assert set(answer) == told


# ---- 304, HEAD, parts ------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/lasting", "/passing", "/part", "/own"])
@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_a_browser_that_has_the_answer_is_not_sent_it_again(
    get: Callable[..., Answer], path: str, coding: str
) -> None:
    tag = get(path, accept_encoding=coding).headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag.removeprefix('W/')}", "*"):
        again = get(path, accept_encoding=coding, if_none_match=known)
        assert (again.status, again.body) == (304, b"")
        assert "content-length" not in again.headers
        assert "content-encoding" not in again.headers
        assert known == "*" or again.headers["etag"] == tag
    assert again.headers.get("cache-control") == get(path).headers.get("cache-control")
    for other in ('"other"', tag.replace('"', '"x', 1), ""):
        assert get(path, accept_encoding=coding, if_none_match=other).status == 200


def test_an_error_is_no_304(get: Callable[..., Answer]) -> None:
    assert get("/wrong", if_none_match='"v1"').status == 503


def test_the_date_does_not_stand_for_another_content(get: Callable[..., Answer]) -> None:
    told = get("/inside", if_none_match='"other"', if_modified_since="never").json()
    assert "if-modified-since" not in told
    assert "if-modified-since" in get("/inside", if_modified_since="never").json()


def test_head_says_what_the_file_is(get: Callable[..., Answer]) -> None:
    answer = get("/lasting", method="HEAD")
    assert answer.headers["etag"] == '"v1"'
    assert answer.headers["content-length"] == str(len(BODY))
    assert "content-encoding" not in answer.headers


def test_a_part_is_a_part_of_the_file_as_it_is(get: Callable[..., Answer]) -> None:
    answer = get("/part", accept_encoding="br", range="bytes=0-599")
    assert (answer.status, answer.body) == (206, BODY[:600])
    assert "content-encoding" not in answer.headers
    refused = get("/lasting", accept_encoding="br", range="bytes=0-599")
    assert (refused.status, refused.body) == (200, BODY)  # by an app that has no parts
    whole = get("/part", accept_encoding="br").headers["etag"]
    assert whole != answer.headers["etag"]  # If-Range with it gives the whole file


# ---- what is kept ----------------------------------------------------------------------------
def test_what_lasts_is_compressed_well_once(
    get: Callable[..., Answer], kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[bool] = []
    real = http_coding.compress

    def counted(body: bytes, coding: str, *, best: bool) -> bytes:
        done.append(best)
        return real(body, coding, best=best)

    monkeypatch.setattr(http_coding, "compress", counted)
    quick = get("/lasting")
    kept.settle()
    best, again = get("/lasting"), get("/lasting")
    assert sorted(done) == [False, True]
    assert best.body == again.body == brotli.compress(BODY, quality=11)
    assert quick.body == brotli.compress(BODY, quality=5)
    assert kept.size == len(best.body)
    get("/passing")
    kept.settle()
    assert sorted(done) == [False, False, True]
    assert kept.size == len(best.body)


def test_it_is_compressed_outside_the_event_loop(
    get: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def compress(body: bytes, coding: str, *, best: bool) -> bytes:
        with pytest.raises(RuntimeError):  # none runs in this thread
            asyncio.get_running_loop()
        return f"{coding} {best} {len(body)}".encode()

    monkeypatch.setattr(http_coding, "compress", compress)
    assert get("/passing").body.startswith(b"br False")


def test_the_oldest_is_forgotten_first() -> None:
    bodies = [sha512(bytes([n])).digest() for n in range(4)]
    room = len(brotli.compress(bodies[0], quality=11))
    kept = Kept(largest=3 * room)
    for body in bodies[:3]:
        assert kept.find(body, "br") is None
    kept.settle()
    assert kept.size == 3 * room
    assert kept.find(bodies[0], "br") is not None  # so that 1 is the oldest
    kept.find(bodies[3], "br")
    kept.settle()
    assert kept.size == 3 * room
    assert [kept.find(body, "br") is not None for body in bodies] == [True, False, True, True]


def test_two_codings_of_a_file_are_two() -> None:
    kept = Kept(largest=100_000)
    for _ in range(2):
        found = [kept.find(BODY, coding) for coding in ("br", "gzip")]
        kept.settle()
    assert [UNPACK[c](made or b"") for c, made in zip(UNPACK, found, strict=True)] == [BODY, BODY]


def test_files_are_compressed_before_they_are_asked_for(tmp_path) -> None:
    (tmp_path / "a.js").write_bytes(BODY)
    kept = Kept(largest=100_000)
    kept.warm([tmp_path / "a.js"])
    kept.settle()
    assert kept.find(BODY, "br") == brotli.compress(BODY, quality=11)
