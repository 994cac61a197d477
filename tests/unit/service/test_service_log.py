"""The service's log: JSON lines, with job and run, and without a word of what the records say."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog

from sf_lifecycle.service.log import logger, set_up


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[list[dict[str, object]]]:
    """What was logged, filled in when the test asks by `read`."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    set_up()
    with structlog.contextvars.bound_contextvars(job="nightly", run="20261122T033000-ab12cd"):
        try:
            _fail()
        except ValueError:
            logger().exception("run ended by a bug")
            logging.getLogger("library").warning("careful", exc_info=True)
        logger().info("run ended", created={"Task": 3})
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("old ways", DeprecationWarning, stacklevel=1)
    yield [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    logging.captureWarnings(False)
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def _fail() -> None:
    try:
        raise KeyError("Jan de Wit")
    except KeyError as error:
        raise ValueError("could not convert 'Jan de Wit' to a number") from error


def test_every_line_says_which_job_and_run(lines: list[dict[str, object]]) -> None:
    assert {(line["job"], line["run"]) for line in lines} == {("nightly", "20261122T033000-ab12cd")}
    assert all(line["timestamp"] and line["level"] and line["event"] for line in lines)


def test_an_exception_tells_where_and_never_what(lines: list[dict[str, object]]) -> None:
    ours, library = lines[:2]
    for line in (ours, library):
        exception = line["exception"]
        assert isinstance(exception, list)
        assert [part["kind"] for part in exception] == ["ValueError", "KeyError"]
        assert exception[0]["frames"][-1].endswith("_fail")
    assert "Wit" not in json.dumps(lines)


def test_libraries_warnings_are_lines_too(lines: list[dict[str, object]]) -> None:
    assert [line["level"] for line in lines] == ["error", "warning", "info", "warning"]
    assert "old ways" in str(lines[3]["event"])
