"""The mapping language: from expressions in TOML to values worked out in DuckDB.

Pure: an open connection to the mirror comes in, tables come out. No clock, no files, no network.
"""

from sf_lifecycle.engine.coming import Change, NextChange
from sf_lifecycle.engine.explain import Explanation
from sf_lifecycle.engine.program import Program, Value, build
from sf_lifecycle.engine.query import Query, is_aggregate
from sf_lifecycle.engine.run import Run, harden
from sf_lifecycle.engine.sources import corporate_currency
from sf_lifecycle.engine.texts import TextTemplate, compile_text
from sf_lifecycle.engine.today import way_to_today

__all__ = [
    "Change",
    "Explanation",
    "NextChange",
    "Program",
    "Query",
    "Run",
    "TextTemplate",
    "Value",
    "build",
    "compile_text",
    "corporate_currency",
    "harden",
    "is_aggregate",
    "way_to_today",
]
