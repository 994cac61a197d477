"""Desired minus actual, as a value: changes, guards, and the document that is saved, approved and applied. Pure."""
