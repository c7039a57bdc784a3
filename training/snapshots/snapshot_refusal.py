"""Why a selection leaves nothing to learn from, in one sentence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from annotate.comparisons.visible import listed_comparisons
from annotate.models import AnnotatorKind, Judgement, Outcome, Project
from training.models import Split
from training.snapshots.frozen import Frozen
from training.snapshots.selected_preferences import selected_preferences
from training.snapshots.selection import Selection


def why_nothing_is_left(
    projects: Sequence[Project],
    selection: Selection,
    cutoff_at: datetime,
    frozen: Frozen,
) -> str:
    if n_held_out := frozen.trainable[Split.EVAL]:
        return ngettext(
            "The only pair that is left belongs to the held-out side: collect more preferences, "
            "or lower the held-out share.",
            "All %(n)d pairs that are left belong to the held-out side: collect more "
            "preferences, or lower the held-out share.",
            n_held_out,
        ) % {"n": n_held_out}
    left_out = _left_out(projects, selection, cutoff_at)
    if frozen.of_arenas:
        left_out.append(
            _("%(n)d were judged in arenas, on prompts that this split would train on")
            % {"n": len(frozen.of_arenas)}
        )
    if not left_out:
        return _(
            "Nothing is resolved yet: %(comparisons)d comparisons have %(judgements)d judgements, "
            "and no preference has come of them."
        ) % {
            "comparisons": sum(listed_comparisons(project).count() for project in projects),
            "judgements": Judgement.objects.filter(project__in=projects, withdrawn_at=None).count(),
        }
    return _("No pair is left to learn from: %(reasons)s.") % {
        "reasons": pgettext("between items", "; ").join(left_out)
    }


def _left_out(projects: Sequence[Project], selection: Selection, cutoff_at: datetime) -> list[str]:
    """How many preferences each part of the selection leaves out, applied one after another."""
    everything = Selection(
        kinds=tuple(AnnotatorKind.values), include_both_bad=True, include_arenas=True
    )
    by_arenas = replace(everything, include_arenas=selection.include_arenas)
    by_kind = replace(by_arenas, kinds=selection.kinds)
    by_cohort = replace(by_kind, cohorts=selection.cohorts)
    by_date = replace(by_cohort, since=selection.since, until=selection.until)
    by_agreement = replace(by_date, min_agreement=selection.min_agreement)

    steps = (everything, by_arenas, by_kind, by_cohort, by_date, by_agreement)
    found = [selected_preferences(projects, step, cutoff_at) for step in steps]
    kept = [preferences.count() for preferences in found]
    n_left_out = [before - after for before, after in pairwise(kept)]
    unnamed = sorted(set(AnnotatorKind.values) - set(selection.kinds))
    reasons = [
        _("%(n)d were asked by arenas, to measure models") % {"n": n_left_out[0]},
        _("%(n)d rest on judgements of kinds that were not named (%(kinds)s)")
        % {"n": n_left_out[1], "kinds": ", ".join(unnamed)},
        _("%(n)d come from other cohorts") % {"n": n_left_out[2]},
        _("%(n)d lie outside the dates") % {"n": n_left_out[3]},
        _("%(n)d have an agreement below %(share)g")
        % {"n": n_left_out[4], "share": selection.min_agreement},
    ]
    n_even = found[-1].exclude(outcome=Outcome.PREFERENCE).count()
    said = [reason for reason, n in zip(reasons, n_left_out, strict=True) if n]
    if n_even:
        said.append(_("%(n)d are ties or “both bad”, which hold no order") % {"n": n_even})
    return said
