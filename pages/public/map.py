"""The public map: one question at a time, opening on an answer."""

import streamlit as st

from dashboard import maps, selection, session, views, wording
from dashboard.wording import _
from data.indicators import load_indicators
from data.model import AdminLevel, Audience

release = session.current(Audience.PUBLIC)
st.title(_("What communities do at the border"))
if release is None:
    views.no_release()
    st.stop()

catalogue, units = session.catalogue(release), session.units(release)
picked = selection.pick(
    st.query_params,
    catalogue,
    units,
    default_area=selection.PROGRAMME,
)

district_names = units[units["admin_level"] == AdminLevel.DISTRICT][f"name_{wording.language()}"]
areas = {
    selection.PROGRAMME: _("Programme districts"),
    selection.BORDER: _("Border districts"),
    **district_names.sort_values().to_dict(),
}
known = selection.indicators_of(catalogue)
answer, picture = st.container(key="answer"), st.container(key="picture")
controls = st.container(key="controls")
what, when, where = controls.columns(3)
indicator = what.selectbox(
    _("What"),
    known,
    index=known.index(picked.indicator),
    format_func=views.name,
    key=f"what-{wording.language()}",
)
periods = selection.periods_of(catalogue, indicator)
period = when.selectbox(
    _("When"),
    periods,
    index=periods.index(picked.period) if picked.period in periods else 0,
    format_func=wording.period_label,
    key=f"when-{indicator}-{wording.language()}",
)
area = where.selectbox(
    _("Where"),
    list(areas),
    index=list(areas).index(picked.area),
    format_func=areas.__getitem__,
    key=f"where-{wording.language()}",
)
wards = selection.ward_shapes_wanted(catalogue, indicator, area)
ward_shapes = session.boundaries(release, level=AdminLevel.WARD, within=area) if wards else None
by_ward = ward_shapes is not None and not ward_shapes.empty
if by_ward:
    by_ward = controls.toggle(_("By ward"), value=picked.by_ward, key=f"by-ward-{area}")
chosen = selection.Selection(area, indicator, period, by_ward)
st.query_params.pop("detail", None)
st.query_params.update(chosen.as_query())

view = views.View(release, load_indicators()[indicator], period)
cells = session.cells(release, indicator=indicator, period=period)
finest = AdminLevel.WARD if by_ward else AdminLevel.PALIKA
level = selection.map_level(catalogue, indicator, finest=finest)
inside = units[selection.in_area(units, area) & (units["admin_level"] == level)]
if level < AdminLevel.DISTRICT:
    inside = units[units["admin_level"] == level]
layer = selection.layer(cells, units, inside.index)

answer.html(f'<p class="sima-lead">{views.total_sentence(view, cells)}</p>')
if not layer["status"].ne(maps.NO_CELL).any():
    st.info(
        _("Nothing was reported here for this figure and period. Choose another place or period.")
    )
document = views.area_map(
    view,
    layer,
    units,
    area=area,
    level=level,
    notes=views.notes(view),
    booths=session.sites(release) if view.indicator.booth else None,
)
left, right = picture.columns([3, 2])
with left:
    views.draw(document, maps.summary(layer))
    views.say(views.caution(view.indicator))
with right:
    views.write_table(layer.sort_values(["parent_code", f"name_{wording.language()}"]), indicator)
    st.caption(maps.summary(layer))
