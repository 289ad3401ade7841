"""What pages send to a browser: opened by every reader, with all that a scene says spelled out."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from streamlit.testing.v1 import AppTest

from dashboard.auth import viewer as access
from dashboard.i18n import wording
from dashboard.maps import registry
from dashboard.server import app as asgi
from data.model import AdminLevel
from data.pipeline import Sima
from tests.dashboard.maps.test_encoding import unpack
from tests.support.examples import some
from tests.support.exit_register import ELEMENTS, MESSAGES, Emitted, side_of
from tests.support.paths import ROOT
from tests.support.planted_programme import PARTNER, PUBLIC, World, as_text
from tests.support.previews import made_here
from tests.support.runner import find_components_once
from tests.support.viewers import looking

find_components_once()


def fetch(path: str) -> tuple[int, bytes]:
    """Ask our routes for a path exactly as it stands: no client tidies it up."""
    sent: list[dict[str, Any]] = []

    done = asyncio.Event()
    asked = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not asked:
            await done.wait()  # nobody hangs up before the answer is there
        return asked.pop() if asked else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            done.set()

    path, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": [(b"host", b"127.0.0.1")],
        "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "root_path": "",
    }  # fmt: skip
    routes = [each.route for each in asgi.EXITS]
    served = Starlette(routes=routes, middleware=[Middleware(asgi.SafeHeaders)])
    # In a thread of its own: where a browser was driven before, this one has a running loop.
    with ThreadPoolExecutor(max_workers=1) as other:
        other.submit(lambda: asyncio.run(served(scope, receive, send))).result()
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def _said(message: Any) -> Iterator[str]:
    """Give everything that a message to the browser says, the tables in it decoded."""
    for _field, value in message.ListFields():
        if hasattr(value, "items"):
            values: Any = [*value.keys(), *value.values()]
        else:
            values = (
                [value]
                if isinstance(value, str | bytes) or not hasattr(value, "__iter__")
                else value
            )
        for each in values:
            yield from _said(each) if hasattr(each, "ListFields") else [spelled(as_text(each))]


def spell(scene: dict[str, Any]) -> dict[str, Any]:
    """Write the figures of a map's scene as numbers, where a browser is sent signs."""
    nation = scene["nation"]
    return scene | {
        "values": [unpack(packed) for packed in scene["values"]],
        "above": [[name, unpack(packed)] for name, packed in scene["above"]],
        "nation": nation and [nation[0], unpack(nation[1])],
    }


_SCENE = '{"area": '


def spelled(text: str) -> str:
    """Spell out every scene that stands in a text."""
    begun = text.find(_SCENE)
    if begun < 0:
        return text
    scene, end = json.JSONDecoder().raw_decode(text, begun)
    told = json.dumps(spell(scene), ensure_ascii=False)
    return text[:begun] + told + spelled(text[end:])


def scenes_in(text: str) -> Iterator[dict[str, Any]]:
    """Give every scene of a text in which they are spelled out."""
    begun = text.find(_SCENE)
    while begun >= 0:
        scene, end = json.JSONDecoder().raw_decode(text, begun)
        yield scene
        begun = text.find(_SCENE, end)


# How the register names the downloads of a page: by the module that offers them.
_DOWNLOADS = {
    "public/overview.py": "dashboard/sections/overview/releases.py ×2",
    "public/logframe.py": "dashboard/sections/targets.py ×2",
    "steward/upload.py": "dashboard/steward/upload.py",
    "partner/planner.py": "dashboard/sections/planner/filters.py ×2",
}


class Pages:
    """Visits pages through Streamlit's own test runner and keeps what would reach the browser."""

    def __init__(self, emitted: Emitted) -> None:
        self._emitted, self.page, self.side = emitted, "", ""
        self._told: set[str] = set()  # addresses of scenes that browsers were told

    def note(self, message: Any) -> None:
        if not self.page:
            return
        said = "\n".join(_said(message))
        self._emitted.add("page", self.page, self.side, said)
        self._told.update(re.findall(rf'"scene": "({registry.SCENE}[^"]+)"', said))
        if message.WhichOneof("type") == "delta" and message.delta.HasField("new_element"):
            kind = message.delta.new_element.WhichOneof("type")
            self._emitted.kinds.add(kind)
            for name in ELEMENTS:
                if MESSAGES.get(name, name) == kind:
                    self._emitted.add("element", name, self.side, said)

    def download(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def noting(*args: Any, **kwargs: Any) -> Any:
            for given in (*args, *kwargs.values()):
                if not self.page or given is kwargs.get("on_click"):
                    continue
                content = given() if callable(given) else given
                if isinstance(content, str | bytes):
                    name = _DOWNLOADS.get(self.page, self.page)
                    self._emitted.add("download", name, self.side, content)
            return original(*args, **kwargs)

        return noting

    def visit(self, page: str, viewer: str, *, default: bool, **query: str) -> AppTest:
        """Open a page as a viewer; the first page that a visitor is led to is not kept twice."""
        access.viewer_of = looking(viewer)  # type: ignore[assignment]  # as if signed in
        wording.speak(query.get("lang", "en"))  # the runner itself writes a widget's options, too
        app = AppTest.from_file(str(asgi.ENTRY), default_timeout=300)
        spoken = {name: value for name, value in query.items() if name == "lang"}
        app.query_params.update(query if default else spoken)
        self.page, self.side = (page if default else ""), side_of("page", page)
        own = viewer.removeprefix("deputy:")
        elsewhere = own != viewer and not query.get("unit", "").startswith(own)
        if page.startswith("public/") and (not viewer or (page == "public/place.py" and elsewhere)):
            self.side = PUBLIC
        app.run()
        if not default:
            self.page = page
            app.query_params.clear()
            app.query_params.update(query)
            app.switch_page(str(ROOT / "pages" / page)).run()
        self._kept(app)
        return app

    def _kept(self, app: AppTest) -> None:
        assert not app.exception, app.exception
        for address in sorted(self._told):  # as a browser does
            status, body = fetch(address)
            assert status == HTTPStatus.OK, address
            drawn = json.dumps(spell(json.loads(body)), ensure_ascii=False)
            self._emitted.add("route", f"{registry.SCENE}{{plan}}", self.side, drawn)
            self._emitted.add("page", self.page, self.side, drawn)
        self._told.clear()
        if not self.page.startswith("steward/"):  # what a steward's visit remembers stays there
            self._emitted.add("page", self.page, self.side, dict(app.session_state.items()))


def _hidden_views(world: World, side: str, level: AdminLevel) -> list[tuple[str, str]]:
    """Pairs of indicator and period of which something is hidden down to a level."""
    cells = world.reader(side).cells(world.number(side))
    hidden = cells[(cells["status"] == "suppressed") & (cells["admin_level"] >= level)]
    return list(
        hidden[["indicator", "period"]].drop_duplicates().itertuples(index=False, name=None)
    )


def visit_pages(world: World, pages: Pages) -> None:
    views = _hidden_views(world, PUBLIC, AdminLevel.COUNTRY)
    for n, (indicator, period) in some(5, enumerate(views)):
        query = {"indicator": indicator, "period": period, "lang": ("en", "ne")[n % 2]}
        area = "113" if n % 4 == 3 else "511"  # the second booth's district, in turn
        level = ("palika", "district", "ward")[n % 3]
        pages.visit("public/map.py", "", default=False, area=area, level=level, **query)
    for language in ("en", "ne"):
        query = {"indicator": "parents_groups", "period": "ad-2023-q4", "lang": language}
        pages.visit("public/map.py", "", default=False, area="511", level="ward", **query)
        query = {"indicator": "parents_members", "period": "ad-2023-q4", "lang": language}
        pages.visit("public/map.py", "", default=False, area="programme", whom="f", **query)
        pages.visit("public/overview.py", "", default=True, lang=language)
    pages.visit("partner/log.py", "auditor", default=True)
    for viewer in ("", "deputy:51105", "planner", "steward"):
        for page in (
            *("map", "committees", "hotspots", "about", "safety", "claims", "logframe", "place"),
        ):
            pages.visit(f"public/{page}.py", viewer, default=False)
        for unit in ("51105", "51106", "5110502"):
            pages.visit("public/place.py", viewer, default=False, unit=unit)
    _visit_partners(world, pages)
    _visit_stewards(world, pages)
    pages.page = ""


def _visit_partners(world: World, pages: Pages) -> None:
    inside = [view for view in _hidden_views(world, PARTNER, AdminLevel.WARD) if "-q" in view[1]]
    ways = ("trend", "ranking", "compare", "strip", "silence", "overlap", "places", "files")
    for n, (indicator, period) in some(5, enumerate(inside)):
        query = {"indicator": indicator, "period": period, "lang": ("en", "ne")[n % 2]}
        for palika in ("51105", "51106"):
            form = {"form": "tiles"} if n % 2 else {}
            pages.visit(
                "partner/palika.py", f"deputy:{palika}", default=True, unit=f"{palika}02",
                **query, **form,
            )  # fmt: skip
        for level, unit in (("ward", "5110502"), ("palika", "51105")):
            way = ways[(2 * n + (level == "ward")) % len(ways)]
            pages.visit(
                "partner/planner.py", "planner", default=True, area="511", level=level, unit=unit,
                way=way, **query,
            )  # fmt: skip
    for period in ("ad-2023-q1", "ad-2023-q4"):
        pages.visit("public/hotspots.py", "planner", default=False, area="511", period=period)
    for viewer in ("planner", "deputy:51106", "deputy:51105"):
        for language in ("en", "ne"):
            pages.visit("partner/booths.py", viewer, default=False, lang=language)
    for way in ways:
        query = {"indicator": "parents_members", "period": "ad-2023-q4", "way": way}
        pages.visit(
            "partner/planner.py", "planner", default=True, area="511", unit="51105", **query
        )


def _visit_stewards(world: World, pages: Pages) -> None:
    pages.visit("steward/upload.py", "steward", default=True)
    pages.visit("steward/project.py", "steward", default=True)
    made = Sima.preview
    previews: list[int] = []

    def previewing(sima: Sima, number: int) -> Any:
        previews.append(number)
        return made(sima, number)

    Sima.preview = previewing  # type: ignore[method-assign]
    with made_here():
        app = pages.visit("steward/release.py", "steward", default=False)
        for toggle in range(len(app.toggle)):
            app.toggle[toggle].set_value(True)  # as above
        app.run()
    Sima.preview = made  # type: ignore[method-assign]
    assert not app.exception, app.exception
    assert set(previews) == set(world.requests), "the preview was not shown"
