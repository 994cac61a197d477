"""What the documents say of commands, options, exit codes and files is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from typer.main import get_command

from sf_lifecycle.cli.app import EXIT_CODES, app
from sf_lifecycle.cli.wording import ExitCode

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "salesforce/README.md", *ROOT.glob("docs/**/*.md")])
FILES = [*PAGES, ROOT / "config.example.toml", *sorted(ROOT.glob("jobs/*.toml")), *sorted(ROOT.glob("mappings/**/*"))]
TEXTS = [path for path in FILES if path.is_file()]
# Planned, or thought of: whoever reads of one would look for it in vain.
NOT_THERE = {"approve", "doctor", "import", "metadata", "report", "simulate", "undo"}
WORDS = {
    ExitCode.DONE: "done",
    ExitCode.BUG: "a bug",
    ExitCode.CONFIGURATION: "configuration or usage",
    ExitCode.REFUSED: "refused by a guard",
    ExitCode.PARTLY_DONE: "done in part",
    ExitCode.ORG: "the org cannot be reached or refused us",
    ExitCode.INTERRUPTED: "interrupted",
}


def commands(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """`org serve` and so on, with the command."""
    below = getattr(command, "commands", None)
    if below is None:
        yield path, command
        return
    for name, one in below.items():
        yield from commands(one, f"{path} {name}".strip())


COMMANDS = dict(commands(get_command(app)))


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def spans(text: str) -> list[str]:
    """The `code` of a page, and each line of its fenced blocks."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return [" ".join(span.split()) for span in inline] + [line for block in fenced for line in block.splitlines()]


def told(path: Path) -> Iterator[str]:
    """Every command line of ours that a file tells, without the program's name."""
    text = read(path)
    for span in spans(text) if path.suffix == ".md" else text.splitlines():
        if found := re.findall(r"(?:^|[^\w/-])sf-lifecycle ([a-z][^`#&;]*)", span):
            yield from (line.strip() for line in found)
        elif path.suffix == ".md" and span.split(" ")[0] in {name.split(" ")[0] for name in COMMANDS} and " " in span:
            yield span


def wrong_with(line: str) -> str:
    name = next((name for name in COMMANDS if re.match(rf"{name}(\s|$)", line)), None)
    if name is None:
        return f"no command: {line}"
    known = {option for parameter in COMMANDS[name].params for option in parameter.opts} | {"--help", "-h"}
    unknown = [option for option in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", line) if option not in known]
    return f"no {', '.join(unknown)}: {line}" if unknown else ""


@pytest.mark.parametrize("path", TEXTS, ids=shown)
def test_every_command_and_option_told_exists(path: Path) -> None:
    assert [wrong for line in told(path) if (wrong := wrong_with(line))] == []


@pytest.mark.parametrize("path", TEXTS, ids=shown)
def test_no_command_is_told_that_is_not_there(path: Path) -> None:
    text = read(path)
    assert re.findall(rf"sf-lifecycle (?:{'|'.join(NOT_THERE)})\b", text) == []
    if path.suffix == ".md":
        assert [span for span in spans(text) if span.split(" ")[0] in NOT_THERE] == []


def test_the_readme_lists_every_command_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z]+(?: serve)?)(?= |`)[^|]*\|", read(ROOT / "README.md"), re.MULTILINE)
    assert sorted(rows) == sorted(COMMANDS)


@pytest.mark.parametrize("path", ["README.md", "docs/runbook/README.md"])
def test_exit_codes_are_told_as_they_are(path: str) -> None:
    assert set(WORDS) == set(ExitCode)
    text = " ".join(read(ROOT / path).split())
    listed = text.partition("Exit codes:")[2].partition(". ")[0]
    assert [part.strip() for part in listed.rstrip(".").split("·")] == [
        f"{code} {word}" for code, word in WORDS.items()
    ]


def test_the_help_tells_the_same_exit_codes() -> None:
    assert [f"{code} {word}" for code, word in WORDS.items() if f"{code} {word}" not in EXIT_CODES] == []


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", read(path)):
        if re.match(r"[a-z]+:", target):
            continue
        page = (path.parent / target) if target else path
        assert page.exists(), f"{shown(path)} → {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", read(page), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]


def test_every_decision_is_listed_with_its_title() -> None:
    folder = ROOT / "docs/adr"
    listed = dict(re.findall(r"^\| \[\d{4}\]\((.+?)\) \| (.+?) \|$", read(folder / "README.md"), re.MULTILINE))
    titles = {page.name: read(page).splitlines()[0].lstrip("# ") for page in folder.glob("0*.md")}
    assert {name: re.sub(r"^\d{4}[.:]? ", "", title) for name, title in titles.items()} == listed


def test_the_changelog_has_something_to_say() -> None:
    assert re.search(r"^## Unreleased\n\n\S", read(ROOT / "CHANGELOG.md"), re.MULTILINE)
