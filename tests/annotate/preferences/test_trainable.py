from datetime import timedelta

import pytest
from django.utils import timezone

from alignment_core.data.records import VerdictCounts
from annotate.agreement.disagreements import disagreements
from annotate.judging.adjudication import adjudicate
from annotate.models import (
    AnnotatorKind,
    ComparisonState,
    Judgement,
    Membership,
    Preference,
    RecordedUse,
    Verdict,
)
from annotate.preferences.records import preference_record
from annotate.preferences.trainable import (
    candidate_preferences,
    trainable_preferences,
    with_judgements,
)
from annotate.projects.progress import progress
from tests.annotate.imports.importing import imported, json_lines, pair
from tests.factories import (
    judge_comparison,
    make_comparison,
    make_comparisons,
    make_completion,
    make_member,
    make_project,
    make_prompt,
)

pytestmark = pytest.mark.django_db


def trainable(project, **selection):
    return list(trainable_preferences(projects=[project], cutoff_at=None, **selection))


def become(judgement: Judgement, kind: str) -> None:
    judgement.annotator.kind = kind
    judgement.annotator.save()


def test_progress_counts_comparisons_judgements_and_outcomes():
    project = make_project(overlap=2)
    comparisons = make_comparisons(project, 5)
    judge_comparison(comparisons[0], "first", "first")
    judge_comparison(comparisons[1], "tie", "tie")
    become(judge_comparison(comparisons[2], "both_bad")[0], AnnotatorKind.SIMULATED)
    judge_comparison(comparisons[3], "first", "second")
    comparisons[4].state = ComparisonState.STAGED
    comparisons[4].save()
    figures = progress(project)
    assert (figures.n_comparisons, figures.n_open, figures.n_adjudication) == (4, 1, 1)
    assert (figures.n_resolved, figures.n_ties, figures.n_both_bad) == (3, 1, 1)
    assert (figures.n_wanted, figures.n_counted, figures.share) == (8, 7, 7 / 8)
    assert (figures.n_judgements, figures.n_people, figures.n_simulated) == (7, 6, 1)
    assert figures.n_annotators == 7


def test_progress_of_an_empty_project_has_no_share():
    figures = progress(make_project())
    assert (figures.n_comparisons, figures.n_judgements, figures.share) == (0, 0, None)


def test_disagreements_come_with_the_most_divided_first():
    project = make_project(overlap=4)
    agreed, close, split = make_comparisons(project, 3)
    judge_comparison(agreed, "first", "first")
    judge_comparison(close, "first", "first", "first", "second")
    judge_comparison(split, "first", "second", "tie", "both_bad")
    # counted² − Σ n²: 16 − 4 = 12 for the split one, 16 − 10 = 6 for the close one
    assert [(c, c.n_divided) for c in disagreements(project)] == [(split, 12), (close, 6)]


def test_trainable_preferences_come_in_the_order_of_their_public_ids():
    project = make_project(overlap=1)
    for comparison in make_comparisons(project, 6):
        judge_comparison(comparison, "first")
    ids = [preference.public_id for preference in trainable(project)]
    assert len(ids) == 6
    assert ids == sorted(ids)


def test_a_preference_counts_only_if_every_judgement_is_of_a_named_kind():
    project = make_project(overlap=2)
    comparison = make_comparison(project)
    become(judge_comparison(comparison, "first", "first")[1], AnnotatorKind.SIMULATED)
    assert trainable(project) == []
    assert len(trainable(project, kinds=["person", "simulated"])) == 1
    assert candidate_preferences(projects=[project], cutoff_at=None).count() == 1


def test_a_preference_counts_only_if_every_judgement_is_of_a_named_cohort():
    project = make_project(overlap=2)
    mixed, experts = make_comparisons(project, 2)
    for comparison in (mixed, experts):
        for judgement in judge_comparison(comparison, "first", "first"):
            Membership.objects.filter(annotator=judgement.annotator).update(cohort="expert")
    Membership.objects.filter(annotator=mixed.judgements.first().annotator).update(cohort="crowd")
    assert [p.comparison for p in trainable(project, cohorts=["expert"])] == [experts]
    assert len(trainable(project, cohorts=["expert", "crowd"])) == 2


def test_a_threshold_of_agreement_leaves_out_votes_below_it_but_no_ruling():
    project = make_project(overlap=3)
    agreed, divided, ruled = make_comparisons(project, 3)
    judge_comparison(agreed, "first", "first", "first")
    judge_comparison(divided, "first", "first", "second")
    judge_comparison(ruled, "first", "second", "tie")
    reviewer = make_member(project, role="reviewer")
    adjudicate(reviewer=reviewer, comparison_id=ruled.public_id, verdict="second")
    chosen = {p.comparison for p in trainable(project, min_agreement=0.9)}
    assert chosen == {agreed, ruled}


@pytest.mark.parametrize(
    "fields",
    [
        {"gold_verdict": Verdict.FIRST},
        {"state": ComparisonState.ARCHIVED},
        {"state": ComparisonState.STAGED},
    ],
)
def test_gold_archived_and_staged_comparisons_stay_out(fields):
    project = make_project(overlap=1)
    comparison = make_comparison(project)
    judge_comparison(comparison, "first")
    assert len(trainable(project)) == 1
    for name, value in fields.items():
        setattr(comparison, name, value)
    comparison.save(update_fields=list(fields))
    assert trainable(project) == []


def test_an_empty_completion_stays_out():
    project = make_project(overlap=1)
    prompt = make_prompt(project)
    texts = [make_completion(prompt, text=""), make_completion(prompt)]
    first, second = sorted(texts, key=lambda completion: completion.public_id)
    comparison = make_comparison(project, prompt=prompt, first=first, second=second)
    judge_comparison(comparison, "first")
    assert trainable(project) == []


def test_an_instant_in_the_past_gives_what_stood_then():
    project = make_project(overlap=3, min_judgements=1)
    comparison = make_comparison(project)
    judge_comparison(comparison, "first")
    earlier = Preference.objects.get()
    now = timezone.now()
    Preference.objects.filter(pk=earlier.pk).update(resolved_at=now - timedelta(hours=2))
    judge_comparison(comparison, "first")
    later = Preference.objects.get(superseded_at=None)

    def at(hours: float):
        return list(
            trainable_preferences(projects=[project], cutoff_at=now - timedelta(hours=hours))
        )

    assert at(3) == []
    assert at(1) == [earlier]
    assert trainable(project) == [later]
    since = trainable_preferences(
        projects=[project], cutoff_at=None, since=now - timedelta(hours=1)
    )
    assert list(since) == [later]


def test_a_record_names_what_was_chosen_and_turns_the_counts_its_way():
    project = make_project(overlap=4, min_agreement=0.4)
    content = json_lines(pair(1, tags=["t"], language="en", origin_chosen="m1"))
    imported(project, content, overlap=4)
    comparison = project.comparisons.get()
    good = comparison.recorded_verdict  # whichever side "Yes." is on
    other = "second" if good == "first" else "first"
    judgements = judge_comparison(comparison, good, good, other, "tie")
    for judgement, cohort in zip(judgements, ("expert", "crowd", "crowd", ""), strict=True):
        Membership.objects.filter(annotator=judgement.annotator).update(cohort=cohort)
    (preference,) = with_judgements(trainable_preferences(projects=[project], cutoff_at=None))
    record = preference_record(preference)
    assert record.id == str(preference.public_id)
    assert (record.outcome, record.chosen, record.rejected) == ("preference", "Yes.", "No.")
    assert record.p_chosen == (2 + 0.5) / 4
    assert record.verdicts == VerdictCounts(chosen=2, rejected=1, tie=1)
    assert record.verdicts_by_cohort == {
        "": VerdictCounts(tie=1),
        "crowd": VerdictCounts(chosen=1, rejected=1),
        "expert": VerdictCounts(chosen=1),
    }
    assert (record.origin_chosen, record.origin_rejected) == ("m1", None)
    assert (record.tags, record.language, record.resolved_by) == (("t",), "en", "votes")
    assert record.prompt == ({"role": "user", "content": "Question 1?"},)


def test_the_record_of_a_tie_has_the_completion_with_the_lower_public_id_first():
    project = make_project(overlap=1)
    comparison = make_comparison(project)
    judge_comparison(comparison, "tie")
    (preference,) = with_judgements(trainable_preferences(projects=[project], cutoff_at=None))
    record = preference_record(preference)
    assert (record.outcome, record.p_chosen) == ("tie", 0.5)
    assert record.chosen == comparison.first.text
    assert comparison.first.public_id < comparison.second.public_id


def test_imported_votes_are_trainable_by_default():
    project = make_project()
    imported(project, json_lines(pair(1)), recorded_use=RecordedUse.COUNT)
    assert len(trainable(project)) == 1
    assert trainable(project, kinds=[AnnotatorKind.PERSON]) == []
