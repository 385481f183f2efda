"""Numbers and truth values written as text, by the rules that pydantic reads them by in its lax mode.

They are Rust's rules, not Python's: other white space, no digits but ASCII ones, other places for underscores.
Sources: pydantic-core (github.com/pydantic/pydantic-core, src/input/shared.rs), observed with pydantic 2.13.
"""

import re

LONGEST_INTEGER = 4300  # digits that an integer may have; Python's own limit is the same
TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})
FALSE = frozenset({"0", "off", "f", "false", "n", "no"})
_SPACES = "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + _SPACES  # Unicode's White_Space
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
_DIGITS = "[1-9][0-9]*(?:_[0-9]+)*"
_INTEGER = re.compile(
    rf"(?:(?P<sign>[+-]?)(?:0(?:[0_]*0)?|(?:0[0_]*)?(?P<digits>{_DIGITS}))"
    rf"|\+?0[0_]*(?P<inner_sign>-)_?(?P<inner_digits>0|{_DIGITS}))(?:\.0+)?",  # zeros are skipped, then "-5" is read
    re.ASCII,
)
_NUMBER = re.compile(
    r"[+-]?(?:inf|infinity|nan|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)", re.ASCII | re.IGNORECASE
)


def is_oversized(text: str) -> bool:
    """Tell whether a text is an integer with more digits than are read."""
    return len(text) > LONGEST_INTEGER and _PLAIN.fullmatch(text) is not None


def integer_of(text: str) -> int | None:
    """Return the integer that a text stands for, or None. " +1_000.0 " is 1000, "0-5" is -5; "1e3" is none."""
    found = _INTEGER.fullmatch(text.strip(_WHITE_SPACE))
    if found is None:
        return None
    digits = (found["digits"] or found["inner_digits"] or "0").replace("_", "")
    return int((found["sign"] or found["inner_sign"] or "") + digits) if len(digits) <= LONGEST_INTEGER else None


def number_of(text: str) -> float | None:
    """Return the number that a text stands for, or None. "1e5", ".5", "inf", "nan" and "1_0" are numbers."""
    for candidate in (text.strip(_WHITE_SPACE), _without_underscores(text)):
        if _NUMBER.fullmatch(candidate):
            return float(candidate)
    return None


def truth_of(text: str) -> bool | None:
    """Return the truth value that a text stands for, or None. White space counts, case does not."""
    word = text.lower()
    return True if word in TRUE else False if word in FALSE else None


def _without_underscores(text: str) -> str:
    misplaced = text.startswith("_") or text.endswith("_") or "__" in text
    return text if misplaced else text.replace("_", "")
