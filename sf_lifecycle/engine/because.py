"""Reasons: rendered once for each distinct rule and inputs, then joined back to the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from sf_lifecycle.config.mapping import Label
from sf_lifecycle.engine.definitions import Definitions
from sf_lifecycle.engine.labels import Reason, words_of
from sf_lifecycle.engine.parse import Fault, parse
from sf_lifecycle.engine.scope import names_in
from sf_lifecycle.engine.text_filters import day_text

_KEPT = {
    "en": "Changed {day}; kept for {days} days",
    "nl": "Veranderd op {day}; blijft {days} dagen staan",
    "pl": "Zmieniono {day}; pozostaje przez {days} dni",
}
_NOT_KNOWN = {"en": "Not known: {names}", "nl": "Niet bekend: {names}", "pl": "Brak danych: {names}"}


def reason_locale(found: Definitions, set_: str, label: str) -> str:
    """What a label's reasons are written in: a model's own in its language, in the mapping's form of that language."""
    locale, language = found.mapping.locale, found.model.language
    if f"labels.{set_}.{label}" not in found.from_model or _language(locale) == language:
        return locale
    return language


def _language(locale: str) -> str:
    return locale.partition("_")[0].lower()


def _ours(texts: Mapping[str, str], locale: str) -> str:
    return texts.get(_language(locale), texts["en"])


def render(reason: Reason, label: Label, rows: pa.Table, locale: str, currency: str | None = None) -> pa.Table:
    """`rows`: distinct rule and inputs, in that order. The same with a column `text`, null where a rule is silent.

    `currency`: the code that amounts are in, where it is known.
    """
    inputs = list(reason.inputs)
    texts = []
    for rule, *values in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        texts.append(_text(reason, label, rule, dict(zip(inputs, values, strict=True)), locale, currency))
    return rows.append_column("text", pa.array(texts, pa.string()))


def _text(
    reason: Reason, label: Label, rule: int | None, values: Mapping[str, Any], locale: str, currency: str | None
) -> str | None:
    if rule is None:
        return None
    if rule == 0:
        since = values["#since"]
        if since is None:
            return None
        return _ours(_KEPT, locale).format(day=day_text(since, locale), days=label.stay_days)
    if rule < 0:
        return _ours(_NOT_KNOWN, locale).format(names=", ".join(_names(label, -rule)))
    template = reason.templates.get(rule)
    return template.render(values, locale=locale, currency=currency) if template is not None else None


def _names(label: Label, rule: int) -> Sequence[str]:
    """The names a rule's condition rests on."""
    try:
        tree = parse(label.rules[rule - 1].when or "").tree
    except Fault:
        return words_of(label)
    return sorted({".".join(parts) for parts, _ in names_in(tree)})
