"""For all tests: how long an example takes says more of the machine than of the code.

Where a change is judged (CI), the examples are the same for everybody; elsewhere they are new each time.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("untimed", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("untimed")
