"""The commands as people give them, in this process: what they print, how they end, and what they must never show."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from firms import SECRET

from sf_lifecycle.cli import main


@dataclass(frozen=True, kw_only=True)
class Ended:
    """One command's end."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What was printed: JSON and nothing else."""
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """Everything a person saw, as one line: where a terminal breaks it is no matter here."""
        return " ".join((self.out + self.err).split())


class Shell:
    """A terminal with a working folder."""

    def __init__(self, capsys: pytest.CaptureFixture[str], config: Path) -> None:
        self.capsys, self.config = capsys, config

    def __call__(self, *argv: str) -> Ended:
        """Run a command with this folder's configuration. No traceback, no secret, ever."""
        return self._main(*argv, "--config", str(self.config))

    def demo(self, *argv: str) -> Ended:
        """`demo` has a folder instead of a configuration."""
        return self._main("demo", *argv)

    def _main(self, *argv: str) -> Ended:
        with pytest.raises(SystemExit) as end:
            main(argv)
        captured = self.capsys.readouterr()
        ended = Ended(code=int(end.value.code or 0), out=captured.out, err=captured.err)
        for text in (ended.out, ended.err):
            assert "Traceback" not in text
            assert SECRET not in text
        return ended

    def wants(self, code: int, *argv: str) -> Ended:
        """Run a command that must end so."""
        ended = self(*argv)
        assert ended.code == code, ended
        return ended
