import pytest
import torch

from alignment_core.machine import half_products
from alignment_core.machine.half_products import has_fast_half, time_products


@pytest.mark.parametrize(
    ("half", "is_fast"), [(0.5, True), (0.76, True), (0.78, False), (1.0, False), (3.0, False)]
)
def test_products_of_half_precision_must_be_clearly_faster(half, is_fast):
    assert has_fast_half({"float32": 1.0, "bfloat16": half}) is is_fast


def test_a_trial_times_both_and_keeps_the_least(monkeypatch):
    monkeypatch.setattr(half_products, "SHAPE", half_products.SMALL)
    ticks = iter(range(1000))
    found = time_products(torch.device("cpu"), clock=lambda: float(next(ticks)))
    assert found == {"float32": 1.0, "bfloat16": 1.0}
    assert next(ticks) == 4 * (2 + half_products.REPEATS)


def test_a_detour_is_found_out_by_a_small_product():
    ticks = iter([0.0, 1.0, 1.0, 99.0, 99.0, 100.0, 100.0, 200.0])
    found = time_products(torch.device("cpu"), clock=lambda: next(ticks))
    assert found == {"float32": 1.0, "bfloat16": 98.0}
