import pytest

from alignment_core.formats.likeness import look_the_same
from annotate.errors import InvalidInput
from annotate.judging import simulated_answers
from annotate.judging.protocols.declaration import checked_declaration
from annotate.judging.protocols.presets import PRESETS
from annotate.judging.simulated_answers import Habits, answer_of
from annotate.judging.simulation import simulate_annotators
from annotate.models import AnnotatorKind, Comparison, Judgement, Lease, LeaseState, Ranking
from tests.annotate.imports.importing import imported, json_lines, pair
from tests.factories import hold, make_comparison, make_member, make_project

pytestmark = pytest.mark.django_db


def held_aside(n_rows: int, **fields):
    project = make_project(**{"overlap": 3, **fields})
    imported(project, json_lines(*[pair(number) for number in range(n_rows)]))
    return project


def test_simulated_annotators_judge_the_same_comparisons_and_leave_the_rest_untouched():
    project = held_aside(14)
    result = simulate_annotators(project=project, n_annotators=3, seed=1, leave_open=4)
    assert (result.n_annotators, result.n_judgements) == (3, 30)
    counts = sorted(Comparison.objects.values_list("n_counted", flat=True))
    assert counts == [0] * 4 + [3] * 10
    assert hold(make_member(project), project).current is not None


def test_every_simulated_judgement_is_marked_and_has_a_lease_with_its_side():
    project = held_aside(8)
    simulate_annotators(project=project, n_annotators=2, seed=1, leave_open=0)
    judgements = Judgement.objects.select_related("annotator", "lease")
    assert {judgement.annotator.kind for judgement in judgements} == {AnnotatorKind.SIMULATED}
    assert all(judgement.lease.state == LeaseState.SPENT for judgement in judgements)
    for annotator in {judgement.annotator for judgement in judgements}:
        sides = [judgement.first_was_left for judgement in annotator.judgements.all()]
        assert sides.count(True) == 4  # balanced over every eight draws
        assert set(annotator.simulation) >= {"error_rate", "left_bias", "tie_rate", "seed"}
    assert not Lease.objects.filter(state=LeaseState.LIVE).exists()


def test_they_mostly_say_what_people_recorded():
    project = held_aside(60)
    simulate_annotators(project=project, n_annotators=2, seed=3, leave_open=0)
    clear = Judgement.objects.exclude(verdict="tie").select_related("comparison")
    right = [judgement.verdict == judgement.comparison.recorded_verdict for judgement in clear]
    assert 0.7 < sum(right) / len(right) < 1.0


def test_asked_again_the_same_annotators_go_on_and_judge_nothing_twice():
    project = held_aside(10)
    simulate_annotators(project=project, n_annotators=2, seed=1, leave_open=6)
    assert (
        simulate_annotators(project=project, n_annotators=2, seed=1, leave_open=6).n_judgements == 0
    )
    more = simulate_annotators(project=project, n_annotators=2, seed=1, leave_open=2)
    assert more.n_judgements == 8
    assert Judgement.objects.values("annotator").distinct().count() == 2


def test_without_recorded_preferences_nothing_is_made_up():
    project = make_project()
    make_comparison(project)
    with pytest.raises(InvalidInput, match="1 open comparisons have no recorded preference"):
        simulate_annotators(project=project, leave_open=0)
    assert not Judgement.objects.exists()


def test_asked_again_when_all_is_done_it_minds_no_comparison_that_came_since():
    project = held_aside(4)
    simulate_annotators(project=project, n_annotators=2, seed=1, leave_open=2)
    make_comparison(project)
    again = simulate_annotators(project=project, n_annotators=2, seed=1, leave_open=2)
    assert again.n_judgements == 0


ALL_REQUIRED = {
    "verdicts": ["first", "second", "tie"],
    "strength": {"scale": "four", "required": True},
    "acceptability": {"required": True},
    "criteria": {"names": ["clear", "kind"], "least": 1, "most": 5, "required": True},
    "reasons": {"choices": ["a", "b", "c"], "required": True},
    "note": {"required": True},
    "edit": {"required": True},
}


@pytest.mark.parametrize("name", PRESETS)
def test_they_answer_all_that_any_preset_asks(name):
    declaration = PRESETS[name].declaration
    project = held_aside(12, asks=checked_declaration(declaration))
    result = simulate_annotators(project=project, n_annotators=3, seed=1, leave_open=0)
    assert result.n_judgements == 36
    answers = list(project.judgements.values())
    better = [one for one in answers if one["verdict"] in ("first", "second")]
    assert len(better) > 18
    for part, column in (
        *(("strength", "strength"), ("reasons", "reasons"), ("edit", "edited_text")),
        *(("note", "note"), ("criteria", "criteria"), ("acceptability", "first_acceptable")),
    ):
        said = [one for one in better if one[column] not in ("", None, [], {})]
        assert bool(said) == (part in declaration), part
    assert all(one["strength"] is not None for one in better) == ("strength" in declaration)


def test_they_give_what_is_required_on_any_scale():
    project = held_aside(10, asks=checked_declaration(ALL_REQUIRED))
    simulate_annotators(project=project, n_annotators=2, seed=5, leave_open=0)
    for judgement in project.judgements.select_related("comparison__first", "comparison__second"):
        ratings = [of_side for of in judgement.criteria.values() for of_side in of.values()]
        assert len(ratings) == 4 and set(ratings) <= set(range(1, 6))
        assert judgement.note
        if judgement.verdict != "tie":
            assert judgement.reasons and judgement.edited_text.strip()
            texts = (judgement.comparison.first.text, judgement.comparison.second.text)
            assert not any(look_the_same(judgement.edited_text, text) for text in texts)
    assert len(set(project.judgements.values_list("strength", flat=True))) > 2


def test_the_better_answer_is_rated_better_more_often_than_not():
    asks = checked_declaration({"verdicts": ["first", "second"], "criteria": {"names": ["clear"]}})
    project = held_aside(40, asks=asks)
    simulate_annotators(project=project, n_annotators=2, seed=1, leave_open=0)
    ahead = [
        one.criteria["clear"][one.verdict]
        - one.criteria["clear"]["second" if one.verdict == "first" else "first"]
        for one in project.judgements.all()
    ]
    assert sum(difference > 0 for difference in ahead) > sum(difference < 0 for difference in ahead)


def test_answers_are_drawn_from_seed_annotator_texts_and_sides_alone():
    project = held_aside(20, asks=checked_declaration(ALL_REQUIRED))
    leases = [hold(make_member(project), project).current for _number in range(3)]
    plain = {"verdicts": ["first", "second", "tie"]}
    for lease in leases:
        habits = Habits(seed=1, number=2, error_rate=0.1, left_bias=0.1, tie_rate=0.1)
        said = answer_of(habits, lease, checked_declaration(ALL_REQUIRED))
        assert said == answer_of(habits, lease, checked_declaration(ALL_REQUIRED))
        assert said.side == answer_of(habits, lease, plain).side  # no part changes the verdict


def test_a_part_that_they_have_no_answer_to_is_refused_by_its_name(monkeypatch):
    monkeypatch.delitem(simulated_answers.SAID, "reasons")
    project = held_aside(3, asks=checked_declaration(ALL_REQUIRED))
    with pytest.raises(InvalidInput, match="reasons"):
        simulate_annotators(project=project, leave_open=0)


def test_they_put_a_set_in_order_as_it_was_recorded_but_for_errors():
    project = make_project(overlap=3, asks=checked_declaration(PRESETS["ranking"].declaration))
    rows = [
        {"prompt": f"Q{n}", "completions": ["Good.", "So-so.", "Bad."], "ranks": [1, 2, 3]}
        for n in range(6)
    ]
    imported(project, json_lines(*rows))
    simulate_annotators(project=project, n_annotators=2, seed=1, leave_open=1)
    rankings = Ranking.objects.all()
    assert rankings.count() == 10
    best = [one.places.order_by("rank").first().member.completion.text for one in rankings]
    assert best.count("Good.") > 5


def test_the_same_seed_puts_the_same_texts_in_the_same_order():
    rows = [
        {"prompt": f"Q{n}", "completions": ["A.", "B.", "C.", "D."], "ranks": [1, 1, 1, 2]}
        for n in range(6)
    ]

    def orders():
        project = make_project(asks=checked_declaration(PRESETS["ranking"].declaration), overlap=2)
        imported(project, json_lines(*rows))  # which pair stands for a set is drawn each time
        simulate_annotators(project=project, n_annotators=2, seed=1, leave_open=0)
        return sorted(
            (
                one.annotator.simulation["number"],
                one.completion_set.prompt.digest,
                sorted(one.places.values_list("member__completion__text", "rank")),
            )
            for one in Ranking.objects.filter(completion_set__project=project)
        )

    assert orders() == orders()
