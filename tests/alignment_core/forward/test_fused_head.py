import pytest
import torch

from alignment_core.forward import fused_head
from alignment_core.forward.fused_head import fused_token_statistics
from alignment_core.forward.log_probs import token_entropy, token_statistics
from alignment_core.machine.gradients_in_place import adding_in_place

TOKENS, WIDTH, VOCABULARY = 7, 5, 11


def case(dtype=torch.float64, *, with_bias=True):
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(TOKENS, WIDTH, generator=generator, dtype=torch.float64)
    weight = 2 * torch.randn(VOCABULARY, WIDTH, generator=generator, dtype=torch.float64)
    bias = torch.randn(VOCABULARY, generator=generator, dtype=torch.float64)
    targets = torch.tensor([3, 0, 10, 3, 3, 5, 1])
    parts = [hidden, weight, bias] if with_bias else [hidden, weight]
    parts = [part.to(dtype).requires_grad_() for part in parts]
    return (*parts, targets) if with_bias else (*parts, None, targets)


@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize("rows_kept", [TOKENS, 3, 1])
def test_statistics_and_gradients_equal_the_definition(with_bias, rows_kept, monkeypatch):
    monkeypatch.setattr(fused_head, "SLICE", 4)  # of a vocabulary of 11
    hidden, weight, bias, targets = case(with_bias=with_bias)
    found = fused_token_statistics(
        hidden,
        weight,
        bias,
        targets,
        temperature=0.7,
        with_entropy=True,
        largest_kept=rows_kept * VOCABULARY * 8,
    )
    logits = torch.nn.functional.linear(hidden, weight, bias) / 0.7
    expected = token_statistics(logits, targets, with_entropy=True)
    torch.testing.assert_close(tuple(found), tuple(expected), rtol=1e-10, atol=1e-12)
    weights = torch.linspace(-1.0, 2.0, TOKENS, dtype=torch.float64)
    inputs = [part for part in (hidden, weight, bias) if part is not None]
    torch.testing.assert_close(
        torch.autograd.grad((found.log_prob * weights).sum(), inputs),
        torch.autograd.grad((expected.log_prob * weights).sum(), inputs),
        rtol=1e-10,
        atol=1e-12,
    )


@pytest.mark.parametrize("rows_kept", [TOKENS, 3])
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_a_later_pass_adds_to_the_weights_gradient_where_it_lies(rows_kept, dtype):
    hidden, weight, bias, targets = case()
    places = torch.linspace(-1.0, 2.0, TOKENS, dtype=torch.float64)

    def loss():
        found = fused_token_statistics(
            hidden.to(dtype), weight, bias, targets, largest_kept=rows_kept * VOCABULARY * 8
        )
        return (found.log_prob * places).sum()

    own = torch.autograd.grad(loss(), [weight, bias])
    loss().backward()
    standing = weight.grad
    with adding_in_place():
        loss().backward()
    assert weight.grad is standing
    error = 1e-12 if dtype == torch.float64 else 0.02  # parts of half a pass are added as halves
    torch.testing.assert_close(standing, 2 * own[0], rtol=error, atol=error)
    torch.testing.assert_close(bias.grad, 2 * own[1], rtol=error, atol=error)
    with adding_in_place():
        (returned,) = torch.autograd.grad(loss(), [weight], allow_unused=True)
    assert returned is None  # added, and not returned to be added once more


def test_a_gradient_that_is_asked_for_by_itself_is_not_added_anywhere():
    hidden, weight, bias, targets = case()
    fused_token_statistics(hidden, weight, bias, targets).log_prob.sum().backward()
    standing = weight.grad.clone()
    found = fused_token_statistics(hidden, weight, bias, targets).log_prob.sum()
    (own,) = torch.autograd.grad(found, [weight])
    assert torch.equal(own, standing) and torch.equal(weight.grad, standing)


@pytest.mark.parametrize("rows_kept", [TOKENS, 2])
def test_gradients_equal_finite_differences(rows_kept):
    hidden, weight, bias, targets = case()

    def log_probs(*parts):
        return fused_token_statistics(
            *parts, targets, temperature=1.3, largest_kept=rows_kept * VOCABULARY * 8
        ).log_prob

    assert torch.autograd.gradcheck(log_probs, (hidden, weight, bias))


def test_float32_is_within_its_rounding_of_the_definition():
    hidden, weight, bias, targets = case()
    exact = token_statistics(torch.nn.functional.linear(hidden, weight, bias), targets)
    single = [part.detach().float() for part in (hidden, weight, bias)]
    found = fused_token_statistics(*single, targets)
    assert found.log_prob.dtype == torch.float32
    torch.testing.assert_close(found.log_prob.double(), exact.log_prob, rtol=1e-5, atol=1e-6)


def test_half_types_take_the_softmax_in_float32():
    hidden, weight, bias, targets = case(torch.bfloat16)
    found = fused_token_statistics(hidden, weight, bias, targets)
    expected = token_statistics(torch.nn.functional.linear(hidden, weight, bias), targets)
    assert found.log_prob.dtype == torch.float32
    torch.testing.assert_close(found.log_prob, expected.log_prob, rtol=2e-2, atol=2e-2)
    (d_hidden,) = torch.autograd.grad(found.log_prob.sum(), hidden)
    assert d_hidden.dtype == torch.bfloat16


def test_frozen_weights_get_no_gradient():
    hidden, weight, bias, targets = case()
    frozen = [part.detach() for part in (weight, bias)]
    log_prob = fused_token_statistics(hidden, *frozen, targets).log_prob
    (d_hidden,) = torch.autograd.grad(log_prob.sum(), hidden)
    expected = token_statistics(torch.nn.functional.linear(hidden, *frozen), targets).log_prob
    torch.testing.assert_close(d_hidden, torch.autograd.grad(expected.sum(), hidden)[0])


def test_rows_are_exponentiated_a_few_at_a_time_with_the_same_result(monkeypatch):
    hidden, weight, bias, targets = case()
    expected = fused_token_statistics(hidden, weight, bias, targets, with_entropy=True)
    monkeypatch.setattr(fused_head, "ROWS_IN_CACHE", 2 * VOCABULARY * 8)
    found = fused_token_statistics(hidden, weight, bias, targets, with_entropy=True)
    torch.testing.assert_close(tuple(found), tuple(expected))


def test_the_entropy_with_a_gradient_is_the_entropy_without():
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(3, 7, generator=generator, dtype=torch.float64, requires_grad=True)
    targets = torch.zeros(3, dtype=torch.long)
    plain = token_statistics(logits, targets, with_entropy=True).entropy
    torch.testing.assert_close(token_entropy(logits), plain)
    assert torch.autograd.gradcheck(token_entropy, [logits])
    kept = token_statistics(logits, targets, with_entropy=True, entropy_gradient=True)
    assert kept.entropy.requires_grad and not plain.requires_grad


def test_a_token_that_cannot_come_leaves_the_entropy_a_number():
    logits = torch.tensor([[0.0, 0.0, -torch.inf]], requires_grad=True)
    entropy = token_entropy(logits)
    entropy.sum().backward()
    assert float(entropy.detach()) == pytest.approx(0.6931472)
    assert not logits.grad.isnan().any()
