"""What is sent at the address of a map, to whom, and for how long it may be kept."""

import json
from http import HTTPStatus

import brotli
import pytest
from starlette.responses import Response

from tests.dashboard.maps.test_encoding import unpack
from tests.pages.conftest import Open, asked_for, chose, scenes, told

MAP = "public/map.py"


def ask(address: str, **words: str) -> Response:
    more = "".join(f"&{name}={value}" for name, value in words.items())
    return asked_for(f"{address}{more}")


@pytest.fixture
def address(shown: Open) -> str:
    """The address that the public map tells a browser."""
    return str(told(shown(MAP, area="511"))[0]["scene"])


def test_an_address_leads_to_the_view_of_the_page_and_may_be_kept_a_while(address: str) -> None:
    answer = ask(address)
    scene = json.loads(bytes(answer.body))
    assert scene["address"] == address
    assert scene["area"] == "511.palika.outline"
    assert answer.headers["cache-control"] == "private, max-age=900"


def test_a_word_that_was_changed_in_the_browser_gives_the_view_that_the_page_would(
    shown: Open, address: str
) -> None:
    scene = json.loads(bytes(ask(address, period="ad-2022").body))
    app = chose(shown(MAP, area="511"), period="ad-2022")
    assert scene == scenes(app)[0]
    assert told(app)[0]["scene"] == scene["address"], "the page has no reason to draw it again"


def test_what_is_compressed_is_the_same(address: str) -> None:
    packed = asked_for(address, {"accept-encoding": "gzip, br"})
    assert packed.headers["content-encoding"] == "br"
    assert packed.headers["vary"] == "Accept-Encoding"
    plain = asked_for(address)
    assert "content-encoding" not in plain.headers
    assert brotli.decompress(bytes(packed.body)) == bytes(plain.body)


@pytest.mark.parametrize(
    ("viewer", "plan"),
    [("", "planner"), ("", "palika"), ("deputy:31206", "planner"), ("planner", "palika"),
     ("steward", "planner"), ("", "nothing"), ("", "..")],
)  # fmt: skip
def test_a_map_that_is_not_for_who_asks_is_not_there(shown: Open, viewer: str, plan: str) -> None:
    shown(viewer=viewer)
    assert ask(f"/scene/{plan}?release=1").status_code == HTTPStatus.NOT_FOUND


def test_a_deputy_gets_her_own_wards_whatever_is_asked(shown: Open) -> None:
    mine, committees = told(shown(viewer="deputy:31206"))
    assert "/scene/ward-committees?" in committees["scene"]
    for words in ({"area": "511"}, {"area": "51105", "level": "palika"}, {"level": "district"}):
        answer = ask(mine["scene"], **words)
        scene = json.loads(bytes(answer.body))
        assert scene["area"].startswith("31206.ward.")
        drawn = [value for packed in scene["values"] for value in unpack(packed)]
        assert sum(value != "outside" for value in drawn) == 19
        assert answer.headers["cache-control"] == "no-store", "no browser keeps what partners see"


@pytest.mark.parametrize("release", ["2", "", "one", "<b>", "01"])
def test_a_release_that_is_not_served_gives_no_other_ones_figures(
    shown: Open, release: str
) -> None:
    shown(MAP)
    answer = ask(f"/scene/map?release={release}")
    assert answer.status_code == HTTPStatus.GONE
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "words",
    [{"area": "<script>"}, {"indicator": "' OR 1=1"}, {"period": "../x"}, {"lang": "xx"},
     {"level": "country"}, {"kind": "?", "display": "x", "whom": "all"}],
)  # fmt: skip
def test_a_hostile_word_is_as_if_it_were_not_there(shown: Open, words: dict[str, str]) -> None:
    shown(MAP)
    answer = ask("/scene/map?release=1", **words)
    assert answer.status_code == HTTPStatus.OK
    assert not set(words.values()) & {"<script>", "' OR 1=1"} & set(bytes(answer.body).split(b'"'))
