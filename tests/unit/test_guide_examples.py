"""What your-mapping.md shows comes out: its files are checked, run over its records, and print what it says."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest
from guide_folder import broker_records, consoles, text_of, write_files, write_mirror

from sf_lifecycle.cli import main
from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.look import look
from sf_lifecycle.stages import work_out

PAGE = "your-mapping.md"
JOB = "jobs/broker.toml"
PLAY = "mappings/broker/plays/policy-window.toml"
CHECK, MISSPELT, LIST, WHY = range(4)


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working folder as the page makes it, after a pull of its records."""
    folder = tmp_path_factory.mktemp("guide") / "broker"
    with pytest.raises(SystemExit):
        main(["init", str(folder)])
    (folder / "jobs/nightly.toml").unlink()
    write_files(folder, PAGE)
    write_mirror(folder / "config.toml", "broker", broker_records(PAGE))
    return folder


@pytest.fixture
def folder(pulled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, entered, on a screen as wide as the page's blocks."""
    shutil.copytree(pulled, tmp_path / "broker")
    monkeypatch.chdir(tmp_path / "broker")
    monkeypatch.setenv("COLUMNS", "124")
    return tmp_path / "broker"


def said(line: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What a command prints, line by line, blanks and rules of tables aside."""
    argv = [quoted or plain for quoted, plain in re.findall(r'"([^"]+)"|(\S+)', line)]
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(argv)
    captured = capsys.readouterr()
    return told(captured.out + captured.err)


def told(text: str) -> list[str]:
    """Lines with single blanks; those of nothing but blanks and dashes left out."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip(" ─")]


def expected(number: int) -> tuple[str, list[str]]:
    """The page's block: the command, and what it prints. `…`: lines left out."""
    line, printed = consoles(PAGE)[number]
    return line, told(printed)


def is_shown(shown: list[str], printed: list[str]) -> bool:
    """Does the page show what is printed, in order, `…` standing for any lines?"""
    rest = "\n".join([*printed, ""])
    for part in "\n".join([*shown, ""]).split("…\n"):
        _, found, rest = rest.partition(part)
        if part and not found:
            return False
    return True


@pytest.mark.parametrize("number", [LIST, WHY])
def test_the_page_shows_what_is_printed(number: int, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line, shown = expected(number)
    printed = said(line, capsys)
    assert shown
    assert is_shown(shown, printed), "\n".join(printed)


def test_check_says_what_the_page_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "var/mirror.duckdb").unlink()  # the page checks before the first pull
    line, shown = expected(CHECK)
    assert shown == said(line, capsys)


def test_a_slip_is_told_as_the_page_tells_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (folder / PLAY).read_text(encoding="utf-8")
    (folder / PLAY).write_text(text.replace("position =", "positon ="), encoding="utf-8")
    line, shown = expected(MISSPELT)
    assert shown == said(line, capsys)


def test_a_task_reads_as_the_page_shows_it(folder: Path) -> None:
    day = dt.date(2026, 11, 23)
    with look(load_workspace(folder / "config.toml", environ={}), "broker", day) as view:
        worded = work_out(view.prepared, view.ground, day, also=lambda rows: rows["account"].notna()).worded
    task = worded.set_index("name").loc["Bos Groothandel"]
    (shown,) = re.findall(r"^```text\n(.*?)^```$", text_of(PAGE), re.MULTILINE | re.DOTALL)
    assert f"{task['subject']}\n\n{task['description']}\n" == shown


def test_every_file_that_the_page_names_is_used(folder: Path) -> None:
    assert {PLAY, JOB, "mappings/models/clients.toml", "mappings/broker/objects.toml"} <= {
        path.relative_to(folder).as_posix() for path in folder.rglob("*.toml")
    }
