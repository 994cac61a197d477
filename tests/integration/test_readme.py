"""README's blocks and config.example.toml, carried out as they stand, by the installed program, in an empty folder."""

from __future__ import annotations

import csv
import io
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sf_lifecycle.cli import main

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.executable).parent / "sf-lifecycle"
ACCOUNTS = "100"
PORT = "8890"


def sf_lifecycle(folder: Path, *arguments: str) -> str:
    command = [str(PROGRAM), *arguments]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    return ended.stdout


def readme_lines() -> list[str]:
    """Each line of README's shell blocks once, in order, without its comment."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return list(dict.fromkeys(filter(None, lines)))


def test_the_readme_opens_with_the_two_commands() -> None:
    assert readme_lines()[:2] == ["make demo", "make test"]


def test_the_readmes_five_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = {}
    for line in readme_lines():
        match line:
            case "make demo":  # which runs this, at the default size
                printed[line] = sf_lifecycle(tmp_path, "demo", "--accounts", ACCOUNTS)
            case "make test" | ". .venv/bin/activate":
                pass
            case _:
                program, *arguments = shlex.split(line)
                assert program == "sf-lifecycle", line
                printed[line] = sf_lifecycle(tmp_path, *arguments)
    for title in (
        "Stage funnel of",
        "May be called: ",
        "May be e-mailed: ",
        "Contracts with other providers",
        "most urgent prospects",
        "Created per play",
    ):
        assert title in printed["make demo"]
    assert "Second run: nothing written" in printed["make demo"]
    assert any("switch-window" in line for line in printed)
    assert any("The configuration is right" in text for text in printed.values())
    monkeypatch.chdir(tmp_path)
    _what_it_says_to_try_next(capsys)


def _what_it_says_to_try_next(capsys: pytest.CaptureFixture[str]) -> None:
    """In this process: that the program starts has been seen."""

    def typed(*arguments: str) -> str:
        with pytest.raises(SystemExit) as end:
            main([*arguments, "--config", "sf-lifecycle-demo/config.toml"])
        assert not end.value.code
        return capsys.readouterr().out

    def listed() -> list[dict[str, str]]:
        text = typed("list", "nightly", "switch-window", "--format", "csv")
        return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))

    before = listed()
    assert before[0]["name"] in typed("why", before[0]["name"])
    rules = Path("sf-lifecycle-demo/mappings/telecom/lifecycle.toml")
    text = rules.read_text(encoding="utf-8")
    changed = re.sub(r"(?m)^(window_days\s*=\s*)\d+", r"\g<1>1", text)
    assert changed != text
    rules.write_text(changed, encoding="utf-8")
    assert listed() != before


def example_commands() -> list[list[str]]:
    """The commands in config.example.toml's first comment."""
    head = (ROOT / "config.example.toml").read_text(encoding="utf-8").partition("# Every value")[0]
    found = re.findall(r"sf-lifecycle ((?:org |check|pull|plan|run)[^&\n]*)", head)
    return [shlex.split(line) for line in found]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The example as it is in a working folder, and the org that it asks for."""
    folder = tmp_path_factory.mktemp("example")
    for name in ("jobs", "mappings", "salesforce"):
        shutil.copytree(ROOT / name, folder / name)
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    serve = example_commands()[0]
    assert serve[:4] == ["org", "serve", "--port", PORT]
    port = PORT if _is_free(int(PORT)) else str(_free_port())
    (folder / "config.toml").write_text(example.replace(PORT, port), encoding="utf-8")
    serve[3], serve[serve.index("--sample") + 1] = port, ACCOUNTS
    command = [str(PROGRAM), *serve]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as org:
        assert org.stdout
        assert f"http://127.0.0.1:{port}" in org.stdout.readline()
        yield folder
        org.terminate()
        assert org.wait(timeout=20) == 0


def test_the_example_works_as_it_is(worker: Path) -> None:
    said = example_commands()[1:]
    assert [line[0] for line in said] == ["check", "run"]
    checked, ran = (sf_lifecycle(worker, *line) for line in said)
    assert "The configuration is right" in checked
    assert re.search(r"Run \S+: done, [\d,]+ records written", ran)


@pytest.mark.slow
def test_the_example_may_be_pulled_and_planned(worker: Path) -> None:
    assert "rows in" in sf_lifecycle(worker, "pull")
    assert "switch-window" in sf_lifecycle(worker, "plan", "nightly")


def _is_free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
