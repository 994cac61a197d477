"""SQL's grammar and nothing else: no function, type or word of sqlglot's own has a meaning here.

Only the words the language uses are words; everything else is a name. So `values`, `desc` and `set` are fine names,
and `today()` cannot become a clock of the database.
"""

from __future__ import annotations

from typing import ClassVar

from sqlglot import parser, tokens
from sqlglot.dialects.dialect import Dialect

WORDS = frozenset(
    {"AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "IS", "NULL", "TRUE", "FALSE", "DISTINCT"}
    | {"CASE", "WHEN", "THEN", "ELSE", "END"}
)
_SYMBOLS = frozenset({"<>", "<=", ">=", "!=", "==", "||", "::", "->", "--", "/*", "/*+"})


class Lifecycle(Dialect):
    """The dialect expressions are read in."""

    class Tokenizer(tokens.Tokenizer):
        KEYWORDS: ClassVar = {
            word: kind for word, kind in tokens.Tokenizer.KEYWORDS.items() if word in WORDS or word in _SYMBOLS
        }
        QUOTES: ClassVar = ["'"]
        IDENTIFIERS: ClassVar = ['"']

    class Parser(parser.Parser):
        FUNCTIONS: ClassVar = {}
        NO_PAREN_FUNCTIONS: ClassVar = {}
        FUNCTION_PARSERS: ClassVar = {}
        NO_PAREN_FUNCTION_PARSERS: ClassVar = {
            word: parse for word, parse in parser.Parser.NO_PAREN_FUNCTION_PARSERS.items() if word == "CASE"
        }


LIFECYCLE = Lifecycle()
