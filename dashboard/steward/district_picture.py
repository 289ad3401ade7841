"""A picture of one district: its palikas, border points and a booth that is to be added."""

import math
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

import geopandas as gpd
import shapely
from markupsafe import Markup

from dashboard.page.markup import render

_WIDTH = 480.0
_MARGIN = 10.0
_TOLERANCE = 0.002  # degrees, about 200 m: less than a pixel


class Point(NamedTuple):
    """A point of the picture in EPSG:4326 degrees; ``chosen`` is what is to be added."""

    lon: float
    lat: float
    chosen: bool


def draw_district(
    shapes: gpd.GeoDataFrame,
    points: Sequence[Point],
    *,
    chosen: str,
    label: str,
    caption: str,
) -> Markup:
    """Return the picture of a district as markup.

    Parameters
    ----------
    shapes
        Its palikas: index ``unit_code``, EPSG:4326.
    points
        Border points as squares; the booth as a circle.
    chosen
        Code of the palika to fill; all are filled whose code begins with it.
    label, caption
        The picture in words, and what stands below it.
    """
    everything = [*shapes.geometry, *(shapely.Point(p.lon, p.lat) for p in points)]
    west, south, east, north = shapely.total_bounds(everything)
    narrow = math.cos(math.radians((south + north) / 2))  # a degree of longitude against latitude
    scale = (_WIDTH - 2 * _MARGIN) / max((east - west) * narrow, (north - south) / 1.2, 1e-6)

    def place(lon: float, lat: float) -> tuple[float, float]:
        x, y = _MARGIN + (lon - west) * narrow * scale, _MARGIN + (north - lat) * scale
        return round(x, 1), round(y, 1)

    paths = []
    for code, shape in shapes.geometry.simplify(_TOLERANCE).items():
        rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior,)]
        lines = (
            "M" + "L".join(f"{x} {y}" for x, y in (place(*at[:2]) for at in ring.coords)) + "Z"
            for ring in rings
        )
        paths.append({"path": "".join(lines), "chosen": str(code).startswith(chosen)})
    spots = [
        {"x": place(p.lon, p.lat)[0], "y": place(p.lon, p.lat)[1], "chosen": p.chosen}
        for p in points
    ]
    width = round((east - west) * narrow * scale + 2 * _MARGIN)
    height = round((north - south) * scale + 2 * _MARGIN)
    picture = render(
        "steward/district.svg.j2", width=width, height=height, shapes=paths, points=spots
    )
    # As an image: the page takes no SVG among its markup.
    source = f"data:image/svg+xml,{quote(picture)}"
    return render("steward/district.html.j2", source=source, label=label, caption=caption)
