import math
from contextlib import nullcontext

import pytest
import torch

from alignment_core.configs import SampleConfig
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.forward.forward import Forward
from alignment_core.sampling.generation import Prompt
from alignment_core.sampling.kl import kl_estimates, on_policy_kl, sample_log_probs, sequence_kl

EXAMPLES = [
    TokenizedExample("a", [5, 6, 7], ([8, 9, 10, 1],)),
    TokenizedExample("b", [5], ([11, 1],)),
    TokenizedExample("c", [5, 6], ([12, 13, 14, 15, 16, 1],)),
]


def check():
    pass


def test_kl_estimates_equal_the_worked_values():
    policy, reference = torch.tensor([-1.0, -2.0]), torch.tensor([-1.5, -1.0])
    estimates = kl_estimates(policy, reference, n_sequences=1)
    assert estimates.k1 == pytest.approx(0.5 - 1.0)
    # e^-0.5 - 1 + 0.5 = 0.106531, e^1 - 1 - 1 = 0.718282
    assert estimates.k3 == pytest.approx(0.106531 + 0.718282, abs=1e-5)


def test_what_is_reported_does_not_look_smaller_because_the_policy_has_gone_far():
    estimates = kl_estimates(torch.tensor([-1.0]), torch.tensor([-61.0]), n_sequences=1)
    assert estimates.k1 == pytest.approx(60.0)
    assert estimates.k3 == pytest.approx(59.0)
    back = kl_estimates(torch.tensor([-61.0]), torch.tensor([-1.0]), n_sequences=1)
    assert back.k3 == pytest.approx(math.exp(60.0), rel=1e-6)


def test_every_sequence_has_its_own_estimates():
    policy = [torch.tensor([-1.0, -2.0]), torch.tensor([-1.0])]
    reference = [torch.tensor([-1.5, -1.0]), torch.tensor([-1.0])]
    estimates = sequence_kl(policy, reference)
    assert estimates.k1.tolist() == pytest.approx([-0.5, 0.0])
    assert estimates.k3.tolist() == pytest.approx([0.824813, 0.0], abs=1e-5)


def test_the_token_budget_changes_neither_order_nor_values(policy):
    forward = Forward(policy)
    alone = [
        sample_log_probs(forward, [example], token_budget=100, check=check)[0]
        for example in EXAMPLES
    ]
    for budget in (1, 14, 1000):
        together = sample_log_probs(forward, EXAMPLES, token_budget=budget, check=check)
        for one, other in zip(alone, together, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


def test_a_policy_is_at_no_distance_from_itself(policy, encoder):
    prompts = [Prompt(id="p", messages=[{"role": "user", "content": "Which colour?"}])]
    estimates = on_policy_kl(
        policy,
        lambda: nullcontext(policy),
        encoder,
        prompts,
        settings=SampleConfig(n_samples=3, max_new_tokens=5),
        check=check,
        token_budget=8,
    )
    assert estimates.k1 == pytest.approx(0.0, abs=1e-6)
    assert estimates.k3 == pytest.approx(0.0, abs=1e-6)


def test_samples_that_are_not_the_policys_own_are_refused(policy, encoder):
    with pytest.raises(ValueError, match="temperature 1 and top_p 1"):
        on_policy_kl(
            policy,
            lambda: nullcontext(policy),
            encoder,
            [],
            settings=SampleConfig(temperature=0.5),
            check=check,
        )
