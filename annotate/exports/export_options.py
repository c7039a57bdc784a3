"""What a reader wants of an export: which rows, and what beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.errors import InvalidInput
from annotate.models import AnnotatorKind
from annotate.preferences.edits import Edits
from annotate.text.free_text import refuse_unstorable

LISTS = ("tags", "cohorts", "origins", "kinds")
KEEP, DROP = "keep", "drop"
EDITS = Edits.choices


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """Empty lists take all.

    Args:
        since, until: the first and the last day, in the installation's time zone.
        tags, origins: of the prompt, and of either completion: one of them is enough.
        cohorts: of whoever judged; a preference counts if all whose judgements it used are of one.
        kinds: of annotators, in the same way; for preferences, none named takes people and
            imported annotators.
        min_agreement: share of the winning verdict, from 0 to 1; of preferences only.
        eval_share: adds the column `split`, by the installation's rule; None: no such column.
        edits: which pairs of edited answers come along; of preferences only.
        repeats: "keep" or "drop" rows that say once more what an earlier one says.
        include_arenas: take what arenas asked on the held-out side, which `eval_share` names; of
            preferences only. No file has what was judged in an arena on another side.
    """

    since: date | None = None
    until: date | None = None
    tags: tuple[str, ...] = ()
    cohorts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    min_agreement: float = 0.0
    eval_share: float | None = None
    edits: str = Edits.NONE.value
    repeats: str = KEEP
    include_arenas: bool = False

    def check(self) -> None:
        """Raises: InvalidInput, with the field at fault."""
        for name in LISTS:
            refuse_unstorable(list(getattr(self, name)), field=name)
        unknown = sorted(set(self.kinds) - set(AnnotatorKind.values))
        if unknown:
            raise InvalidInput(
                _("This kind of annotator is not known."), field="kinds", value=unknown[0]
            )
        if self.repeats not in (KEEP, DROP):
            raise InvalidInput(_("This choice is not known."), field="repeats", value=self.repeats)
        if self.edits not in Edits.values:
            raise InvalidInput(_("This choice is not known."), field="edits", value=self.edits)
        _check_share(self.min_agreement, field="min_agreement")
        if self.eval_share is not None:
            _check_share(self.eval_share, field="eval_share")
        elif self.include_arenas:
            raise InvalidInput(
                _(
                    "Pairs of arenas measure models and are not to be trained on: name the share "
                    "that is held out too, so that the file says which those are."
                ),
                field="include_arenas",
                value=True,
            )
        _ends = self.begins_at, self.ends_at
        if self.since and self.until and self.until < self.since:
            raise InvalidInput(
                _("The last day is before the first."), field="until", value=str(self.until)
            )

    @property
    def begins_at(self) -> datetime | None:
        return None if self.since is None else _midnight(self.since, field="since")

    @property
    def ends_at(self) -> datetime | None:
        """The first instant that is too late."""
        return None if self.until is None else _midnight(self.until, after=1, field="until")

    def as_json(self) -> dict[str, Any]:
        """What differs from the usual, as plain values."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {
            name: str(value) if isinstance(value, date) else value
            for name, value in values.items()
            if value != getattr(USUAL, name)
        }

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "ExportOptions":
        """As stored, or as a program sends them: lists, and days as text too."""
        given: dict[str, Any] = dict(values)
        for name in LISTS:
            given[name] = tuple(given.get(name) or ())
        for name in ("since", "until"):
            if isinstance(given.get(name), str):
                given[name] = date.fromisoformat(given[name])
        return cls(**given)


USUAL = ExportOptions()


def _check_share(value: float, *, field: str) -> None:
    if not 0 <= value <= 1:
        raise InvalidInput(_("This must be from 0 to 1."), field=field, value=value)


def _midnight(day: date, *, field: str, after: int = 0) -> datetime:
    try:
        begins = datetime.combine(day + timedelta(days=after), time.min)
        return timezone.make_aware(begins)
    except OverflowError as error:
        raise InvalidInput(_("This day is too far away."), field=field, value=str(day)) from error
