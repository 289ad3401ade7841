"""The spreadsheet templates that stewards fill: their kinds, columns and lists of choices."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from data.model import AgeBand, Sex, SimaError

KINDS = ("booth-month", "groups", "committee-signs", "trainings")
FORMATS = ("xlsx", "csv")
VERSION = "1"
DATA_SHEET, CODES_SHEET, ABOUT_SHEET = "Data", "Codes", "About"
ORGANISATION = "organisation"  # the row of the About sheet with the code of who made the file


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity of the trainings template, and the indicators of its people and events.

    ``ages`` are the age bands that can take part; a row about others is questioned.
    """

    people: str
    events: str
    ages: tuple[AgeBand, ...]
    en: str
    ne: str


_CHILDREN, _ADULTS = (AgeBand.UNDER_18,), (AgeBand.ADULT,)
_EVERYONE = (AgeBand.UNDER_18, AgeBand.ADULT)
ACTIVITIES: dict[str, Activity] = {
    "school-training": Activity("children_trained", "", _CHILDREN, "School training of children", "विद्यालयमा बालबालिकाको तालिम"),
    "teachers": Activity("teachers_trained", "", _ADULTS, "Training of teachers", "शिक्षकको तालिम"),
    "duty-bearers": Activity("duty_bearers_trained", "", _ADULTS, "Training of duty bearers", "जिम्मेवार अधिकारीको तालिम"),
    "police": Activity("police_trained", "", _ADULTS, "Training of police", "प्रहरीको तालिम"),
    "booth-staff": Activity("booth_staff_trained", "", _ADULTS, "Training of booth staff", "बुथ कर्मचारीको तालिम"),
    "border-forces": Activity("border_forces_trained", "", _ADULTS, "Training of border forces", "सीमा सुरक्षाकर्मीको तालिम"),
    "youth-ambassadors": Activity("youth_ambassadors", "", _EVERYONE, "Youth ambassadors", "युवा दूत"),
    "facilitators": Activity("sbcc_facilitators", "", _ADULTS, "Awareness facilitators", "जनचेतना सहजकर्ता"),
    "awareness": Activity("sbcc_audience", "sbcc_sessions", _EVERYONE, "Awareness sessions", "जनचेतना सत्र"),
    "street-drama": Activity("", "sbcc_theatre", (), "Street dramas", "सडक नाटक"),
    "radio": Activity("", "sbcc_radio", (), "Radio programmes", "रेडियो कार्यक्रम"),
    "murals": Activity("", "sbcc_murals", (), "Murals", "भित्तेचित्र"),
    "interaction": Activity("interaction_participants", "interaction_events", _ADULTS, "Interaction events", "अन्तरक्रिया कार्यक्रम"),
    "forums": Activity("", "forum_meetings", (), "Forum meetings", "मञ्चका बैठक"),
    "joint-plans": Activity("", "joint_plans", (), "Joint plans", "संयुक्त योजना"),
    "state-actors": Activity("", "actors_state", (), "Government bodies (offices)", "सरकारी निकाय"),
    "non-state-actors": Activity("", "actors_non_state", (), "Non-government bodies (organisations)", "गैरसरकारी निकाय"),
    "child-clubs": Activity("", "child_clubs", (), "Child clubs", "बाल क्लब"),
    "youth-clubs": Activity("", "youth_clubs", (), "Youth clubs", "युवा क्लब"),
    "cross-border": Activity("", "cross_border_meetings", (), "Cross-border meetings", "सीमापार बैठक"),
    "stopped-by-police": Activity("interceptions_police", "", _EVERYONE, "Risky journeys stopped by the police", "प्रहरीले रोकेका जोखिमपूर्ण यात्रा"),
    "stopped-by-groups": Activity("interceptions_groups", "", _EVERYONE, "Risky journeys stopped by parents' groups", "अभिभावक समूहले रोकेका जोखिमपूर्ण यात्रा"),
    "stopped-by-others": Activity("interceptions_others", "", _EVERYONE, "Risky journeys stopped by other organisations", "अन्य संस्थाले रोकेका जोखिमपूर्ण यात्रा"),
    "skills": Activity("skills_training_completed", "", _ADULTS, "Skills training of survivors", "प्रभावितको सीप तालिम"),
    "enterprise": Activity("enterprise_training_completed", "", _ADULTS, "Enterprise training (EYL) of survivors", "प्रभावितको उद्यम तालिम (EYL)"),
    "seed-funds": Activity("", "seed_funds_given", (), "Seed funds given", "प्रदान गरिएका बीउ पुँजी"),
}  # fmt: skip
SIGNS: dict[str, tuple[str, str]] = {
    "formed": ("Committee formed", "समिति गठन"),
    "not_formed": ("Palika reports no committee", "समिति नभएको जानकारी"),
    "meeting": ("Meeting with minutes", "माइन्युट भएको बैठक"),
    "trained": ("Members trained, percent", "तालिम पाएका सदस्य, प्रतिशत"),
    "baseline": ("Local data collected", "स्थानीय तथ्याङ्क सङ्कलन"),
    "plan": ("Plan endorsed", "योजना स्वीकृत"),
    "budget": ("Own budget, rupees", "आफ्नै बजेट, रुपैयाँ"),
    "spent": ("Budget spent, percent", "खर्च भएको बजेट, प्रतिशत"),
    "review": ("Review meeting", "समीक्षा बैठक"),
    # Counts for no step: asked for from Baisakh to Asar, for the coming year.
    "proposed": ("Budget proposed for the coming year, rupees", "आगामी वर्षका लागि प्रस्तावित बजेट, रुपैयाँ"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a template.

    ``holds`` is ``site``, ``district``, ``palika``, ``ward``, ``month``, ``period``, ``activity``,
    ``sign``, ``day``, ``number``, ``value`` or ``count``; a count becomes a record of
    ``indicator`` (for trainings the activity decides) split by ``sex`` and ``age_band``.
    """

    key: str
    en: str
    ne: str
    hxl: str
    holds: str
    indicator: str = ""
    sex: Sex = Sex.ALL
    age_band: AgeBand = AgeBand.ALL
    required: bool = False


_PEOPLE = (
    ("girls", "girls under 18", "बालिका (१८ मुनि)", Sex.FEMALE, AgeBand.UNDER_18, "#f+children"),
    ("boys", "boys under 18", "बालक (१८ मुनि)", Sex.MALE, AgeBand.UNDER_18, "#m+children"),
    ("women", "women 18 and over", "महिला (१८ र माथि)", Sex.FEMALE, AgeBand.ADULT, "#f+adults"),
    ("men", "men 18 and over", "पुरुष (१८ र माथि)", Sex.MALE, AgeBand.ADULT, "#m+adults"),
)
_PLACE = (
    Column("district", "district", "जिल्ला", "#adm2+name", "district", required=True),
    Column("palika", "palika", "पालिका", "#adm3+name", "palika", required=True),
)


def _people(indicator: str, prefix: str, en: str, ne: str) -> Iterator[Column]:
    for key, english, nepali, sex, age_band, hxl in _PEOPLE:
        name = f"{prefix}_{key}" if prefix else key
        yield Column(
            name,
            f"{en}: {english}" if en else english,
            f"{ne}: {nepali}" if ne else nepali,
            f"{hxl.replace('#', '#affected+', 1)}+{prefix or 'people'}",
            "count",
            indicator,
            sex,
            age_band,
        )


def _count(key: str, en: str, ne: str, hxl: str, indicator: str, sex: Sex = Sex.ALL) -> Column:
    return Column(key, en, ne, hxl, "count", indicator, sex)


@cache
def columns(kind: str) -> tuple[Column, ...]:
    """Return the columns of a kind of template, in order.

    Raises
    ------
    SimaError
        For an unknown kind.
    """
    if kind == "booth-month":
        return (
            Column("booth", "booth", "बुथ", "#loc+name", "site", required=True),
            Column("month", "month", "महिना", "#date+month", "month", required=True),
            *_people("booth_contacts", "contacts", "informed", "सूचना पाएका"),
            *_people("interceptions", "stopped", "risky journeys stopped", "रोकिएका यात्रा"),
            *_people("rescues", "freed", "freed from exploitation", "शोषणबाट मुक्त"),
            _count("guardian", "handed to guardian", "अभिभावकको जिम्मा", "#affected+guardian", "outcome_guardian"),
            _count("police", "handed to police", "प्रहरीको जिम्मा", "#affected+police", "outcome_police"),
            _count("shelter", "brought to shelter", "आश्रयस्थलमा", "#affected+shelter", "outcome_shelter"),
            _count("referred", "referred to a service", "सेवामा सिफारिस", "#affected+referred", "outcome_referred"),
            _count("continued", "continued the journey", "यात्रा जारी", "#affected+continued", "outcome_continued"),
            _count("repatriated", "repatriated", "स्वदेश फिर्ती", "#affected+repatriated", "repatriated"),
            _count("staff_days", "staff days", "कर्मचारी-दिन", "#capacity+days", "booth_staff_days"),
            _count("open_days", "days open", "खुलेका दिन", "#capacity+open", "booth_open_days"),
        )  # fmt: skip
    if kind == "groups":
        return (
            *_PLACE,
            Column("ward", "ward", "वडा", "#adm4+code", "ward", required=True),
            Column("period", "period", "अवधि", "#date+period", "period", required=True),
            _count("groups", "active parents' groups", "सक्रिय अभिभावक समूह", "#org+groups", "parents_groups"),
            _count("members_women", "women members", "महिला सदस्य", "#reached+f", "parents_members", Sex.FEMALE),
            _count("members_men", "men members", "पुरुष सदस्य", "#reached+m", "parents_members", Sex.MALE),
        )  # fmt: skip
    if kind == "committee-signs":
        return (
            *_PLACE,
            Column("sign", "sign", "सङ्केत", "#status+sign", "sign", required=True),
            Column("date", "date", "मिति", "#date+sign", "day", required=True),
            Column("decision", "decision number", "निर्णय नं.", "#meta+number", "number"),
            Column("value", "percent or rupees", "प्रतिशत वा रुपैयाँ", "#value", "value"),
        )
    if kind == "trainings":
        return (
            *_PLACE,
            Column("period", "period", "अवधि", "#date+period", "period", required=True),
            Column("activity", "activity", "क्रियाकलाप", "#activity", "activity", required=True),
            *_people("", "", "", ""),
            _count(
                "events", "sessions, events or clubs", "सत्र, कार्यक्रम वा क्लब", "#activity+num", ""
            ),
        )
    raise SimaError(f"There is no template {kind}. Choose one of: {', '.join(KINDS)}")


@cache
def categories(indicator: str) -> frozenset[tuple[Sex, AgeBand]]:
    """Return the categories of sex and age in which an indicator is reported.

    Together they are the whole: a total is known if each of them is.
    """
    of_templates = {
        (column.sex, column.age_band)
        for kind in KINDS
        for column in columns(kind)
        if column.holds == "count" and column.indicator == indicator
    }
    of_activities = {
        (column.sex, column.age_band)
        for activity in ACTIVITIES.values()
        if activity.people == indicator
        for column in columns("trainings")
        if column.age_band in activity.ages
    }
    return frozenset(of_templates | of_activities) or frozenset({(Sex.ALL, AgeBand.ALL)})
