"""For all tests: how many examples Hypothesis tries, and that how long one takes says nothing of the code.

Where a change is judged (CI), the examples are the same for everybody; elsewhere they are new each time.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("quick", deadline=None, derandomize="CI" in os.environ, max_examples=40)
settings.register_profile("long", settings.get_profile("quick"), max_examples=100)


def pytest_configure(config: pytest.Config) -> None:
    """`make test` leaves the slow tests out, and most examples of the others."""
    settings.load_profile("quick" if "not slow" in config.getoption("markexpr", "") else "long")
