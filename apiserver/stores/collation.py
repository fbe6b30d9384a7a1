"""The collation en_US with numericOrdering, as a key: texts compare as their keys do. Source: spec 2 §1.10.

An approximation of the Unicode collation without its tables: whitespace, punctuation, symbols, numbers by value, letters; then accents;
then lower case before upper case.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_PUNCTUATION = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
_WHITESPACE = "\t\n\x0b\x0c\r\x85\u2028\u2029 "
_ASCII_WEIGHT = {char: chr(0x10 + place) for place, char in enumerate(_WHITESPACE + _PUNCTUATION)}
_SYMBOL, _NUMBER, _LETTER = "\x60", "\x61", "\x62"


@lru_cache(maxsize=65536)
def numeric_key(text: str) -> str:
    """A text whose binary order is the collation's order; equal keys are equal texts (`09` and `9`).

    Shape: primary weights, 0x01, accents, 0x01, upper-case marks; the last two without trailing defaults.
    """
    primary: list[str] = []
    accents: list[str] = []
    cases: list[str] = []
    digits = ""
    for char in unicodedata.normalize("NFD", text) + "\0":
        if char.isdecimal():
            digits += str(unicodedata.decimal(char))
            continue
        if digits:
            value = digits.lstrip("0")
            primary.append(_NUMBER + chr(0x80 + min(len(value), 0xD000)) + value)
            accents.append("\x02")
            cases.append("\x02")
            digits = ""
        if unicodedata.combining(char):
            accents.append(chr(0x10 + ord(char)))
            continue
        weight = _weight(char)
        if weight:
            primary.append(weight)
            accents.append("\x02")
            cases.append("\x03" if char != char.lower() else "\x02")
    return "".join(primary) + "\x01" + "".join(accents).rstrip("\x02") + "\x01" + "".join(cases).rstrip("\x02")


def _weight(char: str) -> str:
    known = _ASCII_WEIGHT.get(char)
    if known is not None:
        return known
    kind = unicodedata.category(char)
    if kind[0] == "L":
        return _LETTER + char.casefold()
    if kind in ("Cc", "Cf"):
        return ""
    return _SYMBOL + char
