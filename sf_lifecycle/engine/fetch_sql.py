"""The statement of a query: its columns, rows kept, what is worth the same per group, ids as texts, the order."""

from __future__ import annotations

from collections.abc import Collection

from sf_lifecycle.engine import sql
from sf_lifecycle.engine.compile import Compiler
from sf_lifecycle.engine.query import Asked
from sf_lifecycle.engine.scope import KEY
from sf_lifecycle.engine.steps import Step, reading
from sf_lifecycle.engine.types import Ref, Type, Typed

AMONG = "\x01among\x01"
"""Where a fetch puts which rows it is about."""


def root(asked: Asked) -> str:
    """The name of the query's statement."""
    return f"query {asked.query.name}"


def add_query(compiler: Compiler, asked: Asked) -> None:
    """Put the query's statement among the steps, as something asked for from outside."""
    query = asked.query
    rows = compiler.rows(query.set, asked.refs)
    where = f" WHERE {asked.where.sql}" if asked.where else ""
    text, reads = f"SELECT * FROM ({rows.text}){where}", rows.reads
    if asked.grouped:
        base = f"{root(asked)} rows"
        compiler.steps[base] = Step(table=base, text=text, reads=reads)
        text, reads = _grouped(asked, base), (base, base)
    is_cluster = compiler.found.sets[query.set].cluster is not None
    compiler.steps[root(asked)] = Step(table=root(asked), text=_result(asked, text, is_cluster), reads=reads, root=True)


def among_rows(asked: Asked, column: str, values: Collection[str] | None, table: str = "") -> str:
    """The condition on a query's rows: a column of texts or Ids, or `_key`, has one of `values`.

    None: the values are those in `table`, column `value`.
    """
    name = sql.quoted(column if column == KEY else f"={column}")
    listed = f"SELECT value FROM {table}" if values is None else ", ".join(sql.text(each) for each in values) or "NULL"
    if column in asked.values and asked.values[column].kind == "id":
        listed = f'SELECT "key" FROM mirror._ids WHERE id IN ({listed})'
    return f" WHERE {name} IN ({listed})"


def _grouped(asked: Asked, base: str) -> str:
    by = [f'{sql.sortable(value.sql, value.kind)} AS "#g{i}"' for i, value in enumerate(asked.group)]
    leaves = [f"{leaf.sql} AS {sql.quoted(leaf.column)}" for leaf in asked.leaves]
    groups = f" GROUP BY {', '.join(str(i + 1) for i in range(len(by)))}" if by else ""
    gathered = f"SELECT {', '.join([*by, *leaves])} FROM {reading(base)}{groups}"
    own = ", ".join(["*", *by])
    same = " AND ".join(f'"q"."#g{i}" IS NOT DISTINCT FROM "g"."#g{i}"' for i in range(len(by))) or "TRUE"
    columns = ", ".join(f'"g".{sql.quoted(leaf.column)}' for leaf in asked.leaves)
    return f'SELECT "q".*, {columns} FROM (SELECT {own} FROM {reading(base)}) AS "q" JOIN ({gathered}) AS "g" ON {same}'


def _result(asked: Asked, rows: str, is_cluster: bool) -> str:
    said = [f'"{KEY}"']
    said += [f"{_out(value.sql, value.type)} AS {sql.quoted(f'={c}')}" for c, value in _columns(asked)]
    for index, column in enumerate(asked.told):
        said += [f"{sql.quoted(ref.column)} AS {sql.quoted(out)}" for out, ref in told_columns(asked, column, index)]
    said += [f'{sql.sortable(value.sql, value.kind)} AS "#o{i}"' for i, (value, _) in enumerate(asked.order)]
    said += [f'{sql.sortable(value.sql, value.kind)} AS "#p{i}"' for i, value in enumerate(asked.per)]
    inner = f"SELECT * FROM (SELECT {', '.join(said)} FROM ({rows})){AMONG}"
    order = [f'"#o{i}" {"DESC" if desc else "ASC"} NULLS LAST' for i, (_, desc) in enumerate(asked.order)]
    order += ['"_id" ASC NULLS LAST', f'"{KEY}" ASC']
    if is_cluster:
        text = f'SELECT *, CAST(NULL AS VARCHAR) AS "_id" FROM ({inner})'
    else:
        # Only the Ids of these rows are held for the join, not those of every record there is.
        ids = f'SELECT "id", "key" FROM mirror._ids WHERE "key" IN (SELECT "{KEY}" FROM "#mine")'
        text = (
            f'WITH "#mine" AS MATERIALIZED ({inner}) SELECT "#mine".*, "own"."id" AS "_id" FROM "#mine" '
            f'LEFT JOIN ({ids}) AS "own" ON "own"."key" = "#mine"."{KEY}"'
        )
    if asked.query.best is not None:
        per = ", ".join(f'"#p{i}"' for i in range(len(asked.per)))
        window = f"({'PARTITION BY ' + per if per else ''} ORDER BY {', '.join(order)})"
        ranked = f'SELECT *, row_number() OVER {window} AS "#place" FROM ({text})'
        text = f'SELECT * FROM ({ranked}) WHERE "#place" <= {asked.query.best}'
    said = ['"q"."_key"', '"q"."_id"', *(f'"q".{sql.quoted(f"={column}")}' for column, _ in _columns(asked))]
    for index, column in enumerate(asked.told):
        said += [f'"q".{sql.quoted(out)}' for out, _ in told_columns(asked, column, index)]
    by = ", ".join(f'"q".{item}' for item in order)
    return f'SELECT {", ".join(said)} FROM ({text}) AS "q" ORDER BY {by}'


def id_columns(asked: Asked) -> list[str]:
    """The columns that hold records: their keys, of which the Ids are to be said."""
    return [column for column, value in _columns(asked) if value.kind == "id"]


def _columns(asked: Asked) -> list[tuple[str, Typed]]:
    return [*asked.values.items(), *asked.grouped.items()]


def told_columns(asked: Asked, column: str, index: int) -> list[tuple[str, Ref]]:
    """The columns a reason is rendered from: the rule first, then its inputs."""
    told = asked.told[column]
    names = [f"{told.reason.label}#rule", *told.reason.inputs.values()]
    return [(f"#t{index}.{i}", Ref(told.path, told.reason.set, name)) for i, name in enumerate(names)]


def _out(text: str, type_: Type) -> str:
    if type_.kind == "date":
        return sql.printable(text)
    if type_.sql == "BIGINT" and type_.kind == "number":
        return f"CAST({text} AS BIGINT)"
    return text
