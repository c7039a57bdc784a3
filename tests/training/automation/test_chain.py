"""What a recipe may say, and what is said of one that cannot work."""

import pytest

from tests.training.automation.rounds import dpo_steps
from tests.training.conftest import freeze
from training.automation.chain import checked_chain, names_in
from training.automation.step_sources import renumbered
from training.errors import RecipeRefused

pytestmark = pytest.mark.django_db

FREEZE = {"do": "freeze"}


def refusal(steps, project) -> tuple[str | None, object, str]:
    with pytest.raises(RecipeRefused) as raised:
        checked_chain(steps, project)
    return raised.value.field, raised.value.value, str(raised.value)


def trained(start: str, **more) -> dict:
    return {"do": "train", "method": "dpo", "on": "step:1", "start": start, **more}


def test_a_whole_chain_is_kept_as_it_was_given(judged_project, tiny_base):
    steps = dpo_steps(tiny_base, beta=0.2)
    chain = checked_chain(steps, judged_project(2))
    assert [step.as_json() for step in chain] == steps
    assert [str(step.makes) for step in chain] == [
        "snapshot",
        "policy",
        "figures",
        "figures",
        "comparison",
        "proposal",
    ]
    assert names_in(chain) == {"champion"}


def test_values_are_kept_as_their_config_reads_them_and_defaults_are_not_kept(
    judged_project, tiny_base
):
    start = f"checkpoint:{tiny_base.public_id}"
    steps = [
        {"do": "freeze", "selection": {"min_agreement": 1, "kinds": ["person", "imported"]}},
        trained(start, settings={"learning_rate": 1}, or_start=""),
        {"do": "sample", "checkpoint": "step:2", "n_prompts": 50},
    ]
    stored = [step.as_json() for step in checked_chain(steps, judged_project(2))]
    assert stored == [
        {"do": "freeze", "selection": {"min_agreement": 1.0, "kinds": ["imported", "person"]}},
        trained(start, settings={"learning_rate": 1.0}),
        {"do": "sample", "checkpoint": "step:2"},
    ]


def test_a_setting_that_its_method_refuses_is_named_with_its_step(judged_project, tiny_base):
    project, start = judged_project(2), f"checkpoint:{tiny_base.public_id}"
    found = refusal([FREEZE, trained(start, settings={"beta": -1})], project)
    assert found[:2] == ("steps.2.beta", -1)
    assert found[2].startswith("Step 2: ")
    assert refusal([FREEZE, trained(start, settings={"bta": 1})], project)[:2] == (
        "steps.2.bta",
        1,
    )
    assert refusal([FREEZE, trained(start, method="dop")], project)[:2] == (
        "steps.2.method",
        "dop",
    )
    selected = {"do": "freeze", "selection": {"min_agreement": 2}}
    assert refusal([selected], project)[:2] == ("steps.1.min_agreement", 2)


def test_a_name_is_asked_for_as_names_are_given_whatever_the_letters(judged_project):
    (step,) = checked_chain([{"do": "sample", "checkpoint": "alias:Stable"}], judged_project(2))
    assert names_in([step]) == {"stable"}


@pytest.mark.parametrize(
    ("start", "says"),
    [
        ("step:2", "not a step before this one"),
        ("step:1", "is a snapshot, and a model that writes is wanted"),
        ("step:0", "does not say where it comes from"),
        ("step:²", "does not say where it comes from"),
        ("tiny", "does not say where it comes from"),
        ("alias:a b", "does not say where it comes from"),
        ("alias:reward_model/champion", "is a reward model, and a model that writes is wanted"),
        ("checkpoint:1", "does not say where it comes from"),
        ("checkpoint:5d1d7f3e-2f50-4c86-9e0b-000000000000", "There is no checkpoint"),
        ("snapshot:5d1d7f3e-2f50-4c86-9e0b-000000000000", "There is no snapshot"),
    ],
)
def test_a_source_that_cannot_be_one_is_refused(judged_project, start, says):
    field, value, sentence = refusal([FREEZE, trained(start)], judged_project(2))
    assert (field, value) == ("steps.2.start", start)
    assert says in sentence


@pytest.mark.parametrize(
    ("steps", "field", "value"),
    [
        ([], "steps", []),
        ({"do": "freeze"}, "steps", {"do": "freeze"}),
        ([FREEZE] * 21, "steps", 21),
        (["freeze"], "steps.1.do", "freeze"),
        ([{"do": "thaw"}], "steps.1.do", "thaw"),
        ([{"do": ["freeze"]}], "steps.1.do", ["freeze"]),
        ([{"do": "freeze", "name": "x"}], "steps.1.name", "x"),
        ([{"do": "freeze", "selection": []}], "steps.1.selection", []),
        ([FREEZE, {"do": "train", "method": "dpo", "on": "step:1"}], "steps.2.start", None),
        ([{"do": "sample", "checkpoint": "alias:a", "n_prompts": True}], "steps.1.n_prompts", True),
        ([{"do": "sample", "checkpoint": "alias:a", "n_prompts": 0}], "steps.1.n_prompts", 0),
    ],
)
def test_what_is_not_a_step_is_named(judged_project, steps, field, value):
    assert refusal(steps, judged_project(2))[:2] == (field, value)


def test_both_sides_of_a_comparison_have_to_be_measured_first(judged_project, tiny_base):
    steps = dpo_steps(tiny_base)
    del steps[3]
    field, value, _sentence = refusal(steps[:4], judged_project(2))
    assert (field, value) == ("steps.4.champion", "alias:champion")


def test_a_reward_model_may_come_of_an_earlier_step(judged_project, tiny_base):
    project, start = judged_project(2), f"checkpoint:{tiny_base.public_id}"

    def chain(path: str) -> list[dict]:
        rewards = {"rewards": [{"kind": "model", "path": path}]}
        return [
            FREEZE,
            trained(start, method="reward_model"),
            trained(start, method="grpo", settings=rewards),
        ]

    assert len(checked_chain(chain("step:2"), project)) == 3
    assert len(checked_chain(chain("alias:reward_model/champion"), project)) == 3
    assert refusal(chain("step:1"), project)[:2] == ("steps.3.settings.rewards", "step:1")
    assert refusal(chain("/etc/passwd"), project)[:2] == ("steps.3.rewards", "/etc/passwd")
    code = {"rewards": [{"kind": "callable", "function": "os:system"}]}
    assert refusal([FREEZE, trained(start, method="grpo", settings=code)], project)[0] == (
        "steps.2.rewards"
    )


def test_a_snapshot_that_is_there_already_may_be_trained_on(judged_project, tiny_base):
    project = judged_project(4)
    snapshot = freeze(project, eval_share=0)
    step = trained(f"checkpoint:{tiny_base.public_id}", on=f"snapshot:{snapshot.public_id}")
    assert len(checked_chain([step], project)) == 1


def test_steps_are_renumbered_wherever_they_are_named():
    step = {"on": "step:1", "settings": {"rewards": [{"path": "step:12"}]}, "start": "alias:step"}
    assert renumbered(step, {1: 2, 12: 13}) == {
        "on": "step:2",
        "settings": {"rewards": [{"path": "step:13"}]},
        "start": "alias:step",
    }
    with pytest.raises(KeyError):
        renumbered(step, {1: 1})


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ({"do": "freeze", "selection": {"eval_share": "a"}}, "steps.1.eval_share"),
        ({"do": "freeze", "selection": {"eval_share": True}}, "steps.1.eval_share"),
        ({"do": "freeze", "selection": {"kinds": 5}}, "steps.1.kinds"),
        ({"do": "freeze", "selection": {"kinds": "person"}}, "steps.1.kinds"),
        ({"do": "freeze", "selection": {"cohorts": [1]}}, "steps.1.cohorts"),
        ({"do": "freeze", "selection": {"since": 5}}, "steps.1.since"),
        ({"do": "freeze", "selection": {"edits": []}}, "steps.1.edits"),
        ({"do": "freeze", "selection": {"include_ties": "no"}}, "steps.1.include_ties"),
        ({"do": "freeze", "selection": {"cohorts": ["\0"]}}, "steps.1"),
    ],
)
def test_a_selection_of_wrong_types_is_refused_and_named(judged_project, step, field):
    assert refusal([step], judged_project(0))[0] == field


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ({"do": "evaluate", "checkpoint": "alias:champion", "on": "step:1"}, "reward_model"),
        ({"do": "sample", "checkpoint": "alias:champion"}, "temperature"),
    ],
)
def test_what_its_run_would_refuse_after_hours_is_refused_at_once(judged_project, step, field):
    wrong = {
        "evaluate": {"against": "alias:challenger"},
        "sample": {"against_base": False, "settings": {"temperature": 0}},
    }[step["do"]]
    assert refusal([FREEZE, {**step, **wrong}], judged_project(0))[0] == f"steps.2.{field}"


def test_one_answer_at_temperature_0_may_stand_beside_that_of_the_base(judged_project):
    step = {"do": "sample", "checkpoint": "alias:champion", "settings": {"temperature": 0}}
    (_freeze, sample) = checked_chain([FREEZE, step], judged_project(0))
    assert sample.as_json() == {**step, "settings": {"temperature": 0.0}}
