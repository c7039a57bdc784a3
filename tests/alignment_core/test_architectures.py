"""Architectures × methods: two steps through our loader, against plain transformers.

The other side is plain transformers in float64 with eager attention, one row at a time: losses and
whole gradients of two steps must be the same, and samples must be those it draws alone.
"""

from pathlib import Path

import pytest
import torch
from torch.nn.functional import logsigmoid
from transformers import AutoModel, AutoModelForCausalLM

from alignment_core.data.collation import rows_of
from alignment_core.errors import LoadingError
from alignment_core.evaluation.metrics import Totals
from alignment_core.sampling.draws import draws_of_sample, next_tokens
from alignment_core.trainers.loop import accumulate_gradients
from script.architecture_table import row_of
from tests.alignment_core.architectures import ARCHITECTURES, CONTEXT, write_tiny_base
from tests.alignment_core.rollout_runs import LETTERS
from tests.alignment_core.small_runs import objective_of, write_train_config

pytestmark = pytest.mark.slow
PAGE = Path(__file__).resolve().parents[2] / "docs" / "methods" / "architectures.md"
LEARNING_RATE, N_STEPS, BETA = 0.01, 2, 0.1
BY_NAME = {architecture.name: architecture for architecture in ARCHITECTURES}
NOT_CAUSAL = {"bert"}
BATCH, BUDGET = 3, 160  # pairs, and tokens of a micro-batch: rows have company, and change it
SAMPLING = {
    "batch_size": 2,
    "n_samples": 2,
    "max_new_tokens": 4,
    "kl_coefficient": 0.0,
    "rewards": [LETTERS],
}


@pytest.fixture(scope="module")
def base_of(tmp_path_factory):
    """The base of an architecture, made when it is first asked for."""
    directory = tmp_path_factory.mktemp("architectures")

    def base(name):
        if not (directory / name).exists():
            write_tiny_base(BY_NAME[name], directory / name)
        return directory / name

    return base


@pytest.fixture
def ours(base_of, data_files, tmp_path):
    """An objective in float64 with the lengths of its examples."""

    def objective(name, method, **settings):
        run = write_train_config(
            tmp_path / method,
            method=method,
            base=base_of(name),
            data_files=data_files,
            **{"max_length": CONTEXT, "tokens_per_micro_batch": BUDGET, **settings},
        )
        return objective_of(run)

    return objective


def plain(base, kind=AutoModelForCausalLM, **settings):
    module = kind.from_pretrained(
        base, dtype=torch.float64, attn_implementation="eager", **settings
    )
    return module.eval()


def token_log_probs(module, examples):
    """Of every completion, by itself."""
    log_probs = []
    for number, side in rows_of(examples):
        prompt, ids = examples[number].prompt_ids, examples[number].completions[side]
        logits = module(input_ids=torch.tensor([prompt + ids]), use_cache=False).logits[0]
        log_softmax = logits[len(prompt) - 1 : -1].log_softmax(-1)
        log_probs.append(log_softmax[range(len(ids)), ids])
    return log_probs


def sequence_log_probs(module, examples):
    return torch.stack([tokens.sum() for tokens in token_log_probs(module, examples)])


def gradients(module):
    """By name; those of the backbone first, which has the same names whatever is over it."""
    backbone = module.base_model
    of_backbone = {id(weight) for weight in backbone.parameters()}
    named = dict(backbone.named_parameters()) | {
        name: weight for name, weight in module.named_parameters() if id(weight) not in of_backbone
    }
    return {
        name: torch.zeros_like(weight) if weight.grad is None else weight.grad.clone()
        for name, weight in named.items()
    }


def step(module):
    """Plain gradient descent, and no gradient left."""
    with torch.no_grad():
        for weight in module.parameters():
            if weight.grad is not None:
                weight -= LEARNING_RATE * weight.grad
            weight.grad = None


def two_steps(objective, data, other, loss_of):
    """The same two steps on both sides, compared; `loss_of` is the plain side's loss."""
    for number in range(N_STEPS):
        indices = list(range(BATCH * number, BATCH * number + BATCH))
        loss = accumulate_gradients(
            objective, indices, data=data, token_budget=BUDGET, totals=Totals(), step=number
        )
        examples = [objective.context.train.examples[index] for index in indices]
        expected = loss_of(other, examples)
        expected.backward()
        assert loss == pytest.approx(float(expected.detach()), rel=1e-6)
        same_gradients(objective.module, other)
        step(objective.module), step(other)


def same_gradients(module, other):
    found, expected = gradients(module), gradients(other)
    assert found.keys() == expected.keys()
    both = [torch.cat([parts[name].flatten() for name in found]) for parts in (found, expected)]
    # Some families compute a part in float32 whatever the weights are in.
    assert float((both[0] - both[1]).norm() / both[1].norm()) < 1e-4


def experts_in_float64(*modules):
    """The usual kernel for experts has no float64."""
    for module in modules:
        module.set_experts_implementation("eager")


CAUSAL = [name for name in BY_NAME if name not in NOT_CAUSAL]


@pytest.mark.parametrize("name", CAUSAL)
def test_sft(name, ours, base_of):
    objective, data = ours(name, "sft")
    other = plain(base_of(name))
    experts_in_float64(objective.module, other)

    def loss(module, examples):
        log_probs = torch.cat(token_log_probs(module, examples))
        return -log_probs.mean()

    two_steps(objective, data, other, loss)


@pytest.mark.parametrize("name", CAUSAL)
def test_dpo(name, ours, base_of):
    objective, data = ours(name, "dpo", beta=BETA)
    other, reference = plain(base_of(name)), plain(base_of(name))
    experts_in_float64(objective.module, other, reference)

    def loss(module, examples):
        with torch.no_grad():
            before = sequence_log_probs(reference, examples)
        chosen, rejected = (BETA * (sequence_log_probs(module, examples) - before)).chunk(2)
        return -logsigmoid(chosen - rejected).mean()

    two_steps(objective, data, other, loss)


@pytest.mark.parametrize("name", CAUSAL)
def test_grpo(name, ours, base_of):
    objective, _ = ours(name, "grpo", **SAMPLING)
    other = plain(base_of(name))
    experts_in_float64(objective.module, other)
    for number in range(N_STEPS):
        for update in objective.updates(number, Totals()):  # one for each step
            accumulate(update)
        rollout = objective.rollout
        drawn_alone(other, rollout.examples, seed=objective.context.config.seed, step=number)
        log_probs = token_log_probs(other, rollout.examples)
        advantages = torch.stack(
            [objective.advantages[place, side] for place, side in rows_of(rollout.examples)]
        )
        assert advantages.any()
        means = torch.stack([tokens.mean() for tokens in log_probs])
        (-(advantages * means).mean()).backward()
        same_gradients(objective.module, other)
        step(objective.module), step(other)


def accumulate(update):
    return accumulate_gradients(
        update.learner, update.indices, data=update.data, token_budget=BUDGET, totals=Totals()
    )


@torch.no_grad()
def drawn_alone(module, examples, *, seed, step):
    """Every sample is what the plain model draws by itself, token by token."""
    for example in examples:
        for index, completion in enumerate(example.completions):
            draws = draws_of_sample(seed, step, example.id, index, len(completion))
            ids = list(example.prompt_ids)
            for draw in draws:
                logits = module(torch.tensor([ids]), use_cache=False).logits[:, -1]
                ids += next_tokens(logits, draw[None], temperature=1, top_p=1).tolist()
            assert ids[len(example.prompt_ids) :] == completion


class Scored(torch.nn.Module):
    """The score of a sequence at its last token, over a plain backbone."""

    def __init__(self, backbone, weight):
        super().__init__()
        self.base_model = backbone
        self.score = torch.nn.Linear(*reversed(weight.shape), bias=False, dtype=torch.float64)
        self.score.weight.data.copy_(weight)

    def forward(self, ids):
        hidden = self.base_model(input_ids=torch.tensor([ids]), use_cache=False)
        return self.score(hidden.last_hidden_state[0, -1])


@pytest.mark.parametrize("name", CAUSAL)
def test_reward_model(name, ours, base_of):
    objective, data = ours(name, "reward_model")
    found = objective.module
    other = Scored(plain(base_of(name), AutoModel), found.score.weight)
    experts_in_float64(found, other.base_model)

    def loss(module, examples):
        scores = torch.cat(
            [
                module(examples[number].prompt_ids + examples[number].completions[side])
                for number, side in rows_of(examples)
            ]
        )
        chosen, rejected = scores.chunk(2)
        return -logsigmoid(chosen - rejected).mean()

    two_steps(objective, data, other, loss)


@pytest.mark.parametrize("name", sorted(NOT_CAUSAL))
@pytest.mark.parametrize("method", ["sft", "dpo", "grpo"])
def test_a_model_that_reads_both_ways_is_refused(name, method, ours):
    with pytest.raises(LoadingError, match="not causal"):
        ours(name, method, **(SAMPLING if method == "grpo" else {}))


@pytest.mark.parametrize("name", BY_NAME)
def test_the_page_says_how_an_architecture_goes_through(name, base_of):
    assert row_of(BY_NAME[name], base_of(name)) in PAGE.read_text(encoding="utf-8")


def test_the_page_names_no_other_architecture():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:3] == "| `"]
    assert [row.split("`")[1] for row in rows] == list(BY_NAME)
