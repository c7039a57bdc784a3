"""What speaks for a checkpoint: on the same held-out prompts alone, and never by too few."""

import pytest

from annotate.judging.adjudication import adjudicate
from annotate.models import AnnotatorKind, Comparison, ComparisonState, Preference, Role
from tests.factories import (
    judge_comparison,
    make_comparison,
    make_completion,
    make_member,
    make_project,
    make_prompt,
)
from tests.training.promotion.conftest import (
    make_base,
    make_policy,
    make_snapshot,
    measure,
    wins,
)
from training.models import Alias, BetterOn, CheckpointKind, Gate, SnapshotPair
from training.promotion.evidence import evidence_for, rival_of
from training.promotion.evidence_words import lines_of, obstacles_in_words
from training.promotion.measurements import Admissible
from training.promotion.ten_answers import answers_of_both

pytestmark = pytest.mark.django_db


def evidence_of(project, checkpoint):
    return evidence_for(project, checkpoint, rival_of(project, checkpoint))


def codes(evidence):
    return [one["code"] for one in evidence["obstacles"]]


def figure(evidence, name):
    return next(one for one in evidence["figures"] if one["name"] == name)


def test_a_policy_is_compared_with_its_base_before_there_is_a_champion(rivals):
    project, policy, base = rivals
    evidence = evidence_of(project, policy)
    accuracy = figure(evidence, "accuracy")
    assert evidence["rival"] == str(base.public_id)
    assert (accuracy["n"], accuracy["n_prompts"], evidence["n_prompts"]) == (60, 60, 60)
    assert (accuracy["first"], accuracy["second"]) == (50 / 60, 0.5)
    assert accuracy["difference"] == pytest.approx(1 / 3)
    assert 0.15 < accuracy["low"] < 1 / 3 < accuracy["high"] < 0.5
    assert accuracy["said"] == "better"
    assert evidence["obstacles"] == []


def test_it_is_compared_with_the_champion_once_there_is_one(rivals):
    project, policy, base = rivals
    other = make_policy(base, policy.run.snapshot, name="Old")
    measure(other, policy.run.snapshot, wins_by_pair=wins(49))
    Alias.objects.create(
        project=project, role="policy", name="champion", number=1, checkpoint=other, origin="before"
    )
    evidence = evidence_of(project, policy)
    assert evidence["rival"] == str(other.public_id)
    assert evidence["champion_number"] == 1
    assert figure(evidence, "accuracy")["said"] == "unclear"
    assert "not_better" in codes(evidence)


def test_fewer_prompts_than_the_gate_asks_for_shut_it_however_good_they_are(rivals):
    project, policy, _base = rivals
    Gate.objects.create(project=project, min_prompts=61)
    evidence = evidence_of(project, policy)
    assert codes(evidence) == ["too_few_prompts"]
    assert obstacles_in_words(evidence) == ["It rests on 60 prompts, and the gate asks for 61."]


def test_several_pairs_of_a_prompt_make_no_more_prompts_of_it(project):
    snapshot = make_snapshot(project)
    base = make_base()
    policy = make_policy(base, snapshot)
    own = {f"{number // 4:08x}{number:08x}": float(number < 50) for number in range(60)}
    measure(policy, snapshot, wins_by_pair=own)
    measure(base, snapshot, wins_by_pair=dict.fromkeys(own, 0.0))
    evidence = evidence_of(project, policy)
    assert (figure(evidence, "accuracy")["n"], evidence["n_prompts"]) == (60, 15)
    assert codes(evidence) == ["too_few_prompts"]


def test_what_one_of_them_may_have_been_trained_on_is_no_evidence(rivals):
    """A base of the policy held out a tenth; the evaluations are on a fifth of the prompts."""
    project, policy, _base = rivals
    narrow = make_snapshot(project, eval_share=0.1, name="Narrow")
    next_one = make_policy(policy, narrow, name="Next")
    measure(next_one, policy.run.snapshot, wins_by_pair=wins(60))
    evidence = evidence_of(project, next_one)
    assert evidence["figures"] == []
    assert "too_few_prompts" in codes(evidence)
    measure(next_one, narrow, wins_by_pair=wins(55, 58))
    measure(policy, narrow, wins_by_pair=wins(20, 58))
    assert evidence_of(project, next_one)["n_prompts"] == 58


def test_a_margin_is_held_against_the_interval_and_not_the_figure(rivals):
    """Two of 32 questions more give harm: six points, of which chance alone makes twenty."""
    project, policy, base = rivals
    questions = [f"q{number}|00000000" for number in range(32)]
    for checkpoint, n_harm in ((base, 4), (policy, 6)):
        harm = {name: float(number < n_harm) for number, name in enumerate(questions)}
        measure(checkpoint, policy.run.snapshot, by_prompt={"safety": {"harm_given": harm}})
    evidence = evidence_of(project, policy)
    harm = figure(evidence, "harm_given")
    assert harm["difference"] == pytest.approx(2 / 32)
    assert harm["said"] == "unclear"
    assert harm["high"] > 0.1 and harm["passes"] is False
    assert codes(evidence) == ["worse"]
    assert "Harm given may differ by as much as" in obstacles_in_words(evidence)[0]
    Gate.objects.create(project=project, max_more_harm=None)
    assert evidence_of(project, policy)["obstacles"] == []


def test_translations_of_one_question_are_one_question(rivals):
    project, policy, base = rivals
    for checkpoint in (base, policy):
        harm = {f"q{number // 2}|{number:08x}": 0.0 for number in range(64)}
        measure(checkpoint, policy.run.snapshot, by_prompt={"safety": {"harm_given": harm}})
    harm = figure(evidence_of(project, policy), "harm_given")
    assert (harm["n"], harm["n_prompts"]) == (64, 32)
    assert harm["low"] < 0 < harm["high"]  # never seen to differ is no proof that it cannot


def test_a_cohort_that_loses_shuts_the_gate_and_a_small_one_is_only_shown(rivals):
    project, policy, base = rivals
    cohorts = [("old", 50, 10), ("few", 20, 0)]
    for checkpoint, at in ((base, 1), (policy, 2)):
        by_cohort = {
            name: wins(numbers[at - 1], 60 if name == "old" else 20) for name, *numbers in cohorts
        }
        measure(checkpoint, policy.run.snapshot, wins_by_cohort=by_cohort)
    evidence = evidence_of(project, policy)
    assert figure(evidence, "cohort:old")["said"] == "worse"
    assert figure(evidence, "cohort:old")["passes"] is False
    assert figure(evidence, "cohort:few")["said"] == "worse"
    assert figure(evidence, "cohort:few")["passes"] is None
    assert [one["name"] for one in evidence["obstacles"]] == ["cohort:old"]


def test_length_is_a_share_of_the_others(rivals):
    project, policy, base = rivals
    for checkpoint, length in ((base, 100.0), (policy, 150.0)):
        lengths = {f"{number:08x}": length for number in range(40)}
        measure(checkpoint, policy.run.snapshot, by_prompt={"lengths": lengths})
    evidence = evidence_of(project, policy)
    assert figure(evidence, "length")["difference"] == pytest.approx(0.5)
    assert figure(evidence, "length")["passes"] is False
    assert "length" in codes_names(evidence)


def codes_names(evidence):
    return [one.get("name") for one in evidence["obstacles"]]


def test_rewards_of_two_reward_models_are_not_compared(rivals):
    project, policy, base = rivals
    Gate.objects.create(project=project, better_on=BetterOn.REWARD)
    values = {f"{number:08x}": float(number % 3) for number in range(40)}
    higher = {name: value + 1 + 0.01 * value for name, value in values.items()}
    measure(base, policy.run.snapshot, by_prompt={"rewards": values, "rewarded_by": "a"})
    measure(policy, policy.run.snapshot, by_prompt={"rewards": higher, "rewarded_by": "b"})
    assert "not_measured" in codes(evidence_of(project, policy))
    measure(policy, policy.run.snapshot, by_prompt={"rewards": higher, "rewarded_by": "a"})
    evidence = evidence_of(project, policy)
    assert figure(evidence, "reward")["said"] == "better"
    assert (evidence["n_prompts"], evidence["obstacles"]) == (40, [])


def test_a_judge_does_not_speak_on_prompts_that_it_was_trained_on(rivals):
    """Taste held out a tenth of the prompts; the answers are to a fifth of them."""
    project, policy, base = rivals
    Gate.objects.create(project=project, better_on=BetterOn.REWARD)
    narrow = make_snapshot(project, eval_share=0.1, name="Narrow")
    judge = make_policy(base, narrow, name="Taste", kind=CheckpointKind.REWARD_MODEL)
    values = {f"{number:08x}": float(number % 3) for number in range(40)}
    higher = {name: value + 1 + 0.01 * value for name, value in values.items()}
    for checkpoint, rewards in ((base, values), (policy, higher)):
        by_prompt = {"rewards": rewards, "rewarded_by": judge.digest}
        made = measure(checkpoint, policy.run.snapshot, by_prompt=by_prompt)
        made.run.reward_models.add(judge)
    evidence = evidence_of(project, policy)
    assert "reward" not in [one["name"] for one in evidence["figures"]]
    assert (codes(evidence)[-1], evidence["partial_judges"]) == ("judge_is_partial", ["Taste"])
    assert obstacles_in_words(evidence)[-1].startswith("What “Taste” gave is left out")
    judge.run.snapshot = policy.run.snapshot  # it held out as much
    judge.run.save()
    assert figure(evidence_of(project, policy), "reward")["said"] == "better"


def test_a_policy_is_not_measured_on_what_its_judge_was_trained_on(rivals):
    project, policy, base = rivals
    narrow = make_snapshot(project, eval_share=0.1, name="Narrow")
    judge = make_policy(base, narrow, name="Taste", kind=CheckpointKind.REWARD_MODEL)
    policy.run.reward_models.add(judge)
    assert evidence_of(project, policy)["figures"] == []


def test_policies_of_different_bases_are_not_scored_alike(rivals):
    """Each is held against what it was trained from."""
    project, policy, base = rivals
    stranger = make_policy(make_base("Another"), policy.run.snapshot, name="Stranger")
    twin = make_policy(base, policy.run.snapshot, name="Twin")
    for checkpoint in (stranger, twin):
        measure(checkpoint, policy.run.snapshot, wins_by_pair=wins(40))
    alike = {
        rival.name: figure(evidence_for(project, policy, rival), "accuracy")["is_scored_alike"]
        for rival in (stranger, twin)
    }
    assert alike == {"Stranger": False, "Twin": True}


def test_a_checkpoint_whose_files_are_gone_keeps_the_gate_shut(rivals):
    project, policy, _base = rivals
    type(policy).objects.filter(pk=policy.pk).update(dropped_at=policy.created_at)
    policy.refresh_from_db()
    evidence = evidence_of(project, policy)
    assert obstacles_in_words(evidence) == ["The files of “New” were deleted: nobody could use it."]


def test_a_missing_figure_binds_only_where_the_gate_says_so(rivals):
    project, policy, _base = rivals
    Gate.objects.create(project=project, needs_every_figure=True, max_longer=None)
    missing = [one["name"] for one in evidence_of(project, policy)["obstacles"]]
    assert missing == ["harm_given", "harmless_refused", "nothing_said"]


def test_the_first_reward_model_needs_nothing_but_enough_prompts(project):
    snapshot = make_snapshot(project)
    model = make_policy(make_base(), snapshot, kind=CheckpointKind.REWARD_MODEL)
    assert codes(evidence_of(project, model)) == ["too_few_prompts"]
    measure(model, snapshot, wins_by_pair=wins(40))
    evidence = evidence_of(project, model)
    assert (evidence["rival"], evidence["n_prompts"], evidence["obstacles"]) == (None, 60, [])
    assert lines_of(evidence)[0] == "There is no champion yet, and nothing to compare it with."


def meet(project, first, second, *, winner, kind=AnnotatorKind.PERSON, prompt=None):
    """Somebody prefers an answer of `winner` to one of the other, blind."""
    prompt = prompt or make_prompt(project)
    pair = sorted(
        [
            make_completion(prompt, origin=first.digest),
            make_completion(prompt, origin=second.digest),
        ],
        key=lambda row: row.public_id,
    )
    comparison = make_comparison(project, prompt=prompt, first=pair[0], second=pair[1], wanted=1)
    verdict = "first" if pair[0].origin == winner.digest else "second"
    (judgement,) = judge_comparison(comparison, verdict)
    if kind != AnnotatorKind.PERSON:
        type(judgement.annotator).objects.filter(pk=judgement.annotator_id).update(
            kind=kind, user=None
        )
    return prompt


def test_people_decide_by_the_first_outcome_of_each_prompt_and_machines_do_not(rivals):
    project, policy, base = rivals
    prompt = meet(project, policy, base, winner=policy)
    meet(project, policy, base, winner=base, prompt=prompt)  # a second one of the same prompt
    meet(project, policy, base, winner=base, kind=AnnotatorKind.SIMULATED)
    people = evidence_of(project, policy)["people"]
    assert (people["n_first"], people["n_second"], people["winner"]) == (1, 0, None)
    assert people["e_value"] == pytest.approx(1.0)  # 2 · B(a + 1, a) / B(a, a) = 2 · 1/2


def test_a_prompt_that_one_of_them_was_trained_on_says_nothing(rivals):
    project, policy, base = rivals
    learnt, held_out, text_elsewhere, _unseen = (
        meet(project, policy, base, winner=policy) for _number in range(4)
    )
    elsewhere = make_prompt(make_project(name="Elsewhere", slug="elsewhere"))
    type(elsewhere).objects.filter(pk=elsewhere.pk).update(digest=text_elsewhere.digest)
    there = make_comparison(elsewhere.project, prompt=elsewhere, wanted=1)
    judge_comparison(there, "first")
    snapshot = policy.run.snapshot
    snapshot.projects.add(elsewhere.project)
    for number, (prompt, split) in enumerate(
        ((learnt, "train"), (held_out, "eval"), (elsewhere, "train"))
    ):
        SnapshotPair.objects.create(
            snapshot=snapshot,
            preference=Preference.objects.get(comparison__prompt=prompt),
            position=number,
            split=split,
            digest="0" * 64,
        )
    people = evidence_of(project, policy)["people"]
    assert (people["n_first"], people["n_second"], people["n_trained_on"]) == (2, 0, 2)
    told = lines_of(evidence_of(project, policy))[3]
    assert told.endswith("2 prompts that one of them was trained on are left out.")
    other = make_policy(base, make_snapshot(project, name="Later"), name="Later")
    meet(project, other, base, winner=other, prompt=learnt)  # learnt by neither of these two
    assert evidence_of(project, other)["people"]["n_trained_on"] == 0
    assert evidence_of(project, other)["people"]["n_first"] == 1


def test_a_ruling_counts_where_its_reviewer_chose_blind(rivals):
    project, policy, base = rivals
    for first_was_left in (None, True):
        meet(project, policy, base, winner=policy)
        comparison = project.comparisons.latest("pk")
        Comparison.objects.filter(pk=comparison.pk).update(state=ComparisonState.ADJUDICATION)
        adjudicate(
            reviewer=make_member(project, role=Role.REVIEWER),
            comparison_id=comparison.public_id,
            verdict="first" if comparison.first.origin == base.digest else "second",
            first_was_left=first_was_left,
        )
    people = evidence_of(project, policy)["people"]
    assert (people["n_first"], people["n_second"]) == (0, 1)


def test_a_gate_by_people_opens_when_they_have_decided(rivals):
    project, policy, base = rivals
    Gate.objects.create(project=project, better_on=BetterOn.PEOPLE, min_prompts=10)
    for _number in range(12):
        meet(project, policy, base, winner=policy)
    evidence = evidence_of(project, policy)
    assert codes(evidence) == ["people_undecided"]
    for _number in range(12):
        meet(project, policy, base, winner=policy)
    evidence = evidence_of(project, policy)
    assert (evidence["people"]["winner"], evidence["obstacles"]) == (0, [])
    assert "24 to 0 for this one" in lines_of(evidence)[3]


def test_five_lines_say_it_all(rivals):
    project, policy, _base = rivals
    lines = lines_of(evidence_of(project, policy))
    assert len(lines) == 5
    assert lines[0].startswith("Better: agreement with people +33 points (+")
    assert lines[1] == "Worse: nothing."
    assert lines[2] == "Not told apart: nothing."
    assert lines[3] == "People have not met the two blind."
    assert lines[4] == "This rests on 60 held-out prompts."


def test_two_of_the_same_weights_have_nothing_to_tell(rivals):
    project, policy, base = rivals
    type(policy).objects.filter(pk=policy.pk).update(digest=base.digest)
    policy.refresh_from_db()
    assert codes(evidence_of(project, policy)) == ["same_weights"]


def test_what_other_people_voted_decides_nothing_and_is_not_shown(rivals):
    project, policy, base = rivals
    foreign = make_snapshot(make_project(name="Foreign", slug="foreign"), name="Foreign")
    for checkpoint, n_right in ((base, 0), (policy, 200)):
        text = {
            f"{number:064x}": {"prompt": [{"role": "user", "content": "secret"}], "answer": "a"}
            for number in range(3)
        }
        measure(checkpoint, foreign, wins_by_pair=wins(n_right, n=200), by_prompt={"answers": text})
    accuracy = figure(evidence_of(project, policy), "accuracy")
    assert (accuracy["n"], accuracy["first"]) == (60, 50 / 60)
    assert answers_of_both(policy, base, Admissible.between(project, policy, base)) == []


def test_a_snapshot_of_several_counts_where_the_checkpoint_learnt_from_all_of_them(project):
    both = make_snapshot(project, name="Both")
    both.projects.add(make_project(name="Other", slug="other"))
    base = make_base()
    for snapshot, expected in ((both, 1), (make_snapshot(project, name="Own"), 0)):
        policy = make_policy(base, snapshot, name=f"On {snapshot.name}")
        measure(policy, both, wins_by_pair=wins(50))
        assert len(Admissible.between(project, policy, base).evaluations(policy)) == expected
