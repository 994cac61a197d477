"""Logs for machines: JSON lines on standard error, each with job and run. Counts and Ids, never names or texts."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up() -> None:
    """JSON lines from here on; libraries' warnings too."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
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


def logger() -> structlog.typing.FilteringBoundLogger:
    """The service's log; bind job and run with structlog's context variables."""
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return log
