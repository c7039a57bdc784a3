import pytest
import torch

from alignment_core.configs.rewards import parse_rewards
from alignment_core.data.tokenization import ChatEncoder, TokenizedExample
from alignment_core.errors import ConfigError, LoadingError, TrainingFailed
from alignment_core.forward.forward import Forward
from alignment_core.models.loading import load_reward_model, load_tokenizer
from alignment_core.rewards.rules import Answered
from alignment_core.rewards.scoring import Scorer

CPU = torch.device("cpu")


def words_of(answers):
    """A reward of the caller's own."""
    return [len(one.text.split()) for one in answers]


def one_too_few(answers):
    return [0.0] * (len(answers) - 1)


def no_number(answers):
    return [float("nan")] * len(answers)


def answered(prompt, text):
    messages = [{"role": "user", "content": prompt}]
    return Answered(prompt=messages, text=text, n_tokens=3, finished=True, answer=None)


GROUPS = [
    [answered("It?", "red"), answered("It?", "It is green, I am sure")],
    [answered("Which colour is thing 3?", "I do not know"), answered("Which?", "")],
]


def scorer(rewards, *, longest=64):
    return Scorer(
        parse_rewards(rewards),
        device=CPU,
        forward=lambda module, _made_of: Forward(module),
        token_budget=64,
        longest=longest,
    )


def test_rewards_are_weighted_and_added_and_each_is_kept():
    mine = {"kind": "callable", "function": f"{__name__}:words_of", "weight": 0.5}
    scores = scorer([{"kind": "regex", "pattern": "green|red"}, mine, mine]).score(GROUPS)
    assert list(scores.by_reward) == ["regex", "callable", "callable_2"]
    assert scores.by_reward["callable"].tolist() == [[1.0, 6.0], [4.0, 0.0]]
    assert scores.total.tolist() == [[2.0, 7.0], [4.0, 0.0]]


@pytest.fixture(scope="module")
def reward_model(tiny_base, tmp_path_factory):
    """A reward model's checkpoint whose scores are far apart."""
    directory = tmp_path_factory.mktemp("reward") / "model"
    module = load_reward_model(tiny_base, device=CPU, seed=0)
    with torch.no_grad():
        module.score.weight.mul_(100.0)
    module.save_pretrained(directory)
    load_tokenizer(tiny_base)[0].save_pretrained(directory)
    return directory


def test_a_reward_model_scores_each_answer_as_if_it_were_alone(reward_model):
    scores = scorer([{"kind": "model", "path": str(reward_model)}]).score(GROUPS).total
    module = load_reward_model(reward_model, device=CPU, seed=0)
    encoder = ChatEncoder(load_tokenizer(reward_model)[0])
    for row, group in enumerate(GROUPS):
        for column, one in enumerate(group):
            prompt_ids = encoder.prompt_ids(group[0].prompt)
            ids, _ = encoder.completion_ids(group[0].prompt, one.text, prompt_ids=prompt_ids)
            alone = Forward(module).scores([TokenizedExample("", prompt_ids, (ids,))])
            assert float(scores[row, column]) == pytest.approx(
                float(alone.detach()), rel=1e-4, abs=1e-4
            )
    assert scores[0, 0] != scores[0, 1]


def test_a_reward_model_reads_an_answer_that_spells_a_control_token_to_its_end(reward_model):
    ((_, _, score),) = scorer([{"kind": "model", "path": str(reward_model)}]).rewards
    text = f"It is {score.encoder.tokenizer.eos_token} red."
    (ids,) = score._example([answered("Which?", text)]).completions
    assert score.encoder.decode(ids) == text
    assert ids.index(score.encoder.end_id) == len(ids) - 1


def test_a_model_that_cannot_be_a_reward_is_refused(reward_model, tiny_base):
    with pytest.raises(LoadingError, match="language model, not a reward model"):
        scorer([{"kind": "model", "path": str(tiny_base)}])
    with pytest.raises(LoadingError, match="reads 128 tokens"):
        scorer([{"kind": "model", "path": str(reward_model)}], longest=129)


def test_a_function_that_cannot_be_found_is_refused():
    for name in ("no.such.module:f", f"{__name__}:missing", f"{__name__}:CPU"):
        with pytest.raises(ConfigError, match="reward"):
            scorer([{"kind": "callable", "function": name}])


@pytest.mark.parametrize(
    ("name", "says"), [("one_too_few", "3 values for 4"), ("no_number", "not a number")]
)
def test_a_function_that_breaks_its_word_ends_the_run(name, says):
    with pytest.raises(TrainingFailed, match=says):
        scorer([{"kind": "callable", "function": f"{__name__}:{name}"}]).score(GROUPS)


def breaks_down(_answers):
    """A reward of somebody's own that does not work."""
    raise KeyError("colour")


def test_a_function_that_breaks_down_is_named_with_its_line():
    broken = scorer([{"kind": "callable", "function": f"{__name__}:breaks_down"}])
    with pytest.raises(TrainingFailed, match=r"breaks_down, failed in line \d+ of .*KeyError"):
        broken.score(GROUPS)
