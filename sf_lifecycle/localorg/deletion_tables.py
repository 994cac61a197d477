"""What the recycle bin must remember besides the records themselves."""

from __future__ import annotations

# What was deleted together (`root` is the record that somebody deleted), and the lookups that this emptied.
TABLES = (
    'CREATE TABLE IF NOT EXISTS "_recycled" (id TEXT PRIMARY KEY, object TEXT NOT NULL, root TEXT NOT NULL)',
    'CREATE TABLE IF NOT EXISTS "_unlinked"'
    " (root TEXT NOT NULL, object TEXT NOT NULL, id TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL)",
)
