"""What a format of an export declares: its name, its words, its rows and the files it comes in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.functional import Promise

from alignment_core.data.records import PreferenceRecord, message_text
from annotate.exports.containers import Container
from annotate.exports.row_columns import Column
from annotate.exports.selected import Selected
from annotate.preferences.edits import EditRecord

Row = dict[str, Any]


class About(NamedTuple):
    """The prompt of a row, whose side the split tells, and whose edit the row holds, if it does."""

    prompt: Sequence[dict[str, Any]]
    editor: str = ""


ExportRow = tuple[About, Row]


@dataclass(frozen=True, kw_only=True)
class ExportFormat:
    """One kind of file.

    Args:
        explains: what a row is, and who reads such files.
        rows: the rows of what was selected.
        columns: what a row has, in a table and on the card.
        said_in: the columns that say what a row says; a repeat has the same in them. Empty: rows
            are never repeats.
        as_table: a row with plain values where it is nested.
        imports_as: the names of our import's formats that read it back equal; "" for none.
        is_of_judgements: rows are what single people said, so nobody agrees or not.
        has_room: whether rows may have columns beside those that their readers know.
        dataset_info: a file's entry in LLaMA-Factory's file of that name, for what it reads.
    """

    name: str
    label: str | Promise
    explains: str | Promise
    rows: Callable[[Selected], Iterator[ExportRow]]
    columns: tuple[Column, ...]
    containers: tuple[Container, ...]
    said_in: tuple[str, ...] = ()
    as_table: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    imports_as: str = ""
    is_of_judgements: bool = False
    has_room: bool = True
    dataset_info: Mapping[str, Any] | None = None


def about(record: PreferenceRecord) -> About:
    return About(record.prompt, record.editor if isinstance(record, EditRecord) else "")


def plain_messages(record: PreferenceRecord) -> list[dict[str, str]]:
    """The prompt with each content as one text, which every reader takes."""
    return [{"role": one["role"], "content": message_text(one)} for one in record.prompt]


def answer(text: str) -> list[dict[str, str]]:
    """A completion as the one message of the assistant."""
    return [{"role": "assistant", "content": text}]
