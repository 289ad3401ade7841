"""One sign for each unit: what is written can be read, and says nothing of a hidden figure."""

import json
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.maps import encoding
from dashboard.released import selection
from dashboard.static_assets import ASSETS
from data.model import Status

Figure = tuple[str, int | None, str | None]
CODEC = (ASSETS / "engine" / "codec.js").read_text("utf-8")
PUBLISHED = Status.PUBLISHED.value
LAST = "0123456789abcdefghijklmnopqrstuvwxyz"
MORE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ#$%&'()*+,"
OUTSIDE = "outside"
WITHOUT = {
    "!": "suppressed",
    "?": "not_reported",
    "~": "not_applicable",
    "-": "no_cell",
    " ": OUTSIDE,
}
CLASSES = {"_": "none", ":": "lower", ";": "middle", "<": "higher"}


def unpack(text: str) -> list[int | str]:
    """Read it as a browser does."""
    values: list[int | str] = []
    begun = 0
    for sign in text:
        if sign in MORE:
            begun = begun * 36 + MORE.index(sign)
            continue
        meaning = WITHOUT.get(sign) or CLASSES.get(sign)
        values.append(begun * 36 + LAST.index(sign) if meaning is None else meaning)
        begun = 0
    return values


def layer_of(figures: dict[str, Figure]) -> pd.DataFrame:
    columns = ["status", "value", "value_class"]
    frame = pd.DataFrame.from_dict(figures, orient="index", columns=columns)
    return frame.astype({"value": "Int64", "status": object, "value_class": object})


def said(figure: Figure) -> int | str | None:
    status, value, value_class = figure
    if status != PUBLISHED:
        return status
    return value if value_class is None else value_class


figures = st.one_of(
    st.tuples(st.just(PUBLISHED), st.integers(0, 2**53), st.none()),
    st.tuples(st.just(PUBLISHED), st.none(), st.sampled_from(list(CLASSES.values()))),
    st.tuples(
        st.sampled_from(
            [s.value for s in Status if s is not Status.PUBLISHED] + [selection.NO_CELL]
        ),
        st.none(),
        st.none(),
    ),
)
layers = st.dictionaries(st.from_regex(r"[1-7][0-9]{6}", fullmatch=True), figures, max_size=40)


@given(layers, st.randoms())
def test_what_is_packed_is_unpacked_in_the_order_of_the_codes(
    layer: dict[str, Figure], chance: st.DataObject
) -> None:
    codes = [*layer, "9999998", "9999999"]
    chance.shuffle(codes)
    wanted = [said(layer[code]) if code in layer else OUTSIDE for code in codes]
    shuffled = list(layer)
    chance.shuffle(shuffled)
    for order in (list(layer), shuffled):
        frame = layer_of({code: layer[code] for code in order})
        assert unpack(encoding.encode_scene(frame, pd.Index(codes, dtype=object))) == wanted


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (9, "9"), (35, "z"), (36, "B0"), (71, "Bz"), (1_295, ",z"), (1_296, "BA0"),
     (1_679_615, ",,,z"), (179_424_673, "C+&Y+p")],
)  # fmt: skip
def test_a_number_is_as_short_as_base_36(value: int, text: str) -> None:
    assert encoding.encode_number(value) == text
    assert unpack(text) == [value]


def test_a_number_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        encoding.encode_number(-1)


@pytest.mark.parametrize("value", [0, 3, 7_919, 98_765_432_109])
@pytest.mark.parametrize("value_class", [None, "higher"])
@pytest.mark.parametrize("status", [s.value for s in Status if s is not Status.PUBLISHED])
def test_a_figure_behind_a_cell_without_one_changes_nothing(
    status: str, value: int, value_class: str | None
) -> None:
    # No release holds such a value; should one ever do, it must not reach a reader.
    bare = layer_of({"31206": (status, None, None)})
    behind = layer_of({"31206": (status, value, value_class)})
    codes = pd.Index(["31206"])
    assert encoding.encode_scene(behind, codes) == encoding.encode_scene(bare, codes)
    assert len(encoding.encode_scene(behind, codes)) == 1


def test_a_status_or_a_class_that_is_not_known_is_refused() -> None:
    for figure in (("guessed", None, None), (PUBLISHED, None, "highest")):
        with pytest.raises(KeyError):
            encoding.encode_scene(layer_of({"31206": figure}), pd.Index(["31206"]))


def test_a_layer_without_units_says_that_all_lie_outside() -> None:
    assert encoding.encode_scene(layer_of({}), pd.Index(["1", "2", "3"])) == "   "
    assert (
        encoding.encode_scene(layer_of({"1": (PUBLISHED, 5, None)}), pd.Index([], dtype=object))
        == ""
    )


def test_no_sign_has_two_meanings() -> None:
    signs = [*LAST, *MORE, *WITHOUT, *CLASSES]
    assert len(signs) == len(set(signs))
    assert not {'"', "\\"} & set(signs), "each is one character in JSON, too"
    assert all(len(json.dumps(sign)) == 3 for sign in signs)


# ---- what the browser reads it with


def test_the_browser_knows_the_same_digits() -> None:
    assert re.findall(r'^const (LAST|MORE) = "(.*)";$', CODEC, re.MULTILINE) == [
        ("LAST", LAST),
        ("MORE", MORE),
    ]
    assert (encoding._LAST, encoding._MORE) == (LAST, MORE)  # noqa: SLF001  # what both must know


def test_the_browser_knows_the_same_signs() -> None:
    numbers = dict(re.findall(r"^export const (\w+) = (-\d+);$", CODEC, re.MULTILINE))
    names = re.search(r"^const SIGNS = \{ (.*) \};$", CODEC, re.MULTILINE)
    assert names is not None
    signs = dict(re.findall(r'"(.)": (\w+)', names[1]))
    assert signs == {"!": "HIDDEN", "?": "SILENT", "~": "APART", "-": "NO_CELL", " ": "OUTSIDE"}
    ours = {
        encoding.encode_unit(status, None, None): status
        for status in (*WITHOUT.values(),)
        if status != OUTSIDE
    }
    assert ours == {sign: status for sign, status in WITHOUT.items() if status != OUTSIDE}
    assert len(set(numbers.values())) == 5
    assert all(int(number) < 0 for number in numbers.values())
    classes = re.search(r"CLASS = \{(.*?)\};", CODEC)
    order = re.search(r'^"(.{4})"\.split', CODEC, re.MULTILINE)
    assert classes is not None
    assert order is not None
    named = dict(re.findall(r'"(-\d+)": "(\w+)"', classes[1]))
    theirs = {sign: named[str(-11 - n)] for n, sign in enumerate(order[1])}
    assert (
        theirs == CLASSES == {encoding.encode_unit(PUBLISHED, None, c): c for c in CLASSES.values()}
    )
