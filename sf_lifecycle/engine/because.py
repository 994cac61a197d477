"""Reasons: rendered once for each distinct rule and inputs, then joined back to the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from sf_lifecycle.config.mapping import Label
from sf_lifecycle.engine.labels import Reason, words_of
from sf_lifecycle.engine.parse import Fault, parse
from sf_lifecycle.engine.scope import names_in
from sf_lifecycle.engine.text_filters import day_text


def render(reason: Reason, label: Label, rows: pa.Table, locale: str) -> pa.Table:
    """`rows`: distinct rule and inputs, in that order. The same with a column `text`, null where a rule is silent."""
    inputs = list(reason.inputs)
    texts = []
    for rule, *values in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        texts.append(_text(reason, label, rule, dict(zip(inputs, values, strict=True)), locale))
    return rows.append_column("text", pa.array(texts, pa.string()))


def _text(reason: Reason, label: Label, rule: int | None, values: Mapping[str, Any], locale: str) -> str | None:
    if rule is None:
        return None
    if rule == 0:
        since = values["#since"]
        return f"Changed {day_text(since, locale)}; kept for {label.stay_days} days" if since else None
    if rule < 0:
        return f"Not known: {', '.join(_names(label, -rule))}"
    template = reason.templates.get(rule)
    return template.render(values, locale=locale) if template is not None else None


def _names(label: Label, rule: int) -> Sequence[str]:
    """The names a rule's condition rests on."""
    try:
        tree = parse(label.rules[rule - 1].when or "").tree
    except Fault:
        return words_of(label)
    return sorted({".".join(parts) for parts, _ in names_in(tree)})
