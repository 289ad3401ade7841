"""A list of booths: a clean one, and one mutation for each rule."""

import pytest

from data.model import SimaError
from data.projects.site_list import COLUMNS, read_site_list
from data.reference.gazetteer import Gazetteer

GAZETTEER = Gazetteer.load()
POINT = GAZETTEER.border_points.loc["JAMUNAHA"]
CLEAN = {
    "site_code": "BANKE-NEW", "name_en": "New booth", "name_ne": "नयाँ बुथ", "palika_code": "51106",
    "border_point": "JAMUNAHA", "lon": str(POINT["lon"]), "lat": str(POINT["lat"]),
    "opened": "2024-01-01", "closed": "", "operator_en": "", "operator_ne": "",
}  # fmt: skip


def as_csv(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> bytes:
    lines = [",".join(columns), *(",".join(row[key] for key in columns) for row in rows)]
    return "\n".join(lines).encode()


def refused(content: bytes) -> str:
    with pytest.raises(SimaError) as wrong:
        read_site_list(content, name="new.csv", gazetteer=GAZETTEER)
    return str(wrong.value)


def test_a_clean_list_has_the_columns_of_the_gazetteer() -> None:
    content = b"\xef\xbb\xbf" + as_csv(CLEAN, columns=tuple(reversed(COLUMNS)))
    sites = read_site_list(content, name="new.csv", gazetteer=GAZETTEER)
    assert list(sites.columns) == list(GAZETTEER.sites.columns)
    assert sites.index.to_list() == ["BANKE-NEW"]
    assert (sites.at["BANKE-NEW", "lon"], sites.at["BANKE-NEW", "opened"]) == (
        POINT["lon"], "2024-01-01",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"site_code": ""}, "line 2: site_code is missing."),
        ({"name_ne": " "}, "line 2: name_ne is missing."),
        ({"site_code": "banke new"}, "line 2: site_code must be capital letters"),
        ({"palika_code": "511"}, "line 2: there is no palika with the code 511."),
        ({"palika_code": "51199"}, "line 2: there is no palika with the code 51199."),
        ({"border_point": "NOWHERE"}, "line 2: there is no border point NOWHERE."),
        ({"lon": "east"}, "line 2: lon is not a number of degrees."),
        ({"lat": "91"}, "line 2: lat is not a number of degrees."),
        ({"lat": "nan"}, "line 2: lat is not a number of degrees."),
        ({"opened": "01/02/2024"}, "line 2: opened is not a day like 2024-01-31."),
        ({"opened": "2024-02-30"}, "line 2: opened is not a day like 2024-01-31."),
        ({"closed": "2023-12-31"}, "line 2: closed is before opened."),
        ({"lon": "85.3", "lat": "27.7"}, "km"),
    ],
)
def test_a_wrong_line_is_named_with_what_is_wrong(change: dict[str, str], said: str) -> None:
    assert said in refused(as_csv(CLEAN | change))


def test_every_wrong_line_is_named_and_a_booth_stands_once() -> None:
    said = refused(as_csv(CLEAN, CLEAN, CLEAN | {"site_code": "OTHER", "lon": "x"}))
    assert "new.csv, line 3: BANKE-NEW stands in the list twice." in said
    assert "new.csv, line 4: lon" in said
    far = CLEAN | {"site_code": "FAR-AWAY", "lat": "27.7"}
    said = refused(as_csv(CLEAN | {"lat": "x"}, far))
    assert "new.csv, line 2: lat" in said
    assert "FAR-AWAY: its position" in said, "beside the wrong lines"
    blank = as_csv(CLEAN).replace(b"\nBANKE", b"\n\nBANKE").replace(b"2024-01-01", b"x")
    assert "new.csv, line 3: opened" in refused(blank), "an empty line counts as a line"
    many = [CLEAN | {"site_code": f"B-{n}", "lat": ""} for n in range(12)]
    assert refused(as_csv(*many)).endswith("And 2 more.")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1: the columns must be site_code"),
        (as_csv(columns=COLUMNS), "new.csv has no booth."),
        (as_csv(CLEAN, columns=COLUMNS[:-1]), "line 1: the columns must be"),
        (as_csv(CLEAN) + b",more", "line 2: there are more cells than columns."),
        ("site_code,नाम".encode("utf-16"), "not a CSV file in UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused(content: bytes, said: str) -> None:
    assert said in refused(content)


def test_a_file_with_zero_bytes_is_refused_in_a_sentence() -> None:
    with pytest.raises(SimaError, match=r"new\.csv is not a CSV file in UTF-8"):
        read_site_list(
            as_csv(CLEAN).replace(b",", b"\0,", 1), name="new.csv", gazetteer=Gazetteer.load()
        )
