"""Logs for machines: JSON lines on standard error, each with job and run. Counts and Ids, never names or texts."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator

import structlog


def set_up() -> None:
    """JSON lines from here on; libraries' warnings too."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_values,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=structlog.processors.JSONRenderer(), foreign_pre_chain=shared)
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(True)


def logger() -> structlog.typing.FilteringBoundLogger:
    """The service's log; bind job and run with structlog's context variables."""
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return log


def without_values(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Where an exception came from, without its words: a database's message quotes the value it choked on."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = [
            {"kind": type(one).__name__, "frames": [f"{f.filename}:{f.lineno} {f.name}" for f in _frames(one)]}
            for one in _chain(error)
        ]
    return event


def _frames(error: BaseException) -> traceback.StackSummary:
    return traceback.extract_tb(error.__traceback__)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
