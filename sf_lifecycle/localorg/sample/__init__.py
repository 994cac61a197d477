"""A made-up firm to try things on: `load_sample` fills an org with it."""

from .load import load_sample

__all__ = ["load_sample"]
