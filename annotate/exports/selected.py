"""The rows of one export: what it takes of a project, and how much it leaves out and why."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from alignment_core.data.records import PreferenceRecord
from annotate.comparisons.visible import listed_comparisons, live_judgements, live_preferences
from annotate.exports.export_options import ExportOptions
from annotate.exports.judgement_rows import judgement_rows, with_cohort
from annotate.exports.split import HELD_OUT, SideOf, split_by_installation
from annotate.models import (
    HUMAN_KINDS,
    Judgement,
    Outcome,
    Preference,
    Project,
)
from annotate.preferences.edits import EditPairs
from annotate.preferences.records import preference_record
from annotate.preferences.trainable import (
    candidate_preferences,
    judged_in_arenas,
    not_asked_by_arenas,
    trainable_preferences,
    with_judgements,
)

CHUNK = 500


class Selected:
    """A project's rows under the reader's options; `left_out` counts by reason as they are read."""

    def __init__(self, project: Project, options: ExportOptions) -> None:
        self.project = project
        self.options = options
        self.left_out: Counter[str] = Counter()

    def judgements(self, *, by_comparison: bool = False) -> Iterator[dict[str, Any]]:
        """Live judgements of whoever is wanted, in the order of their ids."""
        every = live_judgements(self.project)
        wanted = self._wanted_judgements(every)
        order = ("comparison__public_id", "public_id") if by_comparison else ("public_id",)
        for row in judgement_rows(wanted.order_by(*order)):
            origins = (row["first"]["origin"], row["second"]["origin"])
            if self.is_wanted(row["tags"], origins):
                yield row

    def standing_judgements(self) -> QuerySet[Judgement]:
        """Those of whoever is wanted that stand for rankings, one for each."""
        of_rankings = live_judgements(self.project).filter(ranking__isnull=False, is_derived=False)
        return self._wanted_judgements(of_rankings)

    def records(self) -> Iterator[PreferenceRecord]:
        """Every outcome that training may use, in the order of their ids, each before its edits."""
        edits = EditPairs([self.project], self.options.edits)
        preferences = edits.fetched_with(with_judgements(self._wanted_preferences()))
        in_arenas = set(judged_in_arenas(preferences).order_by().values_list("pk", flat=True))
        for preference in preferences.iterator(chunk_size=CHUNK):
            record = preference_record(preference, cohorts=self.options.cohorts)
            if preference.pk in in_arenas and not self._is_held_out(record.prompt):
                self.left_out["arena"] += 1
                continue
            if self.is_wanted(record.tags, (record.origin_chosen, record.origin_rejected)):
                yield record
                yield from edits.of(preference, record)
        self.left_out.update(edits.left_out)

    def pairs(self) -> Iterator[PreferenceRecord]:
        """Those of one completion over the other."""
        for record in self.records():
            if record.outcome == Outcome.PREFERENCE:
                yield record
            else:
                self.left_out[record.outcome] += 1

    def is_wanted(self, tags: Iterable[str], origins: Iterable[str | None]) -> bool:
        for reason, wanted, found in (
            ("tag", self.options.tags, tags),
            ("origin", self.options.origins, origins),
        ):
            if wanted and not set(wanted) & set(found):
                self.left_out[reason] += 1
                return False
        return True

    def _is_held_out(self, messages: Sequence[dict[str, Any]]) -> bool:
        """Whether the file says so; one without a column for it says nothing."""
        return self._side_of is not None and self._side_of(messages) == HELD_OUT

    @cached_property
    def _side_of(self) -> SideOf | None:
        share = self.options.eval_share
        return None if share is None else split_by_installation(share)

    def _wanted_judgements(self, every: QuerySet[Judgement]) -> QuerySet[Judgement]:
        options = self.options
        once = every.filter(comparison__repeat_of=None)
        kinds = once.filter(annotator__kind__in=options.kinds) if options.kinds else once
        cohorts: QuerySet[Any] = with_cohort(kinds)  # with what was added to each
        if options.cohorts:
            cohorts = cohorts.filter(cohort__in=options.cohorts)  # what was added to it
        dated = cohorts
        if options.begins_at:
            dated = dated.filter(judged_at__gte=options.begins_at)
        if options.ends_at:
            dated = dated.filter(judged_at__lt=options.ends_at)
        steps = {"": every, "repeat": once, "kind": kinds, "cohort": cohorts, "date": dated}
        self._count_steps(steps)
        return dated

    def _wanted_preferences(self) -> QuerySet[Preference]:
        """As snapshots take them: one rule says what may be learnt from."""
        options, projects = self.options, [self.project]
        arenas: dict[str, Any] = {"include_arenas": options.include_arenas}
        kinds = arenas | {"kinds": options.kinds or HUMAN_KINDS}
        cohorts = kinds | {"cohorts": options.cohorts or None}
        agreement = cohorts | {"min_agreement": options.min_agreement}
        dated = trainable_preferences(
            projects=projects, cutoff_at=None, since=options.begins_at, **agreement
        )
        if options.ends_at:
            dated = dated.filter(resolved_at__lt=options.ends_at)
        candidates = candidate_preferences(projects=projects, cutoff_at=None)
        steps: dict[str, QuerySet[Preference]] = {
            "": live_preferences(self.project),
            "not_trainable": candidates,
            "arena": candidates if options.include_arenas else not_asked_by_arenas(candidates),
            "kind": trainable_preferences(projects=projects, cutoff_at=None, **kinds),
        }
        if options.cohorts:
            steps["cohort"] = trainable_preferences(projects=projects, cutoff_at=None, **cohorts)
        if options.min_agreement:
            steps["agreement"] = trainable_preferences(
                projects=projects, cutoff_at=None, **agreement
            )
        self._count_steps({**steps, "date": dated})
        self.left_out["unresolved"] += self._n_unresolved()
        return dated

    def _n_unresolved(self) -> int:
        """Comparisons that have judgements, but nothing that they amount to."""
        live = Preference.objects.filter(comparison=OuterRef("pk"), superseded_at=None)
        judged = listed_comparisons(self.project).filter(n_counted__gt=0)
        return judged.filter(~Exists(live)).count()

    def _count_steps(self, steps: Mapping[str, QuerySet[Any]]) -> None:
        """What each step leaves of the one before it; steps that change nothing are not asked."""
        n_before, before = 0, None
        for reason, rows in steps.items():
            if before is not None and rows is before:
                continue
            n = rows.order_by().count()
            if before is not None:
                self.left_out[reason] += n_before - n
            n_before, before = n, rows
