"""Plain text as Salesforce keeps it: characters that arrive as they were sent, cut to a field's length at a word."""

from __future__ import annotations

import re
import unicodedata

_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# No-break spaces are what Babel puts into amounts; a search for "€ 1.234" would not find them.
_SPACES = re.compile("[\t\x1f\u00a0\u202f]")
# Control characters, halves of characters, what is no character at all, and marks that make text read backwards.
_UNSAFE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff0-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_BLANKS = re.compile(r"[^\S\n]+\n")
_JOINER = "\u200d"
_SKIN = range(0x1F3FB, 0x1F400)
_FLAG = range(0x1F1E6, 0x1F200)
_ELLIPSIS = "…"


def plain(text: str) -> str:
    """Line breaks are line feeds, no blanks before them; spaces are spaces; what nobody can see or send, is gone."""
    if text.isprintable():  # nearly every text; and of what is replaced here nothing is printable
        return text.strip()
    lines = text.split("\n")
    if all(map(str.isprintable, lines)):  # nearly every text of several lines; of white space only blanks are printable
        return "\n".join([line.rstrip(" ") for line in lines]).strip()
    shown = _UNSAFE.sub("", _SPACES.sub(" ", _BREAKS.sub("\n", text)))
    return _BLANKS.sub("\n", shown).strip()


def one_line(text: str | None) -> str | None:
    """Line breaks and runs of white space become one space: names of records may hold any character."""
    return " ".join(plain(text).split()) if text is not None else None


def length_of(text: str) -> int:
    """The length as Salesforce counts: one for most characters, two for those outside the first 65,536 (emoji)."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def fit(text: str | None, length: int) -> str | None:
    """Cut to Salesforce's length at a word, with an ellipsis; nothing is cut that fits. `length` as `length_of`.

    A word as long as the field is cut inside, but no character is: an accent or a flag stays whole or goes whole.
    """
    if text is None or length_of(text) <= length:
        return text
    cut = _whole(text, _first(text, length - 1))
    at_word = cut.rpartition(" ")[0] if " " in cut[len(cut) // 2 :] and not text[len(cut)].isspace() else cut
    return at_word.rstrip() + _ELLIPSIS


def stored(text: str | None, length: int) -> str | None:
    """A text as Salesforce keeps it: plain, trimmed, at most `length` (0: no limit known), empty as null."""
    if text is None:
        return None
    kept = plain(text)
    return (fit(kept, length) if length else kept) or None


def _first(text: str, length: int) -> int:
    """How many of the characters are at most that long together."""
    end = min(length, len(text))
    over = length_of(text[:end]) - length
    while over > 0:
        end -= 1
        over -= 2 if text[end] > "\uffff" else 1
    return end


def _whole(text: str, end: int) -> str:
    """The text up to `end`, or to the last place before where nothing that is shown as one is cut in two."""
    cut = end
    while cut and _belongs(text, cut):
        cut -= 1
    return text[: cut or end]


def _belongs(text: str, at: int) -> bool:
    """Does the character at `at` belong to what stands before it?"""
    if at >= len(text):
        return False
    character, before = text[at], text[at - 1]
    if unicodedata.category(character) in ("Mn", "Mc", "Me") or _JOINER in (character, before):
        return True
    if ord(character) in _SKIN:
        return True
    flags = 0
    while ord(character) in _FLAG and flags < at and ord(text[at - flags - 1]) in _FLAG:
        flags += 1
    return flags % 2 == 1
