"""The formats that can be imported, and which of them a file is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.errors import InvalidInput
from annotate.imports.checks import shown
from annotate.imports.formats import accord, hh, pairs, pandalm, trl, votes
from annotate.imports.rows import NewComparison

AUTO = "auto"


@dataclass(frozen=True)
class Format:
    """`needs`: the fields that every row has. `fits`: whether a row with them is of this format."""

    name: str
    label: str | Promise
    needs: tuple[str, ...]
    fits: Callable[[Mapping[str, Any]], bool]
    parse: Callable[[Mapping[str, Any]], NewComparison]

    def missing(self, row: Mapping[str, Any]) -> list[str]:
        return [field for field in self.needs if row.get(field) is None]


# From the most particular to the plainest: the first that fits is it.
FORMATS = (
    Format(
        "votes",
        gettext_lazy("Votes: a prompt, two responses and a list of votes"),
        votes.NEEDS,
        votes.fits,
        votes.parse,
    ),
    Format(
        "votes_csv",
        gettext_lazy("Votes, one a row (CSV)"),
        votes.LONG_NEEDS,
        votes.fits_long,
        votes.parse_long,
    ),
    Format("pandalm", "PandaLM", pandalm.NEEDS, pandalm.fits, pandalm.parse),
    Format(
        "accord",
        gettext_lazy("A prompt and two completions"),
        accord.LIST_NEEDS,
        accord.fits_list,
        accord.parse_list,
    ),
    Format(
        "accord_columns",
        gettext_lazy("A prompt and two completions, in columns of their own"),
        accord.NEEDS,
        accord.fits,
        accord.parse,
    ),
    Format(
        "trl_implicit",
        gettext_lazy("TRL, conversational, with the prompt inside chosen and rejected"),
        trl.IMPLICIT_NEEDS,
        trl.fits_implicit,
        trl.parse_implicit,
    ),
    Format(
        "trl_explicit",
        gettext_lazy("TRL, conversational, with a prompt"),
        trl.EXPLICIT_NEEDS,
        trl.fits_explicit,
        trl.parse_explicit,
    ),
    Format(
        "hh",
        gettext_lazy("Anthropic HH: two whole transcripts"),
        hh.NEEDS,
        hh.fits,
        hh.parse,
    ),
    Format(
        "pairs",
        gettext_lazy("A prompt with chosen and rejected texts (TRL standard, CSV)"),
        pairs.NEEDS,
        pairs.fits,
        pairs.parse,
    ),
)


def format_choices() -> list[tuple[str, str | Promise]]:
    return [(AUTO, gettext_lazy("Find out by itself"))] + [
        (entry.name, entry.label) for entry in FORMATS
    ]


def format_named(name: str) -> Format:
    """Raises: InvalidInput."""
    for entry in FORMATS:
        if entry.name == name:
            return entry
    raise InvalidInput(_("This format is not known."), field="format", value=name)


def detect(row: Mapping[str, Any]) -> Format:
    """The format of a file by its first row. Raises: InvalidInput, saying what is missing."""
    for entry in FORMATS:
        if not entry.missing(row) and entry.fits(row):
            return entry
    found = ", ".join(shown(name) for name in list(row)[:12]) or "–"
    nearest = max(FORMATS, key=lambda entry: _likeness(entry, row))
    missing = nearest.missing(row)
    if _likeness(nearest, row) == 0 or not missing:
        raise InvalidInput(
            _("No known format has these fields: %(found)s.") % {"found": found}, field="file"
        )
    raise InvalidInput(
        _("This looks like “%(label)s”, but it lacks: %(missing)s. Found: %(found)s.")
        % {"label": nearest.label, "missing": ", ".join(missing), "found": found},
        field="file",
    )


def _likeness(entry: Format, row: Mapping[str, Any]) -> float:
    return 1 - len(entry.missing(row)) / len(entry.needs)
