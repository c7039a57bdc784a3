"""A file of any known format as records of ours; light."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from alignment_core.data.given_file import GivenFile
from alignment_core.data.records import OUTCOMES, PreferenceRecord, write_records
from alignment_core.errors import Refused
from alignment_core.files import cannot_write


def convert(
    path: Path, output: Path, *, info: Path | None = None, dataset: str | None = None
) -> tuple[GivenFile, int]:
    """Write the pairs of a file as records, whole or not at all.

    Args: info: a dataset_info.json that describes the file; dataset: the entry of it. By default
        the file's own in one that lies beside it.
    Returns: what was found in the file, and how many records were written; completions alone and
        prompts alone are no records, and are counted among `dropped`.
    Raises: Refused if the file cannot be read, holds no pair, or `output` is there already;
        RecordError for a row.
    """
    if output.exists():
        raise Refused(f"{output} is there already", field="output", value=str(output))
    given = GivenFile(path, info=info, dataset=dataset)
    scratch = output.with_name(f".{output.name}.partial")
    try:
        n_records = write_records(scratch, _pairs(given))
        if n_records:
            scratch.rename(output)
    except OSError as error:
        raise cannot_write(output, error, field="output") from error
    finally:
        if scratch.exists():
            scratch.unlink()
    if not n_records:
        raise Refused(f"{path} holds no pair", field="data", value=str(path))
    return given, n_records


def _pairs(given: GivenFile) -> Iterator[PreferenceRecord]:
    left_out: Counter[str] = Counter()
    for record in given.records():
        if record.outcome in OUTCOMES:
            yield record
        else:
            left_out[record.outcome] += 1
    given.dropped.update(left_out)
