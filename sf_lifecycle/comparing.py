"""What is written back on records, compared with what stands there as it is worked out, a portion at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import duckdb
import pyarrow as pa

from sf_lifecycle.engine import Run
from sf_lifecycle.lifecycle.figures import compact, label_fields, words_in
from sf_lifecycle.lifecycle.queries import OUTPUT
from sf_lifecycle.lifecycle.writing_back import output_file
from sf_lifecycle.plan.build import Computed
from sf_lifecycle.plan.outputs import differing
from sf_lifecycle.prepared import Prepared

PORTION = 200_000  # records compared at a time with what stands in them


def computed_of(prepared: Prepared, run: Run, mirror: duckdb.DuckDBPyConnection) -> Computed:
    """Compared as it is worked out: of a million records that stay as they are, nothing is kept."""
    mapping = prepared.mapping
    outputs, now = {}, {}
    counted: dict[str, Counter[str]] = {}
    for name in sorted(mapping.outputs):
        place = output_file(mapping), f"outputs.{name}"
        objects = [source.object for source in mapping.roles[name]]
        desired: list[pa.Table] = []
        standing: dict[str, list[pa.Table]] = {each: [] for each in objects}
        labels = label_fields(mapping, prepared.model, name)
        for rows in run.portions(OUTPUT + name, PORTION):
            for label, words in words_in(rows, labels).items():
                counted.setdefault(label, Counter()).update(words)
            stand = {each: _standing(mirror, each, mapping.outputs[name], rows["_key"]) for each in objects}
            changed, was = differing(rows, stand, prepared.schema.objects, place)
            desired.append(changed)
            for each, values in was.items():
                standing[each].append(values)
        outputs[name] = pa.concat_tables(desired)
        now[name] = {each: pa.concat_tables(tables) for each, tables in standing.items()}
    stages = compact(run.fetch("stage"), "why")
    return Computed(stages=stages, outputs=outputs, now=now, words=counted)


def _standing(
    mirror: duckdb.DuckDBPyConnection, object_name: str, fields: Collection[str], keys: pa.ChunkedArray
) -> pa.Table:
    """What the org holds now, in the records of these keys, of those fields that the object has; and `_id` as text."""
    quoted = object_name.replace('"', '""')
    there = mirror.sql(f'SELECT * FROM mirror."{quoted}" LIMIT 0').columns
    listed = ", ".join(f'"{name}"' for name in there if name == "_id" or name in fields)
    mirror.register("lifecycle_written", pa.table({"key": keys}))
    try:
        wanted = f'SELECT {listed} FROM mirror."{quoted}" WHERE _key IN (FROM lifecycle_written) ORDER BY _key'
        return mirror.sql(wanted).to_arrow_table()
    finally:
        mirror.unregister("lifecycle_written")
