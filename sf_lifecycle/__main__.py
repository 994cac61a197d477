"""`python -m sf_lifecycle`, the same as `sf-lifecycle`."""

from __future__ import annotations

from sf_lifecycle.cli import main

if __name__ == "__main__":
    main()
