"""What was expected, in words, by pydantic's error types. In one place, so that no message is half code."""

from __future__ import annotations

from pydantic_core import ErrorDetails

_NAME = "a name of small letters, digits and _, beginning with a letter"
_PATTERNS = {
    r"^[a-z][a-z0-9_]*$": _NAME,
    "^[a-z]{2,3}$": "a language such as en, nl or pl",
    r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$": "names joined by dots",
    "^[A-Z]{2}$": "a country's two capital letters, such as NL",
    "^00D[A-Za-z0-9]{15}$": "an org's Id of 18 characters, beginning with 00D",
    r"^\d{2}\.0$": "an API version such as 66.0",
    r"^[^:]+:\d+$": "a host and a port such as 127.0.0.1:8787",
}
_TAGS = {
    "bool": "true or false",
    "int": "a number",
    "float": "a number",
    "decimal": "a number",
    "str": "a text",
    "constrained-str": "a text",
    "date": "a date",
}
_TYPES = {
    "model_type": "a table",
    "dict_type": "a table",
    "mapping_type": "a table",
    "tuple_type": "a list",
    "list_type": "a list",
    "string_type": "a text",
    "string_too_short": "a text that is not empty",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "decimal_type": "a number",
    "finite_number": "a number",
    "date_type": "a date",
    "path_type": "a path",
    "time_type": 'a time of day such as "06:00"',
    "time_parsing": 'a time of day such as "06:00"',
}
_BOUNDS = {
    "greater_than": ("gt", "a number above"),
    "greater_than_equal": ("ge", "a number of at least"),
    "less_than": ("lt", "a number below"),
    "less_than_equal": ("le", "a number of at most"),
}


def expected(error: ErrorDetails) -> str:
    """The words after "expected" for one error outside a union."""
    kind, ctx = error["type"], error.get("ctx", {})
    if kind in _TYPES:
        return _TYPES[kind]
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"{words} {ctx[key]}"
    match kind:
        case "string_pattern_mismatch":
            return _PATTERNS.get(str(ctx["pattern"]), f"a text like {ctx['pattern']}")
        case "string_too_long":
            return f"a text of at most {ctx['max_length']} characters"
        case "literal_error":
            return str(ctx["expected"]).replace("'", "")
        case "too_short":
            return f"at least {ctx['min_length']}"
        case "too_long":
            return f"at most {ctx['max_length']}"
        case _:
            return error["msg"].removeprefix("Input should be ")


def noun(error: ErrorDetails, tag: str) -> str:
    """The words for one branch of a union; `tag` is the branch's name in pydantic's path."""
    if error["type"].startswith("string_") and error["type"] != "string_type":
        return expected(error)
    if tag.startswith(("tuple[", "list[")):
        return "a list of these"
    if tag.startswith("dict["):
        return "a table of texts by language"
    if tag == "Lookup":
        return "a lookup { by, values, default }"
    return _TAGS.get(tag) or expected(error)
