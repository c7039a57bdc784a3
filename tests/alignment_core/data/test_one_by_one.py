"""What learns from single completions takes an edit once, and nothing it was made from as bad."""

from collections import Counter

import pytest

from alignment_core.configs.votes import VoteRule
from alignment_core.data.one_by_one import one_by_one
from alignment_core.data.records import VerdictCounts, parse_record
from alignment_core.data.targets import agreement, pair_target
from tests.alignment_core.small_runs import make_record


def edits_of(record, *texts):
    """The records of edits: each over the chosen answer, then over the rejected one."""
    return [
        make_record(
            id=f"{record.id}/edit-{number}{behind}",
            prompt=record.prompt,
            chosen=text,
            rejected=other,
            resolved_by="edit",
            verdicts=VerdictCounts(chosen=1),
            p_chosen=1.0,
        )
        for number, text in enumerate(texts)
        for behind, other in (("", record.chosen), ("/over-rejected", record.rejected))
    ]


def said(records, *, in_place):
    dropped = Counter()
    numbered = enumerate(records, start=1)
    found = [
        (record.outcome, record.chosen, record.rejected)
        for _row, record in one_by_one(numbered, dropped, in_place=in_place)
    ]
    return found, dict(dropped)


def test_imitation_learns_each_edit_in_place_of_what_was_edited():
    edited, plain = make_record(1, chosen="good"), make_record(2, chosen="fine")
    records = [edited, *edits_of(edited, "better", "best"), plain]
    assert said(records, in_place=True) == (
        [
            ("demonstration", "better", ""),
            ("demonstration", "best", ""),
            ("preference", "fine", "I do not know."),
        ],
        {"replaced_by_edit": 1, "repeats_edit": 2},
    )


def test_good_and_bad_by_itself_keeps_the_pair_and_calls_nothing_bad_that_was_chosen():
    edited = make_record(1, chosen="good")
    assert said([edited, *edits_of(edited, "better")], in_place=False) == (
        [("preference", "good", "I do not know."), ("demonstration", "better", "")],
        {"repeats_edit": 1},
    )


def test_an_edit_whose_preference_is_missing_takes_no_other_s_place():
    before, erased = make_record(1), make_record(2, chosen="good")
    found, dropped = said([before, *edits_of(erased, "better")], in_place=True)
    assert [outcome for outcome, *_ in found] == ["preference", "demonstration"]
    assert dropped == {"repeats_edit": 1}


@pytest.mark.parametrize("in_place", [True, False])
def test_records_without_edits_pass_as_they_are(in_place):
    records = [make_record(number) for number in range(3)]
    numbered = list(enumerate(records))
    assert list(one_by_one(iter(numbered), Counter(), in_place=in_place)) == numbered


def test_a_pair_of_an_edit_has_the_one_vote_of_its_editor():
    """(1 + ½) / (1 + 2·½) = ¾, so half as far from even as a certain pair."""
    edit = parse_record(edits_of(make_record(), "better")[0].as_json(), row=1)
    target = pair_target(edit, VoteRule(soft_labels=True, vote_prior=0.5))
    assert target.p_chosen == 0.75
    assert agreement(edit, vote_prior=0.5) == 0.5
