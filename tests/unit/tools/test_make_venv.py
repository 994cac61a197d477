"""What the Makefile says where no environment can be made."""

from __future__ import annotations

import functools
import hashlib
import http.server
import importlib.util
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "tools/make_venv.py"
WHEEL = "pip-99.0-py3-none-any.whl"


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script on a machine such as Debian's without python3-venv: its environments come without pip."""
    spec = importlib.util.spec_from_file_location("make_venv", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module._venv
    monkeypatch.setattr(module, "_venv", lambda folder, *options: "--without-pip" in options and made(folder, *options))
    return module


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """A package index that offers one pip, under the hash it is given."""
    site = tmp_path / "site"
    (site / "pip").mkdir(parents=True)
    handler = functools.partial(_Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/")

        def offer(digest: str) -> None:
            (site / "pip" / WHEEL).write_bytes(b"no wheel")
            page = f'<a href="/pip/{WHEEL}#sha256={digest}" data-requires-python="&gt;=3.9">{WHEEL}</a>'
            (site / "pip/index.html").write_text(page)

        yield offer
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nobody reads it."""


def test_an_index_without_pip_is_told(tool: ModuleType, index: Callable[[str], None], tmp_path: Path) -> None:
    trouble = tool.main(tmp_path / ".venv")
    assert trouble.startswith("Python has no ensurepip, and pip could not be fetched from the package index")
    assert trouble.endswith("install it with: sudo apt-get install python3-venv")


def test_a_pip_that_is_not_what_the_index_says_is_not_run(
    tool: ModuleType, index: Callable[[str], None], tmp_path: Path
) -> None:
    index("0" * 64)
    assert f"{WHEEL} is not what the index says it is" in tool.main(tmp_path / ".venv")


def test_a_pip_that_cannot_install_itself_is_told(
    tool: ModuleType, index: Callable[[str], None], tmp_path: Path
) -> None:
    index(hashlib.sha256(b"no wheel").hexdigest())
    assert tool.main(tmp_path / ".venv").startswith("pip could not install itself; install it with")


def test_an_index_that_cannot_be_reached_is_told(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    assert "(<urlopen error" in tool.main(tmp_path / ".venv")


def test_no_venv_at_all_is_told(tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "_venv", lambda *_: False)
    told = "Python's venv module is missing; install it with: sudo apt-get install python3-venv"
    assert tool.main(tmp_path / ".venv") == told


def test_an_old_python_is_told(tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "LEAST", (99, 0))
    trouble = tool.main(tmp_path / ".venv")
    assert trouble.startswith("Python 99.0 or later is needed, this is 3.")
    assert not (tmp_path / ".venv").exists()


def test_trouble_ends_make_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = subprocess.run(
        [sys.executable, SCRIPT, tmp_path / "file/.venv"], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("make: ")
    assert len(ended.stderr.splitlines()) == 1
