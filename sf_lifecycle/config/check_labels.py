"""Labels: rules that can be reached, and words that exist."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from sf_lifecycle.config.found import KeyPath, dotted, found, nearest, one_of
from sf_lifecycle.config.mapping import Label
from sf_lifecycle.errors import Problem


def words_of(label: Label) -> tuple[str, ...]:
    """Every word the label can give, in the order of trial."""
    words = [rule.label for rule in label.rules]
    return tuple(dict.fromkeys([*words, label.unknown] if label.unknown is not None else words))


def label_problems(labels: Mapping[str, Mapping[str, Label]], file: str) -> list[Problem]:
    """Problems of `labels` as a file's `[labels.SET.NAME]` holds them."""
    problems = []
    for of_set, named in labels.items():
        for name, label in named.items():
            problems += _one(label, ("labels", of_set, name), file)
    return problems


def run_out(labels: Mapping[str, Mapping[str, Label]], file: str, today: dt.date) -> Iterator[str]:
    """A sentence for each rule whose `until` has passed: somebody should look at what the law says now."""
    for of_set, named in labels.items():
        for name, label in named.items():
            for index, rule in enumerate(label.rules):
                if rule.until and rule.until <= today:
                    place = dotted(("labels", of_set, name, "rules", index))
                    yield f"{file}: {place} (label {found(rule.label)}) is out of force since {rule.until}"


def _one(label: Label, place: KeyPath, file: str) -> list[Problem]:
    problems = []

    def add(below: KeyPath, message: str, hint: str = "") -> None:
        problems.append(Problem(file=file, place=dotted((*place, *below)), message=message, hint=hint))

    last = len(label.rules) - 1
    for index, rule in enumerate(label.rules):
        if index < last and rule.when is None:
            add(("rules", index), "expected a `when`, got none: the rules after it are never tried")
        if index == last and rule.when is not None:
            add(("rules", index, "when"), "expected none on the last rule, which takes the rows that are left")
        if index == last and (rule.from_ or rule.until):
            add(("rules", index), "expected no dates on the last rule, which takes the rows that are left")
        if rule.from_ and rule.until and rule.from_ >= rule.until:
            add(("rules", index, "until"), f"expected a day after {rule.from_} (`from`), got {rule.until}")
    words = words_of(label)
    for index, word in enumerate(label.order):
        if word not in words:
            add(("order", index), f"expected one of {one_of(words)}, got {found(word)}", nearest(word, words))
        elif word in label.order[:index]:
            add(("order", index), f"{found(word)} is listed twice")
    for index, word in enumerate(label.aside):
        if word not in label.order:
            message = f"expected one of `order` ({one_of(label.order)}), got {found(word)}"
            add(("aside", index), message, nearest(word, label.order))
    if label.order and set(label.order) <= set(label.aside):
        add(("aside",), "expected some words of `order` to be steps, got all of them")
    return problems
