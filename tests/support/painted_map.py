"""What is painted: read from the canvas of a map, unit by unit, and compared with its table."""

import re
import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Frame, Page

from tests.browser.conftest import LONG_S

# The pen of the fills keeps the transform it painted with; with it a unit's shape is found again.
_READ = """async ([n, codes]) => {
  const names = [...new Set(performance.getEntriesByType("resource").map((entry) => entry.name))];
  const { load } = await import(names.find((name) => name.endsWith("/engine/topology.js")));
  const known = new Map();
  for (const name of names.filter((each) => /[/]geometry[/].*json$/.test(each))) {
    const file = await load(name).catch(() => ({ units: [] }));
    for (const unit of file.units) known.set(unit.code, unit);
  }
  const root = document.querySelectorAll("[data-sima-map], .sima-alone")[n];
  const [fills, , marks] = root.querySelectorAll(".sima-canvas canvas");
  const pen = fills.getContext("2d");
  const { a: scale, e: right, f: low } = pen.getTransform();
  const ratio = devicePixelRatio;
  const box = fills.getBoundingClientRect();
  const pixels = (canvas, x, y, half) => {
    const size = 2 * half + 1;
    const data = canvas.getContext("2d").getImageData(x - half, y - half, size, size).data;
    return [...Array(size * size).keys()].map((at) => [
      x - half + (at % size), y - half + Math.floor(at / size), data.slice(4 * at, 4 * at + 4),
    ]);
  };
  return codes.map((code) => {
    const unit = known.get(code);
    if (!unit || !unit.path) return null;
    const [x, y] = [unit.at[0] * scale + right, unit.at[1] * scale + low].map(Math.round);
    const colours = {};
    for (const [a, b, [red, green, blue, solid]] of pixels(fills, x, y, Math.round(9 * ratio))) {
      if (solid < 255 || !pen.isPointInPath(unit.path, a + 0.5, b + 0.5, "evenodd")) continue;
      const name = "#" + [red, green, blue].map((c) => c.toString(16).padStart(2, "0")).join("");
      colours[name] = (colours[name] || 0) + 1;
    }
    const written = pixels(marks, x, y, Math.round(5 * ratio)).filter((each) => each[2][3] > 128);
    return { colours, ink: written.length / ratio, x: box.x + x / ratio, y: box.y + y / ratio };
  });
}"""
_LEGEND = """n => [...document.querySelectorAll("[data-sima-map], .sima-alone")[n]
  .querySelectorAll(".legend li")].map((row) => {
    const sign = row.querySelector("i");
    return [row.innerText.trim() || row.textContent.trim(), sign.className,
      getComputedStyle(sign).backgroundColor];
  })"""
_PLACE = """n => {
  const { a, e, f } = document.querySelectorAll("[data-sima-map]")[n]
    .querySelector(".sima-canvas canvas").getContext("2d").getTransform();
  const box = document.querySelectorAll("[data-sima-map]")[n]
    .querySelector(".sima-canvas").getBoundingClientRect();
  const map = document.querySelectorAll("[data-sima-map]")[n]
    .querySelector(".sima-map").getBoundingClientRect();
  return [a / devicePixelRatio, e / devicePixelRatio + box.x - map.x, f / devicePixelRatio + box.y - map.y];
}"""
HIDDEN, SILENT, APART, ZERO = "hidden", "silent", "apart", "#ffffff"
_HATCH_GROUND, _ENOUGH, _DARK, _SAME = "#fbfaf7", 12, 400, 8


@dataclass(frozen=True)
class Painted:
    """One unit as it is painted: a fill or the name of a pattern, where it stands, ink on it."""

    look: str
    x: float
    y: float
    ink: float


def painted(page: Page | Frame, codes: list[str], *, n: int = 0) -> dict[str, Painted]:
    """Read how units are painted; those too small to tell are left out."""
    read = page.evaluate(_READ, [n, codes])
    return {
        code: Painted(_look(unit["colours"]), unit["x"], unit["y"], unit["ink"])
        for code, unit in zip(codes, read, strict=True)
        if unit is not None and sum(unit["colours"].values()) >= _ENOUGH
    }


def _look(colours: dict[str, int]) -> str:
    """Name a pattern by its ground and its marks; what has no marks is one fill."""
    ground = max(colours, key=colours.__getitem__)
    marks = [colour for colour in colours if _apart(colour, ground) > 60]
    share = sum(colours[colour] for colour in marks) / sum(colours.values())
    if share < 0.05:
        return ground
    if _apart(ground, _HATCH_GROUND) < _SAME:  # a pattern is scaled, which rounds its colours
        return HIDDEN
    if _apart(ground, ZERO) < _SAME:
        return SILENT if min(sum(_rgb(colour)) for colour in marks) < _DARK else APART
    return ground


def _apart(one: str, other: str) -> int:
    return sum(abs(a - b) for a, b in zip(_rgb(one), _rgb(other), strict=True))


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def legend(page: Page | Frame, *, n: int = 0) -> dict[str, str]:
    """Give what the legend says, with its fill or the name of its pattern."""
    return {
        text: kind or "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour)[:3])
        for text, kind, colour in page.evaluate(_LEGEND, n)
    }


def promised(figure: str, said: dict[str, str]) -> str:
    """Give the look that a legend promises for a figure of the table."""
    for text, look in said.items():
        edges = [_number(part) for part in text.split("–")]
        value = _number(figure)
        if value is None or None in edges:
            if figure.startswith(text):
                return look
        elif edges[0] <= value <= edges[-1]:  # type: ignore[operator]  # none of them is None
            return look
    raise AssertionError(f"the legend does not explain {figure!r}: {list(said)}")


def _number(text: str) -> int | None:
    plain = text.replace(",", "")
    return int(plain) if plain.isdecimal() else None


def agrees(page: Page, figures: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Check that every unit that can be read is painted as the legend promises; give the looks."""
    said = legend(page)
    looks = {code: each.look for code, each in painted(page, list(figures)).items()}
    wanted = {code: promised(figures[code][1], said) for code in looks}
    assert looks, "nothing could be read"
    wrong = {code: (look, wanted[code]) for code, look in looks.items() if look != wanted[code]}
    assert not wrong, f"painted and promised: {wrong}"
    return looks


# Leaflet marks what moves; between two looks at least two frames are drawn.
_STANDS = """n => new Promise((say) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const map = document.querySelectorAll("[data-sima-map]")[n];
  say(!map.querySelector(".leaflet-zoom-anim, .leaflet-pan-anim"));
})))"""


def rested(page: Page, *, beyond: float = 0, n: int = 0) -> list[float]:
    """Wait until a map is nearer than a scale and moves no more; give where it stands."""
    until = time.monotonic() + LONG_S
    looks, last = 0, list[float]()
    while time.monotonic() < until:
        stands = page.evaluate(_STANDS, n)
        now = place(page, n=n)
        looks = looks + 1 if stands and now == last and now[0] > beyond else 0
        last = now
        if looks == 3:
            return now
    raise AssertionError(f"the map does not come to rest: {last}")


def place(page: Page, *, n: int = 0) -> list[float]:
    """Give where a map stands: its scale, and how far it is moved."""
    read: list[Any] = page.evaluate(_PLACE, n)
    return [round(float(part), 1) for part in read]
