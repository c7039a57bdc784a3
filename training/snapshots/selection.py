"""Which preferences a snapshot takes, checked when it is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware
from django.utils.translation import gettext as _

from annotate.models import AnnotatorKind, Outcome
from annotate.preferences.edits import Edits
from training.errors import SnapshotRefused

USUAL_KINDS = (AnnotatorKind.PERSON.value, AnnotatorKind.IMPORTED.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What to take from the projects named beside it.

    A preference counts only if every judgement that it was made from is of a kind in `kinds`, so
    simulated and model judgements stay out unless they are named. No `cohorts` means all of them.
    Dates are of the resolution; `until` itself is not included. `edits` adds pairs of what people
    made of the better answer; they are on their prompt's side of the split. `include_arenas` adds
    what arenas asked, on the held-out side alone: nothing judged in an arena is ever trained on.
    """

    kinds: tuple[str, ...] = USUAL_KINDS
    cohorts: tuple[str, ...] = ()
    min_agreement: float = 0.0
    since: datetime | None = None
    until: datetime | None = None
    include_ties: bool = True
    include_both_bad: bool = False
    eval_share: float = 0.1  # of the prompts, held out from training
    edits: str = Edits.NONE.value
    include_arenas: bool = False

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in AnnotatorKind.values:
                raise SnapshotRefused(
                    _("“%(kind)s” is not a kind of annotator; they are: %(known)s.")
                    % {"kind": kind, "known": ", ".join(AnnotatorKind.values)},
                    field="kinds",
                    value=kind,
                )
        if not self.kinds:
            raise SnapshotRefused(
                _("Name at least one kind of annotator."), field="kinds", value=[]
            )
        if not 0 <= self.min_agreement <= 1:
            raise SnapshotRefused(
                _("The agreement must be a share from 0 to 1, not %(value)s.")
                % {"value": self.min_agreement},
                field="min_agreement",
                value=self.min_agreement,
            )
        if not 0 <= self.eval_share < 1:
            raise SnapshotRefused(
                _("The held-out share must be at least 0 and below 1, not %(value)s.")
                % {"value": self.eval_share},
                field="eval_share",
                value=self.eval_share,
            )
        if self.edits not in Edits.values:
            raise SnapshotRefused(
                _("“%(value)s” is not one of: %(known)s.")
                % {"value": self.edits, "known": ", ".join(Edits.values)},
                field="edits",
                value=self.edits,
            )
        if self.since and self.until and self.since >= self.until:
            raise SnapshotRefused(
                _("The selection ends before it begins."), field="until", value=str(self.until)
            )

    @property
    def outcomes(self) -> tuple[str, ...]:
        outcomes = [Outcome.PREFERENCE.value]
        if self.include_ties:
            outcomes.append(Outcome.TIE.value)
        if self.include_both_bad:
            outcomes.append(Outcome.BOTH_BAD.value)
        return tuple(outcomes)

    def as_json(self) -> dict[str, Any]:
        """Plain values in one fixed order, as they enter the snapshot's digest.

        Edits and arenas are named where they are wanted only: what was frozen before them keeps
        its digest.
        """
        edits = {} if self.edits == Edits.NONE else {"edits": str(self.edits)}
        return {
            "kinds": sorted(set(self.kinds)),
            "cohorts": sorted(set(self.cohorts)),
            "min_agreement": float(self.min_agreement),
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "include_ties": self.include_ties,
            "include_both_bad": self.include_both_bad,
            "eval_share": float(self.eval_share),
            **edits,
            **({"include_arenas": True} if self.include_arenas else {}),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Selection":
        """A selection from plain values, such as a request's or a stored snapshot's.

        Raises: SnapshotRefused, for unknown names too.
        """
        known = cls.__dataclass_fields__
        for name in values:
            if name not in known:
                raise SnapshotRefused(
                    _("“%(name)s” is not part of a selection.") % {"name": name},
                    field=name,
                    value=values[name],
                )
        chosen = {name: value for name, value in values.items() if value is not None}
        for name, value in chosen.items():
            _check_plain(name, value)
        for name in ("kinds", "cohorts"):
            if name in chosen:
                chosen[name] = tuple(chosen[name])
        for name in ("since", "until"):
            if isinstance(chosen.get(name), str):
                chosen[name] = _instant(name, chosen[name])
        return cls(**chosen)


def _check_plain(name: str, value: Any) -> None:
    """Raises: SnapshotRefused for what could not even be compared, such as a text as a share."""
    if name in ("kinds", "cohorts"):
        fits = isinstance(value, list | tuple | set) and all(isinstance(one, str) for one in value)
    elif name in ("min_agreement", "eval_share"):
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    elif name in ("since", "until"):
        fits = isinstance(value, str | datetime)
    elif name == "edits":
        fits = isinstance(value, str)
    else:
        fits = isinstance(value, bool)
    if not fits:
        raise SnapshotRefused(
            _("“%(value)s” cannot be the value of “%(name)s”.") % {"value": value, "name": name},
            field=name,
            value=value,
        )


def _instant(name: str, text: str) -> datetime:
    try:
        instant = parse_datetime(text if len(text) > 10 else f"{text}T00:00:00")
    except ValueError:
        instant = None
    if instant is None:
        raise SnapshotRefused(
            _("“%(value)s” is not a date.") % {"value": text}, field=name, value=text
        )
    return make_aware(instant) if is_naive(instant) else instant
