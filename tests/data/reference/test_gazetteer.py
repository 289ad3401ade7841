"""Names and codes to units: never a guess."""

import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model import AdminLevel
from data.reference.gazetteer import Alias, Gazetteer, fold

GAZETTEER = Gazetteer.load()


def test_every_level_has_as_many_units_as_there_are() -> None:
    counts = GAZETTEER.units.groupby("admin_level").size().to_dict()
    assert counts == {0: 1, 1: 7, 2: 77, 3: 753, 4: 6743}


def test_population_adds_up_to_the_census() -> None:
    units = GAZETTEER.units
    assert units.at["NP", "population_2021"] == 28_925_480
    for level in (1, 2, 3):
        assert units.loc[units["admin_level"] == level, "population_2021"].sum() == 28_925_480


def test_border_and_programme_are_two_facts() -> None:
    districts = GAZETTEER.units[GAZETTEER.units["admin_level"] == AdminLevel.DISTRICT]
    assert districts["border_district"].sum() == 27
    assert set(districts.index[districts["programme_district"]]) == {"312", "511", "113"}
    assert not districts.at["312", "border_district"]
    assert GAZETTEER.units["touches_border"].sum() == 123


@pytest.mark.parametrize(("palika", "wards"), [("31206", 19), ("51106", 23), ("11303", 8)])
def test_a_palika_has_its_wards(palika: str, wards: int) -> None:
    assert GAZETTEER.ward_numbers(palika) == range(1, wards + 1)
    assert GAZETTEER.ward(palika, wards) == f"{palika}{wards:02d}"
    assert GAZETTEER.ward(palika, wards + 1) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [("Makwanpur", "312"), ("MAKAWANPUR", "312"), ("मकवानपुर", "312"), ("Chitawan", "313"), ("Kapilbastu", "509"),
     ("NAWALPARASI_E", "408"), ("Parasi", "507"), ("NP0331", "312"), ("312", "312"), ("३१२", "312")],
)  # fmt: skip
def test_a_district_is_found_however_it_is_spelled(text: str, code: str) -> None:
    assert GAZETTEER.district(text).code == code


@pytest.mark.parametrize(
    ("text", "district", "code"),
    [("Hetauda Sub-Metropolitan City", "312", "31206"), ("हेटौडा उपमहानगरपालिका", "312", "31206"),
     ("Koshi Rural Municipality", "113", "11303"), ("Nepalgunj", "511", "51106"), ("Gadhi", "113", "11308"),
     ("makwanpur gadhi", "312", "31208"), ("31206", None, "31206"), ("Gangadev", "502", "50204"),
     ("Sunil Smriti", "502", "50209"), ("Gadhi, Sunsari", None, "11308")],
)  # fmt: skip
def test_a_palika_is_found_within_its_district(text: str, district: str | None, code: str) -> None:
    assert GAZETTEER.palika(text, district_code=district).code == code


def test_gadi_in_makwanpur_is_asked_and_the_likely_palika_comes_first() -> None:
    for text, district in (("Gadi Municipality, Makwanpur", None), ("Gadi Municipality", "312")):
        match = GAZETTEER.palika(text, district_code=district)
        assert match.code is None
        assert match.suggestions[0].code == "31208"
        assert "11308" in {suggestion.code for suggestion in match.suggestions}


def test_a_name_that_occurs_twice_is_not_guessed_without_a_district() -> None:
    match = GAZETTEER.palika("Tribeni", district_code=None)
    assert match.code is None
    assert len(match.suggestions) > 1


def test_a_code_of_another_district_is_refused() -> None:
    assert GAZETTEER.palika("31206", district_code="113").code is None


def test_the_booth_of_many_spellings_is_one_booth() -> None:
    for text in ("Bhandabari", "bhantabari", "भन्टाबारी", "SUNSARI-BHANTABARI"):
        assert GAZETTEER.site(text, district_code=None).code == "SUNSARI-BHANTABARI"


def test_a_remembered_choice_is_certain_from_then_on() -> None:
    taught = GAZETTEER.with_aliases([Alias("palika", "Gadi", "312", "31208")])
    assert taught.palika("gadi municipality", district_code="312").code == "31208"
    assert GAZETTEER.palika("Gadi", district_code="312").code is None


def test_the_fold_confuses_no_two_places_of_a_district() -> None:
    units = GAZETTEER.units
    palikas = units[units["admin_level"] == AdminLevel.PALIKA]
    for column in ("name_en", "name_ne"):
        folded = palikas.assign(folded=palikas[column].map(fold))
        assert not folded.duplicated(["parent_code", "folded"]).any()
    districts = units[units["admin_level"] == AdminLevel.DISTRICT]
    assert districts["name_en"].map(fold).is_unique


def test_every_alias_names_a_unit_we_hold() -> None:
    known = set(GAZETTEER.units.index) | set(GAZETTEER.sites.index)
    assert {alias.code for alias in GAZETTEER.aliases} <= known
    assert "31208" not in {alias.code for alias in GAZETTEER.aliases}, "Gadi must be asked"


@given(st.text(max_size=30))
def test_any_text_gives_a_match_or_suggestions_and_never_fails(text: str) -> None:
    match = GAZETTEER.palika(text, district_code="312")
    assert match.code is None or match.code.startswith("312")


def test_real_ward_files_name_palikas_we_know(ward_file) -> None:
    names = pyogrio.read_dataframe(
        ward_file, columns=["DISTRICT", "GaPa_NaPa"], read_geometry=False
    )
    pairs = names.drop_duplicates()
    codes = [
        GAZETTEER.palika(p, district_code=GAZETTEER.district(d).code).code
        for d, p in pairs.itertuples(index=False)
    ]
    assert None not in codes
    assert len(set(codes)) == len(codes) == 260
