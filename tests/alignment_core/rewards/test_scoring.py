from shutil import copytree

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


def with_template(path, directory, template):
    """The same reward model, whose chats are written otherwise."""
    copytree(path, directory)
    tokenizer = load_tokenizer(path)[0]
    tokenizer.chat_template = template
    tokenizer.save_pretrained(directory)
    return directory


THINKS = (
    "{% for m in messages %}{% if m['role'] == 'assistant' %}"
    "[says]{{ m['content'].split('</think>')[-1] }}{{ eos_token }}"
    "{% else %}[{{ m['role'] }}]{{ m['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}[says]<think>\n{% endif %}"
)
SHORTENS = (
    "{% for m in messages %}[{{ m['role'] }}]"
    "{% if 'skip' in m['content'] %}[nothing]{% else %}{{ m['content'] }}{% endif %}{{ eos_token }}"
    "{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}"
)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (THINKS, "Hm. It is cut he"),
        (THINKS, "Hm.</think>It is red."),
        (THINKS, "It ends with <|end|> so"),
        (SHORTENS, "skip this"),
    ],
)
def test_a_sample_goes_on_from_the_prompt_whatever_the_template_makes_of_it(
    reward_model, tmp_path, template, text
):
    path = with_template(reward_model, tmp_path / "model", template)
    ((_, _, score),) = scorer([{"kind": "model", "path": str(path)}]).rewards
    example = score._example([answered("Which?", text)])
    assert score.encoder.decode(example.prompt_ids + list(example.completions[0])).endswith(text)
    assert example.completions[0][-1] == score.encoder.end_id
    assert sum(token in score.encoder.end_ids for token in example.completions[0]) == 1
    assert score([[answered("Which?", text)]]).isfinite().all()


def test_rules_read_what_a_sample_spells(reward_model):
    """`<|end|>` in words is a part of the answer for every rule, as it is for a reward model."""
    encoder = ChatEncoder(load_tokenizer(reward_model)[0])
    ask = [{"role": "user", "content": "How does a turn end?"}]
    text = "With <|end|> and then <|pad|>, I think."
    ids, _ = encoder.completion_ids(ask, text, prompt_ids=encoder.prompt_ids(ask))
    assert encoder.answer(ids[:-1]) == text
    rewards = [{"kind": "regex", "pattern": r"<\|end\|> and then <\|pad\|>"}]
    sampled = Answered(
        prompt=ask, text=encoder.answer(ids[:-1]), n_tokens=len(ids), finished=True, answer=None
    )
    assert scorer(rewards).score([[sampled]]).total.tolist() == [[1.0]]


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
