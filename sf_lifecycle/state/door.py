"""How a function on a connection becomes a method of `State`: one call, one transaction."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from sf_lifecycle.state.database import Database

P = ParamSpec("P")
R = TypeVar("R")
Clock = Callable[[], dt.datetime]


class Door:
    """What every method of state needs: the database, and a clock that gives aware datetimes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock


def reading(work: Callable[Concatenate[Connection, P], R]) -> Callable[Concatenate[Door, P], R]:
    """A method that reads: `work` without its connection."""

    @functools.wraps(work)
    def method(self: Door, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._database.read() as connection:
            return work(connection, *args, **kwargs)

    return method


def writing(work: Callable[Concatenate[Connection, P], R]) -> Callable[Concatenate[Door, P], R]:
    """A method that writes: `work` without its connection."""

    @functools.wraps(work)
    def method(self: Door, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._database.write() as connection:
            return work(connection, *args, **kwargs)

    return method


def writing_now(work: Callable[Concatenate[Connection, dt.datetime, P], R]) -> Callable[Concatenate[Door, P], R]:
    """A method that writes down when: `work` without its connection and the time."""

    @functools.wraps(work)
    def method(self: Door, /, *args: P.args, **kwargs: P.kwargs) -> R:
        now = self._clock()
        with self._database.write() as connection:
            return work(connection, now, *args, **kwargs)

    return method
