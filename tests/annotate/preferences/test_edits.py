"""Which edits make pairs, which do not and why, and what a pair of an edit says."""

import pytest

from alignment_core.data.records import VerdictCounts
from annotate.judging.adjudication import adjudicate
from annotate.judging.withdrawals import withdraw_judgement
from annotate.models import Judgement, Membership
from annotate.preferences.edits import EditPairs
from annotate.preferences.records import preference_record
from annotate.preferences.trainable import trainable_preferences, with_judgements
from tests.factories import (
    everything_asked,
    judge_comparison,
    make_comparison,
    make_completion,
    make_project,
    make_prompt,
)

pytestmark = pytest.mark.django_db


def edited_comparison(*, overlap=3, **fields):
    project = make_project(overlap=overlap, asks=everything_asked(), **fields)
    prompt = make_prompt(project)
    first = make_completion(prompt, text="Good.", origin="model-a")
    second = make_completion(prompt, text="Bad.", origin="model-b")
    return make_comparison(project, prompt=prompt, first=first, second=second)


def edits_of(project, wanted="over_both"):
    """The records of a project's edits, and what was left out by reason."""
    edits = EditPairs([project], wanted)
    preferences = trainable_preferences(projects=[project], cutoff_at=None)
    records = [
        record
        for preference in edits.fetched_with(with_judgements(preferences))
        for record in edits.of(preference, preference_record(preference))
    ]
    return records, {reason: n for reason, n in edits.left_out.items() if n}


def test_an_edit_is_set_over_both_answers_with_the_one_vote_of_its_editor():
    comparison = edited_comparison()
    judge_comparison(comparison, "first")
    (edited,) = judge_comparison(comparison, "first", edited_text="Best.", strength=2)
    judge_comparison(comparison, "second")
    Membership.objects.filter(annotator=edited.annotator).update(cohort="experts")
    records, left_out = edits_of(comparison.project)
    preference = comparison.preferences.get(superseded_at=None)
    name = f"{preference.public_id}/edit-{edited.public_id}"
    assert [(one.id, one.chosen, one.rejected, one.origin_rejected) for one in records] == [
        (name, "Best.", "Good.", "model-a"),
        (f"{name}/over-rejected", "Best.", "Bad.", "model-b"),
    ]
    for record in records:
        assert record.as_json() == preference_record(
            with_judgements(trainable_preferences(projects=[comparison.project], cutoff_at=None))[0]
        ).as_json() | {
            "id": record.id,
            "chosen": "Best.",
            "rejected": record.rejected,
            "p_chosen": 1.0,
            "verdicts": VerdictCounts(chosen=1).as_json(),
            "verdicts_by_cohort": {"experts": VerdictCounts(chosen=1).as_json()},
            "strength": None,
            "resolved_by": "edit",
            "origin_chosen": None,
            "origin_rejected": record.origin_rejected,
        }
        assert (record.editor, record.judgement) == (edited.annotator.pseudonym, edited.pk)
    assert left_out == {}


def test_one_pair_or_both_or_none_as_asked_and_what_was_not_asked_for_is_counted():
    comparison = edited_comparison(overlap=1)
    judge_comparison(comparison, "first", edited_text="Best.")
    asked = {wanted: edits_of(comparison.project, wanted) for wanted in ("none", "over_chosen")}
    assert asked["none"] == ([], {"edit_unasked": 1})
    assert [one.rejected for one in asked["over_chosen"][0]] == ["Good."]


def test_several_editors_each_give_theirs_and_whose_verdict_lost_gives_none():
    comparison = edited_comparison()
    for text in ("Best.", "Better."):
        judge_comparison(comparison, "first", edited_text=text)
    judge_comparison(comparison, "second", edited_text="Not so bad.")
    records, left_out = edits_of(comparison.project)
    assert {one.chosen for one in records} == {"Best.", "Better."}
    assert [one.id for one in records] == sorted(one.id for one in records)
    assert left_out == {"edit_lost": 1}


@pytest.mark.parametrize("text", ["Good. ", "Go\u200bod.", "Bad.\n", "   "])
def test_an_edit_that_nobody_could_tell_from_an_answer_makes_no_pair(text):
    comparison = edited_comparison(overlap=1)
    (judgement,) = judge_comparison(comparison, "first", edited_text="Best.")
    Judgement.objects.filter(pk=judgement.pk).update(edited_text=text)
    assert edits_of(comparison.project) == ([], {"edit_alike": 1})


def test_surplus_and_withdrawn_edits_make_no_pair_and_are_counted():
    comparison = edited_comparison(overlap=3)
    judge_comparison(comparison, "first")
    late, back = (judge_comparison(comparison, "first", edited_text=t)[0] for t in ("L.", "W."))
    withdraw_judgement(annotator=back.annotator, judgement_id=back.public_id)
    Judgement.objects.filter(pk=late.pk).update(is_counted=False)
    preference = comparison.preferences.get(superseded_at=None)
    preference.used.filter(judgement=late).delete()
    assert edits_of(comparison.project) == ([], {"edit_surplus": 1, "edit_withdrawn": 1})


def test_a_ruling_decides_whose_edit_counts_as_votes_do():
    comparison = edited_comparison(overlap=2)
    judge_comparison(comparison, "first", edited_text="Best.")
    judge_comparison(comparison, "second", edited_text="Not so bad.")
    reviewer = judge_comparison(edited_comparison(overlap=1), "first")[0].annotator
    adjudicate(reviewer=reviewer, comparison_id=comparison.public_id, verdict="second")
    records, left_out = edits_of(comparison.project)
    assert [(one.chosen, one.rejected) for one in records] == [
        ("Not so bad.", "Bad."),
        ("Not so bad.", "Good."),
    ]
    assert left_out == {"edit_lost": 1}


def test_a_project_without_edits_is_asked_once(django_assert_num_queries):
    comparison = edited_comparison(overlap=1)
    judge_comparison(comparison, "first")
    with django_assert_num_queries(3):  # are there any; the preferences; their judgements
        assert edits_of(comparison.project) == ([], {})
