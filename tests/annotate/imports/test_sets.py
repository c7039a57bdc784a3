"""Files with several completions a prompt: one set to rank each, with the rankings they bring."""

import json

import pytest

from annotate.imports import importing
from annotate.models import (
    Comparison,
    CompletionSet,
    Judgement,
    Preference,
    Project,
    Protocol,
    Ranking,
    SetMember,
    WorkState,
)
from tests.annotate.exports.test_exporting import exported
from tests.annotate.imports.importing import imported
from tests.annotate.judging.test_rankings import assert_whole
from tests.factories import hold, make_member, make_project, ranking_asked

pytestmark = pytest.mark.django_db

ROW = {"prompt": "Boil an egg?", "completions": ["Seven minutes.", "Heat it.", "No.", "Why?"]}
FEEDBACK = {
    "source": "flan",
    "instruction": "Boil an egg?",
    "models": ["a", "b", "c", "d"],
    "completions": [
        {
            "model": name,
            "principle": "helpfulness",
            "response": text,
            "overall_score": 10.0,
            "annotations": {"helpfulness": {"Rating": str(rating)}, "honesty": {"Rating": "N/A"}},
        }
        for name, text, rating in [
            ("a", "Seven minutes.", 4), ("b", "Heat it.", 5), ("c", "No.", 4), ("d", "Why?", 1),
        ]
    ],
}  # fmt: skip


def lines(*rows):
    return "\n".join(json.dumps(row) for row in rows).encode()


def ranked_project(**fields):
    return make_project(**{"asks": ranking_asked(), "overlap": 2, **fields})


def ranks_by_text(ranking) -> dict[str, int]:
    return {place.member.completion.text: place.rank for place in ranking.places.all()}


def test_completions_without_ranks_are_a_set_that_people_rank():
    project = ranked_project()
    result = imported(project, lines(ROW))
    assert (result.state, result.n_comparisons, result.errors) == (WorkState.SUCCEEDED, 6, [])
    completion_set = CompletionSet.objects.get()
    assert completion_set.size == 4
    assert SetMember.objects.count() == 4
    assert Comparison.objects.filter(is_derived=False).count() == 1
    assert_whole(completion_set)
    lease = hold(make_member(project), project).current
    assert lease.comparison.completion_set == completion_set
    assert sorted(lease.screen_order) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"ranks": [2, 1, 2, 3]}, [2, 1, 2, 3]),
        ({"scores": [0.5, 0.9, 0.5, -1]}, [2, 1, 2, 3]),
        ({"ratings": ["4", "5", "4", "1"]}, [2, 1, 2, 3]),
    ],
)
def test_ranks_or_scores_are_the_ranking_of_somebody_imported(more, expected):
    project = ranked_project()
    assert imported(project, lines(ROW | more), recorded_use="count").errors == []
    ranking = Ranking.objects.get()
    assert ranking.annotator.kind == "imported"
    assert list(map(ranks_by_text(ranking).get, ROW["completions"])) == expected
    assert Judgement.objects.filter(is_derived=False).count() == 1
    assert Preference.objects.filter(superseded_at=None).count() == 6
    assert_whole(CompletionSet.objects.get())


def test_ranks_held_aside_are_on_record_of_each_pair_and_people_rank_afresh():
    project = ranked_project()
    imported(project, lines(ROW | {"ranks": [2, 1, 2, 3]}))
    assert not Judgement.objects.exists()
    verdicts = sorted(Comparison.objects.values_list("recorded_verdict", flat=True))
    assert verdicts.count("tie") == 1
    assert "" not in verdicts


def test_ultrafeedback_is_four_answers_with_the_ranking_of_their_mean_ratings():
    project = ranked_project()
    result = imported(project, lines(FEEDBACK), recorded_use="count")
    assert (result.errors, result.format) == ([], "ultrafeedback_raw")
    ranking = Ranking.objects.get()
    assert ranks_by_text(ranking) == {"Seven minutes.": 2, "Heat it.": 1, "No.": 2, "Why?": 3}
    member = SetMember.objects.get(completion__text="No.")
    assert (member.completion.origin, member.completion.sampling) == (
        "c",
        {"principle": "helpfulness"},
    )
    assert member.completion.prompt.tags == ["flan"]


def test_ratings_of_two_scales_are_not_mixed_in_one_ranking():
    project = ranked_project()
    unrated = {"annotations": {"helpfulness": {"Rating": "N/A"}}, "overall_score": 7.0}
    scores = [8.0, 9.0, 6.0]  # of 10; their ratings are of 5, and 7 is more than any of those
    completions = [
        *(
            one | {"overall_score": score}
            for one, score in zip(FEEDBACK["completions"][:3], scores, strict=True)
        ),
        FEEDBACK["completions"][3] | unrated,
    ]
    row = FEEDBACK | {"completions": completions}
    assert imported(project, lines(row), recorded_use="count").errors == []
    assert ranks_by_text(Ranking.objects.get()) == {
        "Heat it.": 1,
        "Seven minutes.": 2,
        "Why?": 3,
        "No.": 4,
    }


def test_a_project_that_compares_pairs_gets_every_pair():
    project = make_project()
    imported(project, lines(ROW | {"ranks": [1, 2, 3, 4]}), recorded_use="count")
    assert Comparison.objects.filter(completion_set=None, is_derived=False).count() == 6
    assert Judgement.objects.filter(is_derived=False, ranking=None).count() == 6
    assert not CompletionSet.objects.exists()


def test_sets_of_a_file_are_pairs_where_the_protocol_has_changed_meanwhile(monkeypatch):
    project = ranked_project()
    settle = importing.settle_sets

    def change_first(project, **fields):
        fresh = Protocol(project=project, version=2, declaration={"verdicts": ["first", "second"]})
        fresh.save()
        Project.objects.filter(pk=project.pk).update(protocol=fresh)
        settle(project, **fields)

    monkeypatch.setattr(importing, "settle_sets", change_first)
    assert (
        imported(project, lines(ROW | {"ranks": [1, 2, 3, 4]}), recorded_use="count").errors == []
    )
    assert not CompletionSet.objects.exists()
    assert Comparison.objects.filter(is_derived=False, completion_set=None).count() == 6
    assert Judgement.objects.filter(is_derived=False, ranking=None).count() == 6


def test_the_same_file_again_adds_nothing():
    project = ranked_project()
    imported(project, lines(ROW))
    again = imported(project, lines(ROW))
    assert (again.state, again.n_comparisons) == (WorkState.SUCCEEDED, 0)
    assert CompletionSet.objects.count() == 1


def test_a_set_of_which_a_pair_is_there_already_is_compared_by_its_other_pairs():
    project = ranked_project()
    imported(project, lines({"prompt": ROW["prompt"], "completions": ROW["completions"][:2]}))
    imported(project, lines(ROW))
    assert Comparison.objects.filter(is_derived=False, completion_set=None).count() == 6
    assert not CompletionSet.objects.exists()


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (ROW | {"completions": ["a", "b", "a"]}, "completions[2]"),
        (ROW | {"completions": ["a", "b", " "]}, "completions[2]"),
        (ROW | {"completions": ["a", "b", 3]}, "completions[2]"),
        (ROW | {"completions": [str(n) for n in range(10)]}, "completions"),
        (ROW | {"ranks": [1, 2, 3]}, "ranks"),
        (ROW | {"ranks": [1, 2, 3, "best"]}, "ranks[3]"),
        (ROW | {"rankings": [{"annotator": "a", "ranks": [1]}]}, "rankings[0].ranks"),
        (ROW | {"rankings": [{"ranks": [1, 2, 3, 4]}]}, "rankings[0].annotator"),
        (ROW | {"rankings": {"anna": [1, 2, 3, 4]}}, "rankings"),
        (
            ROW | {"completions": [{"text": "a", "rank": 1}, {"text": "b", "rank": 2}, "c"]},
            "completions.rank[2]",
        ),
    ],
)
def test_a_row_that_is_no_set_is_refused_by_the_field_at_fault(row, field):
    project = ranked_project()
    result = imported(project, lines(ROW | {"prompt": "Other?"}, row))
    assert result.state == WorkState.FAILED
    assert [error["field"] for error in result.errors] == [field]
    assert not Comparison.objects.exists()
    assert not CompletionSet.objects.exists()
    assert not SetMember.objects.exists()


def test_rankings_of_several_people_come_back_by_their_own_export():
    project = ranked_project(overlap=3)
    given = [
        {"annotator": "anna", "ranks": [1, 2, 3, 4]},
        {"annotator": "ben", "ranks": [2, 1, 3, 3]},
        {"annotator": "cleo", "ranks": [1, 1, 1, 1]},
    ]
    imported(project, lines(ROW | {"rankings": given}), recorded_use="count")
    content = exported(project, "rankings_jsonl")
    row = json.loads(content)
    by_text = [one["text"] for one in row["completions"]]
    # mid-ranks: 1+2+2.5, 2+1+2.5, 3+3.5+2.5, 4+3.5+2.5 = 5.5, 5.5, 9, 10
    consensus = dict(zip(by_text, row["consensus"], strict=True))
    assert [consensus[text] for text in ROW["completions"]] == [1, 1, 2, 3]

    copy = ranked_project(overlap=3)
    assert imported(copy, content, recorded_use="count").errors == []
    again = json.loads(exported(copy, "rankings_jsonl"))

    def said(row):
        texts = [one["text"] for one in row["completions"]]
        return sorted(sorted(zip(texts, one["ranks"], strict=True)) for one in row["rankings"])

    assert said(again) == said(row)


def test_surplus_rankings_stay_surplus_and_out_of_the_consensus():
    project = ranked_project(overlap=2)
    given = [
        {"annotator": "anna", "ranks": [1, 2, 3, 4]},
        {"annotator": "ben", "ranks": [4, 3, 2, 1], "is_counted": False},
    ]
    imported(project, lines(ROW | {"rankings": given}), recorded_use="count")
    content = exported(project, "rankings_jsonl")
    row = json.loads(content)
    by_text = {
        one["text"]: rank for one, rank in zip(row["completions"], row["consensus"], strict=True)
    }
    assert [by_text[text] for text in ROW["completions"]] == [1, 2, 3, 4]
    assert sorted(one["is_counted"] for one in row["rankings"]) == [False, True]

    copy = ranked_project(overlap=2)
    assert imported(copy, content, recorded_use="count").errors == []
    assert Judgement.objects.filter(project=copy, is_counted=False).count() == 6
    assert json.loads(exported(copy, "rankings_jsonl"))["consensus"] == row["consensus"]


def test_rankings_come_back_from_parquet():
    project = ranked_project(overlap=2)
    given = [{"annotator": "Zoë 安娜", "ranks": [1, 2, 2, 4]}]
    imported(project, lines(ROW | {"rankings": given}), recorded_use="count")
    copy = ranked_project(overlap=2)
    result = imported(copy, exported(project, "rankings_parquet"), recorded_use="count")
    assert (result.errors, result.n_judgements) == ([], 6), result.reason
    ranking = Ranking.objects.get(completion_set__project=copy)
    assert list(map(ranks_by_text(ranking).get, ROW["completions"])) == [1, 2, 2, 3]
    assert ranking.completion_set.prompt.tags == []
