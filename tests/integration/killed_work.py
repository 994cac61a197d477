"""What is killed. Run as a program this process has everything imported, and forks a child for each order it reads.

Orders are lines of JSON: {"work": …, "config": …, "die_at": …, "end": …, …}. The answers: the child's process id, and
once it has ended its exit status (negative: the signal); before the first order 0. What the child has to say is in the
file `end`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.dataset
import pyarrow.pandas_compat  # noqa: F401 - pyarrow imports it at first use, in each child anew
from sqlalchemy import Engine, event

from sf_lifecycle import pipeline
from sf_lifecycle.cli import main
from sf_lifecycle.config.workspace import Workspace, load_workspace
from sf_lifecycle.request import Request, Unwatched


def night(workspace: Workspace, order: Mapping[str, Any]) -> str:
    """A whole run of the job."""
    request = Request(job="nightly", as_of=dt.date.fromisoformat(order["day"]))
    return pipeline.run(workspace, request, Unwatched()).status


def command(_workspace: Workspace, order: Mapping[str, Any]) -> str:
    """What a person types; its exit code."""
    try:
        main([*order["argv"], "--config", order["config"]])
    except SystemExit as end:
        return str(end.code or 0)
    return "0"


WORKS: Mapping[str, Callable[[Workspace, Mapping[str, Any]], str]] = {"night": night, "command": command}


def child(order: Mapping[str, Any]) -> None:
    """Do as ordered; with `die_at` only until that transaction of state (from 0) is complete but for its end."""
    commits = 0

    def commit(_connection: object) -> None:
        nonlocal commits
        if commits == order.get("die_at"):
            os.kill(os.getpid(), signal.SIGKILL)
        commits += 1

    event.listen(Engine, "commit", commit)
    said: dict[str, Any] = {}
    try:
        said["status"] = WORKS[order["work"]](load_workspace(Path(order["config"]), environ={}), order)
    except BaseException:  # noqa: BLE001 - a child must end by itself; whoever gave the order is told what happened
        said["error"] = traceback.format_exc()
    Path(order["end"]).write_text(json.dumps({**said, "commits": commits}))


def serve(config: str) -> None:
    """Until nobody gives orders any more. No thread may begin here: it would be missing in the children."""
    load_workspace(Path(config), environ={})
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    print(0, file=answers, flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            child(json.loads(line))
            os._exit(0)
        print(pid, file=answers, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
