"""Which process holds a claim: told from those of other containers of one host name, and from who has its pid now.

Where the system does not tell one boot or one PID namespace from another, nobody's process is judged from outside.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

BOOT = Path("/proc/sys/kernel/random/boot_id")
PLACE = ("host", "boot", "pids", "times")  # where a pid, and a start in ticks, mean what they mean here


def this_process() -> dict[str, str]:
    """What is kept of this process: its PLACE, `pid`, and `started` (clock ticks since boot); unknown is empty."""
    return {
        "host": socket.gethostname(),
        "boot": _boot(),
        "pids": _link("/proc/self/ns/pid"),
        "times": _link("/proc/self/ns/time"),
        "pid": str(os.getpid()),
        "started": started("self"),
    }


def shown(process: Mapping[str, str]) -> str:
    """What people read."""
    return f"{process['host']}:{process['pid']}"


def gone(process: Mapping[str, str], own: Mapping[str, str]) -> bool:
    """Is it certain that `process` lives no more, or is `own` itself? Never of one that lives, or lived, elsewhere."""
    if not (own["boot"] and own["pids"]) or any(process.get(name) != own[name] for name in PLACE):
        return False
    pid = process["pid"]
    if pid == own["pid"] or not _alive(int(pid)):
        return True
    now = started(pid) if _link("/proc/self") == own["pid"] else ""  # another namespace's /proc has other pids
    return bool(now and process["started"]) and now != process["started"]


def started(pid: str) -> str:
    """When it began, field 22 of its stat; the name before it, in brackets, may hold anything."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def _boot() -> str:
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


def _alive(pid: int) -> bool:
    if os.name != "posix":  # elsewhere signal 0 would end the process: let the claim run out instead
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
