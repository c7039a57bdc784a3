"""Trials: twenty votes of one person on customer replies, and the small model that follows them.

A trial is a training run and the answers read after it; their rows are all that is kept of it. It
takes what its person has judged since their last trial, so the opposite taste begins afresh.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.access.permissions import annotator_for, memberships_of
from annotate.comparisons.locks import lock_membership
from annotate.demo.loader import language_of_replies
from annotate.demo.replies import corpus
from annotate.errors import AccordError, NotAMember
from annotate.models import (
    AnnotatorKind,
    Comparison,
    ComparisonState,
    Outcome,
    Preference,
    PreferenceJudgement,
    Project,
    User,
)
from annotate.people.members import change_member
from annotate.preferences.trainable import trainable_preferences
from training.demo import small_model
from training.models import Run, RunKind, RunState, Snapshot
from training.runs.answers_to_read import queue_answers_to_read
from training.runs.queue import queue_run
from training.snapshots.freezing import freeze_snapshot
from training.snapshots.selection import Selection

VOTES_WANTED = 20
STEPS = 20
LONGEST_NAME = 120  # of a snapshot or run
DPO: dict[str, Any] = {
    "batch_size": 20,
    "learning_rate": 2e-4,
    "beta": 0.1,
    "nll_weight": 0.1,
    "max_length": 224,
    "eval_every_steps": 0,
    "n_sample_prompts": 0,
    "save_every_seconds": 3600.0,
}
SAMPLING: dict[str, Any] = {"n_samples": 24, "max_new_tokens": 128, "temperature": 0.7}


class _PressedTwice(Exception):
    """Somebody's other press was faster."""


class TooEarly(AccordError):
    code = "too_early"
    status = 409
    default_message = gettext_lazy("There is not yet enough to train on.")


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of pressing the button once."""

    training: Run
    reading: Run

    @property
    def snapshot(self) -> Snapshot:
        snapshot = self.training.snapshot
        if snapshot is None:
            raise LookupError("a training run has a snapshot")
        return snapshot

    @property
    def is_over(self) -> bool:
        return self.reading.state not in (RunState.QUEUED, RunState.RUNNING)

    @property
    def is_done(self) -> bool:
        return self.reading.state == RunState.SUCCEEDED


def trials_of(user: User, project: Project) -> list[Trial]:
    """Somebody's trials, the newest first."""
    readings = Run.objects.filter(
        kind=RunKind.SAMPLE, project=project, requested_by=user, after__snapshot__projects=project
    ).select_related("after__snapshot", "after__base")
    return [
        Trial(training=reading.after, reading=reading)
        for reading in readings.order_by("-pk")
        if reading.after is not None
    ]


def votes_for_next(user: User, project: Project) -> QuerySet[Preference]:
    """What somebody alone has preferred since their last trial that did not fail."""
    since = _since(trials_of(user, project))
    used = PreferenceJudgement.objects.filter(preference=OuterRef("pk"))
    mine = used.filter(judgement__annotator__user=user)
    of_others = used.exclude(judgement__annotator__user=user)
    votes = trainable_preferences(
        projects=[project], cutoff_at=None, kinds=[AnnotatorKind.PERSON], since=since
    )
    return votes.filter(Exists(mine), ~Exists(of_others), outcome=Outcome.PREFERENCE)


def has_pairs(project: Project) -> bool:
    """Whether any pair is left to judge."""
    return Comparison.objects.filter(
        project=project, state=ComparisonState.OPEN, n_counted__lt=F("wanted")
    ).exists()


def train_on_votes(*, user: User, project: Project) -> Trial:
    """Freeze somebody's votes, and queue the training and the reading; the same again while one
    is under way.

    Raises: TooEarly; NotAMember; SnapshotRefused, RunRefused.
    """
    before = trials_of(user, project)
    if under_way := _under_way(before):
        return under_way
    language = _language_of(project)
    base = small_model.present(language)
    if base is None:
        raise TooEarly(_("The small model is still being made."))
    n_votes = votes_for_next(user, project).count()
    if n_votes < VOTES_WANTED:
        raise TooEarly(
            _("There are %(n)d votes so far that choose a side; %(wanted)d are wanted.")
            % {"n": n_votes, "wanted": VOTES_WANTED}
        )
    name = f"{project.name}: {user.get_username()} {len(before) + 1}"[:LONGEST_NAME]

    def queue(snapshot: Snapshot) -> None:
        """In the transaction that makes the snapshot known: it comes with its runs, or not."""
        lock_membership(annotator=annotator_for(user), project=project)  # a double click waits
        if _under_way(trials_of(user, project)):
            raise _PressedTwice
        training = queue_run(
            name=name,
            method="dpo",
            snapshot=snapshot,
            base=base,
            settings={**DPO, "epochs": epochs_for(snapshot.n_train)},
            requested_by=user,
        )
        queue_answers_to_read(
            project=project,
            after=training,
            questions=_held_out_questions(language),
            settings=SAMPLING,
            name=(_("%(name)s: before and after") % {"name": name})[:LONGEST_NAME],
            requested_by=user,
        )

    cohort = _cohort_of_their_own(user, project)
    with suppress(_PressedTwice):
        freeze_snapshot(
            name=name,
            projects=[project],
            selection=Selection(
                kinds=(AnnotatorKind.PERSON.value,),
                cohorts=(cohort,),
                since=_since(before),
                include_ties=False,
                eval_share=0.0,
            ),
            frozen_by=user,
            recorded=queue,
        )
    return trials_of(user, project)[0]


def epochs_for(n_votes: int) -> int:
    """As many steps for every number of votes: more of them teach no longer, and no harder."""
    batch_size: int = DPO["batch_size"]
    return max(round(STEPS * batch_size / n_votes), 1)


def _since(trials: Iterable[Trial]) -> datetime | None:
    """The votes of a trial that failed are there for the next one."""
    good = (trial for trial in trials if trial.is_done or not trial.is_over)
    newest = next(good, None)
    return newest.snapshot.cutoff_at if newest else None


def _under_way(trials: Iterable[Trial]) -> Trial | None:
    return next((trial for trial in trials if not trial.is_over), None)


def _cohort_of_their_own(user: User, project: Project) -> str:
    """In a demonstration everybody is a cohort: so a selection takes one person's votes.

    Raises: NotAMember.
    """
    membership = memberships_of(user).filter(project=project).first()
    if membership is None:
        raise NotAMember
    pseudonym = membership.annotator.pseudonym
    if membership.cohort != pseudonym:
        change_member(membership=membership, cohort=pseudonym)
    return pseudonym


def _language_of(project: Project) -> str:
    language = language_of_replies(project)
    if language is None:
        raise LookupError("only projects of customer replies have trials")
    return language


def _held_out_questions(language: str) -> list[dict[str, Any]]:
    return [
        {"id": question.matter, "messages": [{"role": "user", "content": question.text}]}
        for question in corpus(language).questions(held_out=True)
    ]
