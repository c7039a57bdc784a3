import pytest
import torch

from alignment_core.machine.matmul import choose_matmul, faster_precision, try_matmul

CPU = torch.device("cpu")
EXACT = {"highest": 2e-7, "medium": 5e-7}


@pytest.fixture(autouse=True)
def _precision_as_before():
    before = torch.get_float32_matmul_precision()
    yield
    torch.set_float32_matmul_precision(before)


def test_the_faster_library_is_taken_if_it_is_exact():
    assert faster_precision(seconds={"highest": 2.0, "medium": 1.0}, errors=EXACT) == "medium"
    assert faster_precision(seconds={"highest": 1.0, "medium": 2.0}, errors=EXACT) == "highest"


def test_a_rounding_library_is_rejected_however_fast():
    rounded = {"highest": 2e-7, "medium": 3e-3}  # products in bfloat16
    assert faster_precision(seconds={"highest": 2.0, "medium": 0.1}, errors=rounded) == "highest"


def test_luck_does_not_decide_between_equals():
    assert faster_precision(seconds={"highest": 1.05, "medium": 1.0}, errors=EXACT) == "highest"


def test_what_is_asked_for_is_set_without_a_trial():
    assert choose_matmul("medium", CPU) == {"precision": "medium"}
    assert torch.get_float32_matmul_precision() == "medium"


def test_a_trial_times_both_and_measures_their_errors():
    ticks = iter(range(1000))
    trial = try_matmul(CPU, clock=lambda: float(next(ticks)))
    assert trial["seconds"] == {"highest": 1.0, "medium": 1.0}
    assert 0 < trial["errors"]["highest"] < 1e-5
