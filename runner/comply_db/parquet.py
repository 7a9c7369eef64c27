"""Rows of PostgreSQL as Parquet and back, with the types of Parquet where these lose nothing.

Rows come as the text that COPY writes, and go back as such. A row group has some MiB of text at most, so that
neither way needs more memory for more rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq

from comply_db.errors import Exit, RunnerError

Row = tuple[str | None, ...]
GROUP_ROWS, GROUP_BYTES = 16_384, 8 << 20
# What is not here is a string, as COPY writes it: jsonb, inet, arrays, numeric.
TYPES = {
    "boolean": pa.bool_(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
    "uuid": pa.uuid(),
    "bytea": pa.binary(),
}


def write(rows: Iterable[Row], names: list[str], types: list[str], file: IO[bytes]) -> None:
    """Write rows to a file. Raises RunnerError where a value is none that its type in Parquet has."""
    schema = pa.schema(
        [pa.field(name, TYPES.get(type_, pa.string())) for name, type_ in zip(names, types, strict=True)]
    )
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _groups(rows):
            columns = zip(*group, strict=True)
            writer.write_table(
                pa.table([_column(*pair) for pair in zip(schema, columns, strict=True)], schema=schema)
            )


def read(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the rows of a file as CSV that COPY reads."""
    options = pc_csv.WriteOptions(include_header=False)
    for batch in pq.ParquetFile(file, pre_buffer=False).iter_batches(batch_size=8192):
        out = BytesIO()
        table = pa.table([_texts(column) for column in batch.columns], names=batch.schema.names)
        pc_csv.write_csv(table, out, options)
        yield out.getvalue()


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    group: list[Row] = []
    size = 0
    for row in rows:
        group.append(row)
        size += sum(len(value) for value in row if value is not None)
        if len(group) == GROUP_ROWS or size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _column(field: pa.Field, values: Row) -> pa.Array:
    try:
        if field.type == pa.uuid():
            raw = pa.array(
                [None if v is None else bytes.fromhex(v.replace("-", "")) for v in values], pa.binary(16)
            )
            return pa.ExtensionArray.from_storage(pa.uuid(), raw)
        if field.type == pa.binary():
            return pa.array([None if v is None else bytes.fromhex(v[2:]) for v in values], pa.binary())
        texts = pa.array(values, pa.string())
        return pc.equal(texts, "t") if field.type == pa.bool_() else texts.cast(field.type)
    except pa.ArrowInvalid as error:
        raise RunnerError(
            Exit.FAILED, f"column {field.name} has a value that Parquet has not: {error}", "Take csv.gz."
        ) from error


def _texts(column: pa.Array) -> pa.Array:
    """Return a column with what CSV cannot hold as the text that PostgreSQL reads."""
    if isinstance(column, pa.ExtensionArray):
        return pa.array([None if v is None else v.hex() for v in column.storage.to_pylist()], pa.string())
    if column.type == pa.binary():
        return pa.array([None if v is None else rf"\x{v.hex()}" for v in column.to_pylist()], pa.string())
    return column
