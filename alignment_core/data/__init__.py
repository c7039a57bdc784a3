"""From preference records to token ids, each record left out counted with its reason.

Records are light; what is encoded brings in transformers and torch when it is first used.

    >>> from alignment_core.data import parse_record
    >>> question = {"role": "user", "content": "Which colour is the sky?"}
    >>> row = {"prompt": [question], "chosen": "Blue.", "rejected": "Green."}
    >>> record = parse_record(row, row=1)
    >>> record.outcome, record.verdicts.n_relative
    ('preference', 0)
    >>> parse_record({**row, "chosen": ""}, row=2)
    Traceback (most recent call last):
        ...
    alignment_core.errors.RecordError: row 2, field chosen: the text is empty
"""

from typing import TYPE_CHECKING

from alignment_core.data.records import (
    PreferenceRecord,
    VerdictCounts,
    digest_of_records,
    parse_record,
    read_records,
    write_records,
)
from alignment_core.lazy import lazily

__all__ = [
    "ChatEncoder",
    "PreferenceRecord",
    "PreparedRecords",
    "TokenizedExample",
    "VerdictCounts",
    "digest_of_records",
    "parse_record",
    "prepare_file",
    "prepare_records",
    "read_records",
    "write_records",
]

if TYPE_CHECKING:
    from alignment_core.data.preparation import PreparedRecords, prepare_file, prepare_records
    from alignment_core.data.tokenization import ChatEncoder, TokenizedExample
else:
    __getattr__ = lazily(
        __name__,
        {
            "alignment_core.data.preparation": "PreparedRecords prepare_file prepare_records",
            "alignment_core.data.tokenization": "ChatEncoder TokenizedExample",
        },
    )
