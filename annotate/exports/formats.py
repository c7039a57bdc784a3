"""Formats that data leaves in. Rows name annotators by pseudonym, and completions by text."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotate.exports import judgements, preferences
from annotate.models import Project


@dataclass(frozen=True)
class ExportFormat:
    """`lines` yields the file one row at a time; rows are in the order of their public ids."""

    label: str | Promise
    extension: str
    lines: Callable[[Project], Iterator[bytes]]
    n_header_lines: int = 0


EXPORT_FORMATS = {
    "judgements_jsonl": ExportFormat(_("Judgements (JSON Lines)"), "jsonl", judgements.json_lines),
    "judgements_csv": ExportFormat(
        _("Votes, one a row (CSV)"), "csv", judgements.csv_lines, n_header_lines=1
    ),
    "preferences_jsonl": ExportFormat(
        _("Preference records (JSON Lines)"), "jsonl", preferences.record_lines
    ),
    "preferences_csv": ExportFormat(
        _("Preference records (CSV)"), "csv", preferences.csv_lines, n_header_lines=1
    ),
    "trl_jsonl": ExportFormat(
        _("TRL, conversational (JSON Lines)"), "jsonl", preferences.trl_lines
    ),
    "hh_jsonl": ExportFormat(
        _("Anthropic HH transcripts (JSON Lines)"), "jsonl", preferences.hh_lines
    ),
}


def export_choices() -> list[tuple[str, str | Promise]]:
    return [(name, chosen.label) for name, chosen in EXPORT_FORMATS.items()]
