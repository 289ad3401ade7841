"""The ten digits in two scripts: Western (``0`` to ``9``) and Devanagari (``०`` to ``९``)."""

_ASCII, _DEVANAGARI = "0123456789", "०१२३४५६७८९"
_TO_ASCII = str.maketrans(_DEVANAGARI, _ASCII)
_TO_DEVANAGARI = str.maketrans(_ASCII, _DEVANAGARI)


def to_ascii(text: str) -> str:
    """Return a text with its Devanagari digits as Western ones; all else stays.

    Examples
    --------
    >>> to_ascii("वडा नं. १२")
    'वडा नं. 12'
    """
    return text.translate(_TO_ASCII)


def to_devanagari(text: str) -> str:
    """Return a text with its Western digits as Devanagari ones; all else stays.

    Examples
    --------
    >>> to_devanagari("2079/80")
    '२०७९/८०'
    """
    return text.translate(_TO_DEVANAGARI)
