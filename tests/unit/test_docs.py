"""What the documents say of commands, options, exit codes and files is so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import click
import pytest
from typer.main import get_command

from sf_lifecycle.cli.app import EXIT_CODES, app
from sf_lifecycle.cli.wording import ExitCode
from sf_lifecycle.config.job import Guards
from sf_lifecycle.state import RunStatus

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "salesforce/README.md", *ROOT.glob("docs/**/*.md")])
FILES = [*PAGES, ROOT / "config.example.toml", *sorted(ROOT.glob("jobs/*.toml")), *sorted(ROOT.glob("mappings/**/*"))]
TEXTS = [path for path in FILES if path.is_file()]
# Planned, or thought of: whoever reads of one would look for it in vain.
NOT_THERE = {"import", "report"}
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
    fenced = re.findall(r"^```[^\n`]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return [" ".join(span.split()) for span in inline] + [line for block in fenced for line in block.splitlines()]


def told(path: Path) -> Iterator[str]:
    """Every command line of ours that a file tells, without the program's name."""
    text = read(path)
    for span in spans(text) if path.suffix == ".md" else text.splitlines():
        if found := re.findall(r"(?:^|[^\w/-])sf-lifecycle ([a-z][^`#&;]*)", span):
            yield from (line.strip().rstrip(".,") for line in found)
        elif path.suffix == ".md" and span.split(" ")[0] in {name.split(" ")[0] for name in COMMANDS} and " " in span:
            yield span


def command_of(line: str) -> str | None:
    """The command that a line calls: `state show`, `plan`."""
    return next((name for name in COMMANDS if re.match(rf"{name}(\s|$)", line)), None)


def wrong_with(line: str) -> str:
    name = command_of(line)
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
    table = read(ROOT / "README.md").partition("| command | does |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    assert sorted(named for row in rows for named in [command_of(row) or row]) == sorted(COMMANDS)
    assert [wrong for row in rows if (wrong := wrong_with(row))] == []


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("demo", "init")])
def test_the_guide_or_the_runbook_tells_of_every_command(name: str) -> None:
    pages = [page for page in PAGES if page.parent.name in ("guide", "runbook")]
    lines = {command_of(line) for page in pages for line in told(page)}
    assert name in lines


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


def test_every_page_can_be_reached_from_the_readme() -> None:
    found, new = set[Path](), {ROOT / "README.md"}
    while new:
        found |= new
        links = {
            (page.parent / target).resolve() for page in new for target in re.findall(r"\]\(([^)#\s:]+)", read(page))
        }
        new = {page for page in links if page.suffix == ".md"} - found
    assert sorted(map(shown, set(PAGES) - found)) == []


# ---------------------------------------------------------------- promises, pains, and the tests that show them

PROMISES, PAINS = ROOT / "docs/promises.md", ROOT / "docs/pains.md"


@cache
def known_tests(file: str) -> frozenset[str]:
    """Names of the tests in the one file of that name below tests/; of several or none, a message."""
    found = list((ROOT / "tests").rglob(f"{file}.py"))
    assert len(found) == 1, f"{file}: {len(found)} files"
    tree = ast.parse(found[0].read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def promised() -> dict[str, str]:
    """Number → the promise's first words."""
    text = read(PROMISES).partition("## Promised")[2].partition("\n## ")[0]
    return dict(re.findall(r"^(\d+)\. \*\*([^*]+?)\.?\*\*", text, re.MULTILINE))


def proofs() -> dict[str, dict[str, list[str]]]:
    """Promise, as its number and first words → file → tests."""
    parts = re.split(
        r"^\*\*(\d+\. .+)\*\*$", read(PROMISES).partition("## How each promise is tested")[2], flags=re.MULTILINE
    )
    found: dict[str, dict[str, list[str]]] = {}
    for title, part in zip(parts[1::2], parts[2::2], strict=True):
        rows = re.findall(r"^- `(\w+)`: ((?:.|\n  )+)", part, re.MULTILINE)
        found[title] = {file: re.findall(r"`(\w+)`", listed) for file, listed in rows}
    return found


def test_every_promise_names_its_tests() -> None:
    assert len(promised()) > 10
    assert list(proofs()) == [f"{number}. {words}" for number, words in promised().items()]
    assert all(proofs().values())


@pytest.mark.parametrize("promise", proofs())
def test_the_tests_of_a_promise_exist(promise: str) -> None:
    named = [(file, name) for file, names in proofs()[promise].items() for name in names]
    assert named
    assert [f"{file}::{name}" for file, name in named if name not in known_tests(file)] == []


def rows_of_pains() -> list[tuple[str, str]]:
    return re.findall(r"^\| (\d+) \|.*\| ([^|]+) \|$", read(PAINS), re.MULTILINE)


def test_every_pain_has_its_row() -> None:
    assert [number for number, _ in rows_of_pains()] == [str(number) for number in range(1, 36)]


@pytest.mark.parametrize(("number", "shown_by"), rows_of_pains())
def test_the_tests_that_a_pain_names_exist(number: str, shown_by: str) -> None:
    named = re.findall(r"`(\w+)::(\w+)`", shown_by)
    assert named, f"nothing shows {number}"
    assert [f"{file}::{name}" for file, name in named if name not in known_tests(file)] == []


def test_every_guard_is_told_to_whoever_is_refused() -> None:
    page = read(ROOT / "docs/runbook/refused.md")
    listed = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", page.partition("These are no guards")[0], re.MULTILINE)
    told_of = [name for names in listed for name in re.findall(r"`(\w+)`", names)]
    assert sorted(told_of) == sorted(Guards.model_fields)


@pytest.mark.parametrize("status", get_args(RunStatus))
def test_every_way_a_run_ends_is_told(status: str) -> None:
    assert re.search(rf"^\| `{status}`", read(ROOT / "docs/runbook/README.md"), re.MULTILINE)


# ---------------------------------------------------------------- decisions and changes


def test_every_decision_is_listed_with_its_title() -> None:
    folder = ROOT / "docs/adr"
    listed = dict(re.findall(r"^\| \[\d{4}\]\((.+?)\) \| (.+?) \|$", read(folder / "README.md"), re.MULTILINE))
    titles = {page.name: read(page).splitlines()[0].lstrip("# ") for page in folder.glob("0*.md")}
    assert {name: re.sub(r"^\d{4}[.:]? ", "", title) for name, title in titles.items()} == listed


def test_the_changelog_has_something_to_say() -> None:
    assert re.search(r"^## Unreleased\n\n\S", read(ROOT / "CHANGELOG.md"), re.MULTILINE)
