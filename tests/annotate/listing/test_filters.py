import contextlib
from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.errors import InvalidInput
from annotate.judging.flags import flag_comparison
from annotate.listing.filter_kinds import Wanted
from annotate.listing.filters import FILTERS, wanted_comparisons
from annotate.listing.found import counted, n_not_searchable
from annotate.listing.search_index import index_comparisons, write_entries
from annotate.models import Comparison, ComparisonState, SearchEntry, SearchProgress
from tests.factories import (
    hold,
    judge_comparison,
    make_comparison,
    make_comparisons,
    make_completion,
    make_member,
    make_project,
    make_prompt,
)

pytestmark = pytest.mark.django_db


def found(project, **values):
    return set(wanted_comparisons(project, Wanted(values)))


def make_told(project, question, first="yes", second="no", origins=("", ""), **fields):
    prompt = make_prompt(
        project, messages=[{"role": "user", "content": question}], text=question, **fields
    )
    answers = [
        make_completion(prompt, text=text, origin=origin)
        for text, origin in zip((first, second), origins, strict=True)
    ]
    first, second = sorted(answers, key=lambda one: one.public_id)
    return make_comparison(project, prompt=prompt, first=first, second=second)


def test_text_is_found_in_prompts_and_answers_in_any_language(project):
    english = make_told(project, "How do I get refunds?", "Ask the “Café”")
    chinese = make_told(project, "请问退款流程是什么？", "请联系客服")
    index_comparisons()
    assert found(project, q="REFUND") == {english}
    assert found(project, q="cafe get") == {english}
    assert found(project, q="退款") == {chinese}
    assert found(project, q="客服 流程") == {chinese}
    assert found(project, q="款") == {chinese}
    assert found(project, q="funds") == set()  # a word is found from its beginning
    assert found(project, q="退程") == set()


def test_text_without_a_word_is_refused_by_name_and_value(project):
    with pytest.raises(InvalidInput, match="There is no word in") as refused:
        found(project, q="...")
    assert (refused.value.field, refused.value.value) == ("q", "...")


@pytest.mark.parametrize("text", ["a' & 'b", 'x"*', "NEAR(a b)", "a:*", "-- )", "\\", "' || '"])
def test_signs_of_the_databases_own_languages_mean_nothing(project, text):
    make_told(project, "plain")
    index_comparisons()
    with contextlib.suppress(InvalidInput):
        assert found(project, q=text) == set()


def test_tags_languages_and_models_are_found_whole(project):
    one = make_told(project, "a", tags=["hard, long"], language="zh", origins=("gpt-a", "gpt-b"))
    other = make_told(project, "b", tags=["hard"], origins=("gpt-a", ""))
    index_comparisons()
    assert found(project, tag="hard, long") == {one}
    assert found(project, tag="hard") == {other}
    assert found(project, language="zh") == {one}
    assert found(project, model="gpt-a") == {one, other}
    assert found(project, model="gpt-a", against="gpt-b") == {one}
    assert found(project, model="gpt") == set()


def test_a_changed_tag_is_found_once_its_entry_is_written_again(project):
    one = make_told(project, "a", tags=["old"])
    index_comparisons()
    one.prompt.tags = ["new"]
    one.prompt.save()
    write_entries([one.pk])
    assert found(project, tag="old") == set()
    assert found(project, tag="new") == {one}
    assert found(project, q="yes") == {one}


def test_a_comparison_that_is_gone_takes_its_entry_along(project):
    one = make_told(project, "a")
    index_comparisons()
    one.delete()
    assert not SearchEntry.objects.exists()
    assert found(project, q="yes") == set()


def test_person_verdict_and_date_are_asked_of_one_judgement(project):
    one, other = make_comparisons(project, 2)
    first, second = judge_comparison(one, "first", "tie")
    judge_comparison(other, "tie")
    name = first.annotator.pseudonym
    today = timezone.localdate()
    assert found(project, person=name) == {one}
    assert found(project, person=name, verdict="first") == {one}
    assert found(project, person=name, verdict="tie") == set()
    assert found(project, person=second.annotator.pseudonym, verdict="tie") == {one}
    assert found(project, verdict="tie", judged_to=today) == {one, other}
    assert found(project, verdict="tie", judged_from=today + timedelta(days=1)) == set()
    assert found(project, added_from=today, added_to=today) == {one, other}


def test_states_agreement_and_flags(project):
    split, even, waiting = make_comparisons(project, 3)
    judge_comparison(split, "first", "second")
    judge_comparison(even, "first", "first")
    archived = make_comparison(project, state=ComparisonState.ARCHIVED)
    gold = make_comparison(project, gold_verdict="tie")
    flagger = make_member(project)
    flagged = hold(flagger, project).current
    flag_comparison(annotator=flagger, lease_id=flagged.public_id, reason="other")
    assert found(project, done=True) == {split, even}
    assert found(project, contested=True) == {split}
    assert found(project, agreement_from=51) == {even}
    assert found(project, agreement_to=50) == {split}
    assert found(project, agreement_from=50, agreement_to=50) == {split}
    assert found(project, state="archived") == {archived}
    assert found(project, gold=True) == {gold}
    assert found(project, flagged=True) == {flagged.comparison}
    assert flagged.comparison not in found(project, flagged=False)
    assert waiting in found(project, done=False)


def test_length_is_of_the_prompt_and_both_answers(project):
    short = make_told(project, "123", "45", "6")
    long = make_told(project, "1" * 100, "45", "6")
    index_comparisons()
    assert found(project, length_to=6) == {short}
    assert found(project, length_from=7, length_to=103) == {long}


def test_nothing_of_another_project_nor_repeats_nor_what_is_staged_is_found(project):
    make_comparison(make_project())
    make_comparison(project, state=ComparisonState.STAGED)
    of = make_comparison(project)
    make_comparison(project, prompt=of.prompt, first=of.first, second=of.second, repeat_of=of)
    assert found(project) == {of}


def test_the_index_follows_what_is_new_and_settles_behind_it(project):
    old, new = make_comparisons(project, 2)
    Comparison.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=2))
    assert n_not_searchable(project, Wanted({"q": "a"})) == 2
    assert n_not_searchable(project, Wanted({"state": "open"})) == 0
    assert index_comparisons(limit=1) >= 1
    index_comparisons()
    assert SearchEntry.objects.count() == 2
    assert SearchProgress.objects.get().walked_to == old.pk
    assert n_not_searchable(project, Wanted({"q": "a"})) == 0
    SearchProgress.objects.update(busy_until=timezone.now() + timedelta(minutes=1))
    new.search_entry.delete()  # as of a comparison that was committed late
    assert index_comparisons() == 0  # another worker is at it
    SearchProgress.objects.update(busy_until=timezone.now() - timedelta(minutes=1))  # it died
    assert index_comparisons() == 1


def test_every_filter_says_what_it_is(project):
    assert all(one.condition or one.of_judgement for one in FILTERS.values())


def test_counts_are_exact_below_a_bound(project, monkeypatch):
    monkeypatch.setattr("annotate.listing.found.MOST_COUNTED", 2)
    make_comparisons(project, 2)
    assert (counted(project, Wanted()).n, counted(project, Wanted()).is_more) == (2, False)
    make_comparison(project)
    assert (counted(project, Wanted()).n, counted(project, Wanted()).is_more) == (2, True)
