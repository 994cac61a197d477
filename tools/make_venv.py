"""Makes the virtual environment that the Makefile installs into, also where Debian's python3-venv is missing.

Debian's Python comes without `ensurepip`, so `python3 -m venv` makes no pip. Then pip's own wheel is fetched from the
package index, checked against the index's hash, and run to install itself: a wheel is a zip file that Python can
import. Only the standard library is used; this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

LEAST = (3, 11)
LINK = re.compile(r'<a[^>]*\bhref="([^"]+)"[^>]*>\s*(pip-(\d+(?:\.\d+)*)-py3-none-any\.whl)\s*</a>')
ADVICE = "install it with: sudo apt-get install python3-venv"


def main(folder: Path) -> str:
    """Make `folder`; returns what went wrong, or the empty text."""
    if sys.version_info < LEAST:
        least, this = ".".join(map(str, LEAST)), sys.version.split()[0]
        return f"Python {least} or later is needed, this is {this}; try: make PYTHON=python3.12"
    if (folder / "bin/python").exists() and _runs(folder, "-m", "pip", "--version"):
        return ""
    if _venv(folder) and _runs(folder, "-m", "pip", "--version"):
        return ""
    if not _venv(folder, "--without-pip"):
        return f"Python's venv module is missing; {ADVICE}"
    try:
        with tempfile.TemporaryDirectory() as place:
            wheel = _fetch_pip(Path(place))
            if not _runs(folder, f"{wheel}/pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)):
                return f"pip could not install itself; {ADVICE}"
    except (OSError, ValueError, urllib.error.URLError) as error:
        return f"Python has no ensurepip, and pip could not be fetched from the package index ({error}); {ADVICE}"
    return ""


def _venv(folder: Path, *options: str) -> bool:
    return _done(sys.executable, "-m", "venv", "--clear", *options, str(folder))


def _runs(folder: Path, *arguments: str) -> bool:
    return _done(str(folder / "bin/python"), *arguments)


def _done(*command: str) -> bool:
    # Nothing in a command comes from outside: Python itself, the folder, and pip's own words.
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603


def _fetch_pip(place: Path) -> Path:
    """The newest pip wheel of the index, its hash checked. Raises ValueError where the index offers none."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/pip/"
    page = _get(index).decode()
    offers = [(tuple(map(int, version.split("."))), name, link) for link, name, version in LINK.findall(page)]
    if not offers:
        raise ValueError(f"no pip wheel at {index}")
    _, name, link = max(offers)
    url, _, fragment = urllib.parse.urljoin(index, html.unescape(link)).partition("#")
    kind, _, expected = fragment.partition("=")
    content = _get(url)
    if kind != "sha256" or hashlib.sha256(content).hexdigest() != expected:
        raise ValueError(f"{name} is not what the index says it is")
    wheel: Path = place / name
    wheel.write_bytes(content)
    return wheel


def _get(url: str) -> bytes:
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"not a web address: {url}")
    request = urllib.request.Request(url, headers={"Accept": "text/html"})  # noqa: S310 - the scheme is checked above
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - likewise
        content: bytes = answer.read()
    return content


if __name__ == "__main__":
    trouble = main(Path(sys.argv[1]))
    if trouble:
        sys.exit(f"make: {trouble}")
