"""Expressions as text to trees, within limits; every refusal knows its place in the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from sf_lifecycle.engine.dialect import LIFECYCLE
from sf_lifecycle.errors import Problem

MOST_CHARACTERS = 2000
MOST_DEPTH = 20
MOST_TERMS = 100
_CHAINS = ((exp.And,), (exp.Or,), (exp.Add, exp.Sub), (exp.Mul, exp.Div))
_SPOKEN = frozenset(
    {TokenType.VAR, TokenType.STRING, TokenType.NUMBER, TokenType.IDENTIFIER, TokenType.DOT, TokenType.COMMA}
    | {TokenType.L_PAREN, TokenType.R_PAREN, TokenType.SEMICOLON}
    | {TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH}
    | {TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE}
    | {TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.IN, TokenType.BETWEEN, TokenType.LIKE, TokenType.IS}
    | {TokenType.NULL, TokenType.TRUE, TokenType.FALSE, TokenType.DISTINCT}
    | {TokenType.CASE, TokenType.WHEN, TokenType.THEN, TokenType.ELSE, TokenType.END}
)
"""The tokens the language has; sqlglot knows more."""
_JOINED = "texts are joined in templates, not here"
_INSTEAD = {
    "||": _JOINED,
    "::": "types are known; date(…) gives the day of a moment",
    "%": "see the list of functions in the guide",
}
_NAMES = "names are written with a-z, 0-9 and _"
_QUOTE = "write a text as 'word'"
_LOOKALIKES = {"＞": "write >", "＜": "write <", "＝": "write =", "≥": "write >=", "≤": "write <=", "≠": "write <>"} | (
    dict.fromkeys("‘’‚“”„«»", _QUOTE)
)
_DATE_LITERAL = re.compile(
    r"\b(LAST|NEXT|THIS)_(N_)?(DAY|WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR|90_DAY)S?(:\d+)?", re.IGNORECASE
)


class Fault(Exception):
    """One mistake in one expression: `start` and `end` are character offsets (end exclusive), -1 where unknown.

    `elsewhere`: (text, file, key path) of the expression that they are in, where it is not the one being read.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        start: int = -1,
        end: int = -1,
        elsewhere: tuple[str, str, str] | None = None,
    ) -> None:
        self.message, self.hint, self.start, self.end, self.elsewhere = message, hint, start, end, elsewhere
        super().__init__(message)


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """An expression as written and as a tree."""

    source: str
    tree: exp.Expression


def parse(source: str) -> Parsed:
    """`source` as a tree of one expression. Raises Fault."""
    source = unicodedata.normalize("NFC", source)
    if len(source) > MOST_CHARACTERS:
        raise Fault(f"expected at most {MOST_CHARACTERS:,} characters, got {len(source):,}")
    if (bad := control_character(source)) is not None:
        raise Fault("a control character cannot stand here", start=bad, end=bad + 1)
    words = _tokens(source)
    _check_tokens(words, source)
    try:
        trees = LIFECYCLE.parser().parse(_date_literals(words), source)
    except ParseError as error:
        raise _parse_fault(error, source) from error
    except RecursionError as error:
        raise Fault("nested too deep") from error
    tree = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Expression):
        raise Fault("expected one expression")
    _check_depth(tree)
    return Parsed(source=source, tree=tree)


def parse_order(source: str) -> list[tuple[Parsed, bool, int]]:
    """`a, b desc` as (expression, descending, offset of its text in `source`). Raises Fault."""
    source = unicodedata.normalize("NFC", source)
    words = _tokens(source)
    commas, depth = [], 0
    for word in words:
        depth += (word.token_type == TokenType.L_PAREN) - (word.token_type == TokenType.R_PAREN)
        if word.token_type == TokenType.COMMA and depth == 0:
            commas.append(word.start)
    items = []
    for start, end in zip([-1, *commas], [*commas, len(source)], strict=True):
        text = source[start + 1 : end]
        found = re.search(r"\s(asc|desc)\s*$", text, re.IGNORECASE)
        descending = bool(found and found[1].lower() == "desc")
        try:
            items.append((parse(text[: found.start()] if found else text), descending, start + 1))
        except Fault as fault:
            raise shifted(fault, start + 1) from fault
    return items


def shifted(fault: Fault, offset: int) -> Fault:
    """The same fault in a longer text, in which its own begins at `offset`."""
    if fault.start < 0 or fault.elsewhere is not None:
        return fault
    return Fault(fault.message, hint=fault.hint, start=fault.start + offset, end=fault.end + offset)


def span(node: exp.Expr) -> tuple[int, int]:
    """Where `node` stands in its source (end exclusive): the least and greatest place known below it, else (-1, -1)."""
    places = [(n.meta["start"], n.meta["end"] + 1) for n in node.walk() if "start" in n.meta]
    if not places:
        return -1, -1
    return min(start for start, _ in places), max(end for _, end in places)


def control_character(text: str) -> int | None:
    """Where the first one stands that is no white space; None where there is none."""
    return next((i for i, c in enumerate(text) if ord(c) < 32 and c not in "\n\r\t"), None)


def fault_at(node: exp.Expression, message: str, *, hint: str = "") -> Fault:
    """A Fault at `node`, or at the nearest node above it whose place is known; else at the whole text."""
    above: exp.Expr | None = node
    while above is not None:
        start, end = span(above)
        if start >= 0:
            return Fault(message, hint=hint, start=start, end=end)
        above = above.parent
    return Fault(message, hint=hint, start=0, end=MOST_CHARACTERS)


def problem(fault: Fault, *, source: str, file: str, place: str) -> Problem:
    """The fault as a person reads it: the line it stands on, and a caret under the place."""
    excerpt = ""
    source, file, place = fault.elsewhere or (source, file, place)
    if fault.start >= 0:
        source = unicodedata.normalize("NFC", source)
        begin = source.rfind("\n", 0, fault.start) + 1
        end = source.find("\n", begin)
        line = source[begin : end if end >= 0 else len(source)].rstrip("\r").replace("\t", " ")
        column = fault.start - begin
        if column > 80:
            line, column = "…" + line[column - 60 :], 61
        if len(line) > 160:
            line = line[:159] + "…"
        width = max(1, min(fault.end - fault.start, len(line) - column))
        excerpt = f"{line}\n{' ' * column}{'^' * width}"
    return Problem(file=file, place=place, message=fault.message, hint=fault.hint, excerpt=excerpt)


def chain(node: exp.Expression, kind: type[exp.Expression]) -> list[exp.Expression]:
    """`a and b and c` as its parts, without recursion."""
    parts: list[exp.Expression] = []
    while isinstance(node, kind):
        parts.append(node.expression)
        node = node.this
    parts.append(node)
    return parts[::-1]


def _tokens(source: str) -> list[Token]:
    try:
        return list(LIFECYCLE.tokenize(source))
    except TokenError as error:
        quotes = [i for i, c in enumerate(source) if c in "'\""]
        if quotes and len(quotes) % 2:
            raise Fault("a quote is opened and not closed", start=quotes[-1], end=quotes[-1] + 1) from error
        raise Fault("this cannot be read") from error


def _check_tokens(words: list[Token], source: str) -> None:
    if not words:
        written = "only a comment" if source.strip() else "nothing"
        raise Fault(f"expected an expression, got {written}")
    for word in words:
        _check_characters(word, source)
    depth = 0
    for here, after in _pairs(words):
        start, end = here.start, here.end + 1
        if here.comments:
            raise Fault(
                "comments cannot stand in an expression", hint="write them in the file after #", start=start, end=end
            )
        match here.token_type, after.token_type if after else None:
            case TokenType.SEMICOLON, _:
                raise Fault("expected one expression, got a statement", start=start, end=end)
            case TokenType.L_PAREN, _:
                depth += 1
            case TokenType.R_PAREN, _:
                depth -= 1
            case TokenType.COMMA, TokenType.R_PAREN | TokenType.COMMA | None:
                raise Fault("expected a value after the comma", start=start, end=end)
            case TokenType.DOT, TokenType.NUMBER | TokenType.DOT | None:
                raise Fault("a number is written 12 or 0.5", start=start, end=end)
            case TokenType.NUMBER, _ if not re.fullmatch(r"\d+(\.\d+)?", here.text):
                raise Fault("a number is written 12 or 12.5", start=start, end=end)
            case TokenType.NUMBER, TokenType.NUMBER | TokenType.VAR if after and after.start == here.end + 1:
                raise Fault("a number is written 12 or 12.5", start=here.start, end=after.end + 1)
            case TokenType.STRING, TokenType.STRING:
                raise Fault("two texts follow one another", hint=_JOINED, start=start, end=end)
            case TokenType.NOT, _ if source[here.start] == "!":
                raise Fault("`!` is not known here", hint="write `not`", start=start, end=end)
            case _:
                pass
        if here.token_type == TokenType.L_PAREN and after and after.token_type == TokenType.COMMA:
            raise Fault("expected a value before the comma", start=after.start, end=after.end + 1)
        if depth > MOST_DEPTH:
            raise Fault(f"nested too deep: expected at most {MOST_DEPTH} levels", start=start, end=end)


def _check_characters(word: Token, source: str) -> None:
    """Refuses what the language has no meaning for, by the character itself."""
    start, written = word.start, source[word.start : word.end + 1]
    if word.token_type not in _SPOKEN:
        if fault := _soql_date(source):
            raise fault
        hint = _INSTEAD.get(written, "")
        raise Fault(f"`{written}` is not part of the language", hint=hint, start=start, end=word.end + 1)
    if word.token_type != TokenType.VAR or not (bad := re.search(r"[^A-Za-z0-9_]", written)):
        return
    place = start + bad.start()
    if not bad[0].isprintable():
        raise Fault(
            f"the character U+{ord(bad[0]):04X} cannot stand here", hint="delete it", start=place, end=place + 1
        )
    hint = _LOOKALIKES.get(bad[0], _NAMES)
    raise Fault(f"`{bad[0]}` cannot stand here", hint=hint, start=place, end=place + 1)


def _soql_date(source: str) -> Fault | None:
    found = _DATE_LITERAL.search(source)
    if found is None:
        return None
    return Fault(
        f"`{found[0]}` is a date literal of SOQL, not known here",
        hint="write add_days(today(), -30) and the like",
        start=found.start(),
        end=found.end(),
    )


def _pairs(words: list[Token]) -> Iterator[tuple[Token, Token | None]]:
    yield from zip(words, [*words[1:], None], strict=True)


def _date_literals(words: list[Token]) -> list[Token]:
    """`date '2026-01-01'` read as `date('2026-01-01')`."""
    out: list[Token] = []
    for index, word in enumerate(words):
        before = words[index - 1] if index else None
        is_date = before is not None and before.token_type == TokenType.VAR and before.text.lower() == "date"
        if word.token_type == TokenType.STRING and is_date:
            place = (word.line, word.col, word.start, word.end)
            out += [Token(TokenType.L_PAREN, "(", *place), word, Token(TokenType.R_PAREN, ")", *place)]
        else:
            out.append(word)
    return out


def _parse_fault(error: ParseError, source: str) -> Fault:
    details = error.errors[0] if error.errors else {}
    shown = str(details.get("highlight") or "")
    before = str(details.get("start_context") or "")
    start = source.find(before + shown) + len(before) if before + shown in source else -1
    if fault := _soql_date(source):
        return fault
    if re.search(r"\b(includes|excludes)\s*$", before, re.IGNORECASE):
        hint = "write includes(field, 'word')"
    elif shown.lower() in {"select", "from", "where", "order", "group", "over", "filter"} or "select" in before.lower():
        hint = "an expression is what stands after WHERE: no statements, no subqueries"
    else:
        hint = ""
    said = f"did not expect `{shown}` here" if shown and start >= 0 else "this is not a complete expression"
    return Fault(said, hint=hint, start=start, end=start + len(shown) if start >= 0 else -1)


def _check_depth(tree: exp.Expression) -> None:
    """A chain of one kind of operator is one level; a chain of `and` may be as long as the text, sums may not."""
    pending = [(tree, 1, 1)]
    while pending:
        node, depth, terms = pending.pop()
        if depth > MOST_DEPTH:
            raise fault_at(node, f"nested too deep: expected at most {MOST_DEPTH} levels")
        if terms > MOST_TERMS:
            raise fault_at(node, f"too many terms: expected at most {MOST_TERMS}")
        kin = next((kinds for kinds in _CHAINS if isinstance(node, kinds)), ())
        for child in node.iter_expressions():
            if kin and isinstance(child, kin) and child is node.this:
                pending.append((child, depth, terms if isinstance(node, exp.And | exp.Or) else terms + 1))
            else:
                pending.append((child, depth + (not isinstance(child, exp.Identifier)), 1))
