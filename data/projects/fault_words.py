"""What the readers of a project's files say is wrong, in Nepali.

They raise one English sentence. Here each of these sentences has its Nepali; a test reads the
sentences from the readers' code, so that none is forgotten. Names of keys stay as they are.
"""

import re

# A pattern of the English, without its last full stop, and the Nepali with the same groups. The
# first that fits counts.
_SENTENCES = tuple(
    (re.compile(english, re.DOTALL), nepali)
    for english, nepali in (
        # ---- keys, texts and numbers of any file
        (r"(.+) is not a known key", r"\1 भन्ने कुञ्जी छैन"),
        (r"unknown keys (.+)", r"नचिनिएका कुञ्जी: \1"),
        (r"(.+) is not a known table", r"\1 भन्ने तालिका छैन"),
        (r"missing or unknown: (.+)", r"छुटेको वा नचिनिएको: \1"),
        (r"is missing \(write \"1\"\)", r'छैन ("1" लेख्नुहोस्)'),
        (r"is missing", "छैन"),
        (r"write each entry under (.+)", r"हरेक प्रविष्टि \1 मुनि लेख्नुहोस्"),
        (r"write it as a table, (.+)", r"तालिकाको रूपमा लेख्नुहोस्: \1"),
        (r"(.+) must be the code of an indicator", r"\1 मा एउटा सूचकको कोड चाहिन्छ"),
        (r"(.+) must be a list of codes of indicators", r"\1 मा सूचकका कोडको सूची चाहिन्छ"),
        (
            r"needs two or more different indicators, each of them once",
            "दुई वा बढी फरक सूचक चाहिन्छन्, प्रत्येक एक पटक",
        ),
        (
            r"(.+) must say why they tell nothing of each other",
            r"\1 मा यिनले एकअर्काबारे किन केही भन्दैनन् भनी लेख्नुहोस्",
        ),
        (r"counted within itself: (.+)", r"आफैँभित्र गनिएको: \1"),
        (r"(.+) (?:is|are) missing", r"\1 छैन"),
        (r"`name` has no text in (.+)", r"`name` मा यस भाषाको पाठ छैन: \1"),
        (r"no text in (.+)", r"यस भाषाको पाठ छैन: \1"),
        (r"(.+) must have a text in (.+)", r"\1 मा यस भाषाको पाठ चाहिन्छ: \2"),
        (r"must be one of (.+)", r"यीमध्ये एक हुनुपर्छ: \1"),
        (r"(.+) must be one of (.+)", r"\1 यीमध्ये एक हुनुपर्छ: \2"),
        (r"must be a list of one or more of (.+)", r"यीमध्ये एक वा बढीको सूची हुनुपर्छ: \1"),
        (r"can have (.+) only", r"यी मात्र हुन सक्छन्: \1"),
        (r"needs exactly one of (.+)", r"यीमध्ये ठीक एउटा चाहिन्छ: \1"),
        (r"must be at least (.+)", r"कम्तीमा \1 हुनुपर्छ"),
        (r"must be a whole number of at least (.+)", r"कम्तीमा \1 को पूर्ण सङ्ख्या हुनुपर्छ"),
        (r"(.+) must be a whole number of at least (.+)", r"\1 कम्तीमा \2 को पूर्ण सङ्ख्या हुनुपर्छ"),
        (r"(.+) must be a whole number above 0", r"\1 ० भन्दा ठूलो पूर्ण सङ्ख्या हुनुपर्छ"),
        (r"(.+) must be (.+) or more", r"\1 कम्तीमा \2 हुनुपर्छ"),
        (r"must be true or false", "true वा false हुनुपर्छ"),
        (
            r"(.+) must be true or false, and the code must be in lower case",
            r"\1 true वा false हुनुपर्छ, र कोड सानो अक्षरमा हुनुपर्छ",
        ),
        (r"(.+) stands there twice", r"\1 त्यहाँ दुई पटक छ"),
        (r"a code is of small letters, digits,? .+", "कोडमा साना अक्षर, अङ्क, _ र - मात्र हुन्छ"),
        (r"(.+) is not a period", r"\1 अवधि होइन"),
        (r"not a period: (.+)", r"\1 अवधि होइन"),
        (r"(.+) does not exist in (?:Bikram Sambat|the calendar).*", r"\1 पात्रोमा छैन"),
        # ---- the documented minimum
        (r"the (.+) audience sees nothing of this indicator", r"\1 पाठकले यो सूचक देख्न मिल्दैन"),
        (r"must not be finer than (.+)", r"\1 भन्दा सानो ठाउँ देखाउन मिल्दैन"),
        (r"must not be shorter than a (.+)", r"\1 भन्दा छोटो अवधि देखाउन मिल्दैन"),
        (r"must be (\w+)", r"\1 हुनुपर्छ"),
        # ---- project.toml
        (
            r"needs ended, a period, and years_after, from 1 on",
            "ended मा अवधि र years_after मा १ वा बढी चाहिन्छ",
        ),
        (r"(.+) is not an SPDX identifier \(spdx\.org\)", r"\1 SPDX को सङ्केत होइन (spdx.org)"),
        (r"must begin with https://", "https:// बाट सुरु हुनुपर्छ"),
        (r"needs a licence", "licence चाहिन्छ"),
        # ---- indicators.toml, policy.toml, templates.toml
        (r"(.+) is not an indicator of indicators\.toml", r"\1 indicators.toml मा छैन"),
        (
            r"an amount cannot be shown as a class, because classes count people",
            "रकम समूहमा देखाउन मिल्दैन, किनकि समूहले व्यक्ति गन्छ",
        ),
        (r"organisational figures have no threshold", "संस्थागत अङ्कको न्यूनतम सीमा हुँदैन"),
        (
            r"every level and `total` must have a weight above 0",
            "हरेक तह र `total` को भार ० भन्दा बढी हुनुपर्छ",
        ),
        (
            r"lower must be above 0 and below middle",
            "lower ० भन्दा बढी र middle भन्दा कम हुनुपर्छ",
        ),
        (r"ratios must rise from 0", "ratios ० बाट बढ्दै जानुपर्छ"),
        (r"(.+) is not released by (.+)", r"\1 यसअनुसार प्रकाशित हुँदैन: \2"),
        (
            r"(.+) is not shown to this audience as a number",
            r"\1 यी पाठकलाई सङ्ख्यामा देखाइँदैन",
        ),
        (r"the level must be district or coarser", "तह जिल्ला वा त्योभन्दा माथि हुनुपर्छ"),
        (
            r"the delay must be at least one full quarter",
            "ढिलाइ कम्तीमा एक पूरा त्रैमासिक हुनुपर्छ",
        ),
        (
            r"bands are missing; counts must be coarsened first",
            "bands छैन। सङ्ख्या पहिले दायरामा राख्नुपर्छ",
        ),
        (r"(.+) has no design for this audience", r"यी पाठकका लागि \1 को design छैन"),
        (
            r"(.+) is released only at a level coarser than (.+)",
            r"\1 \2 भन्दा माथिल्लो तहमा मात्र प्रकाशित हुन्छ",
        ),
        (
            r"the band up to (.+) must be at least (.+) wide",
            r"\1 सम्मको दायरामा कम्तीमा \2 सङ्ख्या अट्नुपर्छ",
        ),
        (
            r"`split` must be people, female or male, or be left out",
            "`split` मा people, female वा male लेख्नुहोस्, वा यो पङ्क्ति हटाउनुहोस्",
        ),
        (r"`hxl` must be a tag such as (.+)", r"`hxl` \1 जस्तो ट्याग हुनुपर्छ"),
        (
            r"`people` needs `ages`, of (.+) and (.+); without `people` there are none",
            r"`people` सँग `ages` चाहिन्छ: \1 र \2। `people` नभए `ages` हुँदैन",
        ),
        (
            r"name an indicator in `people`, `events` or `amount`",
            "`people`, `events` वा `amount` मा सूचक लेख्नुहोस्",
        ),
        (r"columns can be added to (.+)", r"यी फारममा मात्र स्तम्भ थप्न सकिन्छ: \1"),
        # ---- ladder.toml
        (r"is not a key of the ladder", "ladder.toml मा यस्तो कुञ्जी हुँदैन"),
        (
            r"must be 1 to (.+), and 0 for not_formed alone",
            r"१ देखि \1 हुनुपर्छ, र ० not_formed का लागि मात्र",
        ),
        (r"must be a list of days such as (.+)", r"\1 जस्ता मितिको सूची हुनुपर्छ"),
        (r"must be in order, each day once", "मिति क्रमअनुसार, हरेक एक पटक हुनुपर्छ"),
        (
            r"rung 1 must require formed and nothing else",
            "पहिलो चरणमा formed मात्र चाहिन्छ, अरू केही होइन",
        ),
        (r"has no sign for rung (.+)", r"\1 नम्बर चरणको प्रमाण छैन"),
        # ---- claims.toml, ledger.toml, targets.toml, logframe.toml
        (
            r"not valid TOML, or a number occurs twice: (.+)",
            r"TOML मिलेन, वा एउटै नम्बर दुई पटक छ: \1",
        ),
        (
            r"a number must be a letter and digits, like (.+)",
            r"नम्बर एउटा अक्षर र अङ्क हुनुपर्छ, \1 जस्तै",
        ),
        (
            r"remove compare and unchecked: claims\.toml has what it is compared with",
            "compare र unchecked हटाउनुहोस्। केसँग तुलना गर्ने भन्ने claims.toml मा छ",
        ),
        (
            r"state what it is compared with \(compare\) or why it is not \(unchecked\)",
            "केसँग तुलना गर्ने (compare) वा किन नगर्ने (unchecked) लेख्नुहोस्",
        ),
        (r"no source (.+)", r"\1 भन्ने स्रोत छैन"),
        (r"wording must be a list of sentences", "wording मा वाक्यको सूची हुनुपर्छ"),
        (r"state the heading of the source", "स्रोतको शीर्षक लेख्नुहोस्"),
        (r"upto must be above figure", "upto figure भन्दा ठूलो हुनुपर्छ"),
        (r"unknown: (.+)", r"नचिनिएको: \1"),
        (r"the entry has no number to compare", "तुलना गर्ने सङ्ख्या छैन"),
        (r"(.+) is not a public indicator", r"\1 सार्वजनिक सूचक होइन"),
        (r"state the periods", "periods लेख्नुहोस्"),
        (
            r"a stock or a number of places is compared in one period only",
            "एक समयको सङ्ख्या वा ठाउँको गन्ती एउटै अवधिमा मात्र तुलना हुन्छ",
        ),
        (
            r"periods of two calendars cannot be added",
            "दुई पात्रोका अवधि जोड्न मिल्दैन",
        ),
        (r"related to (.+), which is not in the ledger", r"\1 सँग जोडिएको छ, तर त्यो सूचीमा छैन"),
        (r"related to itself", "आफैँसँग जोडिएको छ"),
        (r"a part of itself, in a circle", "घुमेर आफ्नै अंश भएको छ"),
        (
            r"claims\.toml has another figure or qualifier",
            "claims.toml मा अर्कै सङ्ख्या वा qualifier छ",
        ),
        (r"a part of (.+), but not both are numbers", r"\1 को अंश हो, तर दुवै सङ्ख्या होइनन्"),
        (r"a part of (.+), but larger", r"\1 को अंश हो, तर त्योभन्दा ठूलो छ"),
        (
            r"target (.+) is not in targets\.toml",
            r"\1 भन्ने लक्ष्य targets.toml मा छैन",
        ),
        (r"target (.+) belongs to another figure", r"\1 अर्कै अङ्कको लक्ष्य हो"),
        (r"target (.+) has other periods", r"\1 भन्ने लक्ष्यका अवधि अर्कै छन्"),
        (r"(.+) is not released for periods of this length", r"\1 यति लामो अवधिमा प्रकाशित हुँदैन"),
        (r"(.+) is not released for (.+)", r"\1 \2 का लागि प्रकाशित हुँदैन"),
        (
            r"periods must be consecutive and of one length",
            "अवधि एकपछि अर्को र उत्रै लामा हुनुपर्छ",
        ),
        (
            r"(.+) is not in the ledger of published figures",
            r"\1 प्रकाशित अङ्कको सूचीमा छैन",
        ),
        (r"there is one already", "पहिल्यै एउटा छ"),
    )
)


def in_nepali(said: str) -> str | None:
    """Return in Nepali what a reader said is wrong; None for a sentence that is not known.

    Several faults of one entry are separated by semicolons, and a fault may begin with its key.

    Examples
    --------
    >>> in_nepali("must be at least 10.")
    'कम्तीमा 10 हुनुपर्छ।'
    """
    text = said.strip().removesuffix(".")
    parts = [_one(part) for part in text.split("; ")]
    if None in parts:
        whole = _one(text)  # a sentence with a semicolon of its own
        return None if whole is None else f"{whole}।"
    return "। ".join(part for part in parts if part is not None) + "।"


def _one(text: str) -> str | None:
    for pattern, nepali in _SENTENCES:
        if match := pattern.fullmatch(text):
            return match.expand(nepali)
    key, colon, rest = text.partition(": ")
    inside = _one(rest) if colon else None
    return None if inside is None else f"{key}: {inside}"
