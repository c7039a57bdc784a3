"""What annotators made of the better answer: edited > chosen, and edited > rejected."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import F, Prefetch, QuerySet, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alignment_core.data.records import EDIT, PreferenceRecord, VerdictCounts
from alignment_core.formats.likeness import as_drawn
from annotate.models import EditOver, Judgement, Outcome, Preference, Project, Verdict

LEFT_OUT: dict[str, str | Promise] = {
    "edit_unasked": _("an edit, which was not asked for"),
    "edit_lost": _("an edit by somebody whose verdict did not win"),
    "edit_alike": _("an edit that is blank, or looks like one of the two answers"),
    "edit_surplus": _("an edit beside a surplus judgement"),
    "edit_withdrawn": _("an edit beside a judgement that was taken back"),
}


class Edits(TextChoices):
    """Which pairs of edited answers are wanted."""

    NONE = "none", _("No edited answers")
    OVER_CHOSEN = "over_chosen", _("Edited over chosen")
    OVER_BOTH = "over_both", _("Edited over chosen, and edited over rejected")


PAIRS: dict[Edits, tuple[EditOver, ...]] = {
    Edits.NONE: (),
    Edits.OVER_CHOSEN: (EditOver.CHOSEN,),
    Edits.OVER_BOTH: (EditOver.CHOSEN, EditOver.REJECTED),
}
EDIT_FIELDS = ("comparison", "public_id", "verdict", "edited_text", "withdrawn_at")


@dataclass(frozen=True, kw_only=True, slots=True)
class EditRecord(PreferenceRecord):
    """An edited answer over the one it was made from, or over the other one.

    judgement: the primary key of the one that it came with. editor: the annotator's pseudonym.
    """

    judgement: int
    editor: str
    over: EditOver


class EditPairs:
    """The edits of some projects' preferences; `left_out` counts as they are read.

    An edit counts where its judgement is one that the preference was made from, and says what the
    preference says. It has one vote, its editor's: the others have never seen it.
    """

    def __init__(
        self, projects: Iterable[Project], wanted: str, *, until: datetime | None = None
    ) -> None:
        self.wanted = Edits(wanted)
        self.left_out: Counter[str] = Counter()
        edits = Judgement.objects.exclude(edited_text="")
        if until is not None:
            edits = edits.filter(judged_at__lte=until)
        self._edits = edits.annotate(editor=F("annotator__pseudonym"))
        self._are_there = edits.filter(project__in=list(projects)).exists()

    def fetched_with(self, preferences: QuerySet[Preference]) -> QuerySet[Preference]:
        """Have them fetched along, where there are any."""
        if not self._are_there:
            return preferences
        edits = self._edits.only(*EDIT_FIELDS).order_by("public_id")
        found = Prefetch("comparison__judgements", queryset=edits, to_attr="edits")
        return preferences.prefetch_related(found)

    def of(self, preference: Preference, record: PreferenceRecord) -> Iterator[EditRecord]:
        """The records of a preference's edits, which follow its own."""
        if not self._are_there:
            return
        used = {one.judgement_id: one for one in vars(preference)["used_judgements"]}
        edits: list[Any] = vars(preference.comparison)["edits"]  # with what was added to each
        for edit in edits:
            reason = _why_not(edit, preference, is_used=edit.pk in used)
            if reason is None and not PAIRS[self.wanted]:
                reason = "edit_unasked"
            if reason is not None:
                self.left_out[reason] += 1
                continue
            for over in PAIRS[self.wanted]:
                yield _record(record, edit, over, cohort=used[edit.pk].cohort or "")


def have_edits(projects: Iterable[Project]) -> bool:
    """Whether anybody has edited an answer there."""
    judgements = Judgement.objects.filter(project__in=list(projects), withdrawn_at=None)
    return judgements.exclude(edited_text="").exists()


def in_words(left_out: Mapping[str, int]) -> list[tuple[int, str | Promise]]:
    """How many edits made no pair for which reason."""
    return [(left_out[name], words) for name, words in LEFT_OUT.items() if left_out.get(name)]


def _why_not(edit: Judgement, preference: Preference, *, is_used: bool) -> str | None:
    if not is_used:
        return "edit_surplus" if edit.withdrawn_at is None else "edit_withdrawn"
    is_first = preference.chosen_id == preference.comparison.first_id
    won = Verdict.FIRST if is_first else Verdict.SECOND
    if preference.outcome != Outcome.PREFERENCE or edit.verdict != won:
        return "edit_lost"
    drawn = as_drawn(edit.edited_text)
    answers = (preference.chosen.text, preference.rejected.text)
    if not drawn.strip() or drawn in map(as_drawn, answers):
        return "edit_alike"
    return None


def _record(record: PreferenceRecord, edit: Any, over: EditOver, *, cohort: str) -> EditRecord:
    is_over_chosen = over == EditOver.CHOSEN
    values = {entry.name: getattr(record, entry.name) for entry in fields(PreferenceRecord)}
    vote = VerdictCounts(chosen=1)
    own = {
        "id": f"{record.id}/edit-{edit.public_id}" + ("" if is_over_chosen else "/over-rejected"),
        "chosen": edit.edited_text,
        "rejected": record.chosen if is_over_chosen else record.rejected,
        "p_chosen": 1.0,
        "verdicts": vote,
        "verdicts_by_cohort": {cohort: vote},
        "strength": None,  # the annotators' scale is about the two answers that they were shown
        "resolved_by": EDIT,
        "origin_chosen": None,  # a person's, from a model's
        "origin_rejected": record.origin_chosen if is_over_chosen else record.origin_rejected,
    }
    return EditRecord(**{**values, **own}, judgement=edit.pk, editor=edit.editor, over=over)
