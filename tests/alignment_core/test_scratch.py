import pytest
import torch

from alignment_core import scratch as scratch_module
from alignment_core.scratch import release, scratch

CPU = torch.device("cpu")
LARGE = 5 * 2**20  # float32 values, above the smallest block that is kept


@pytest.fixture(autouse=True)
def _no_blocks():
    release()
    yield
    release()


def of(*shape):
    return scratch(shape, dtype=torch.float32, device=CPU)


def test_a_block_is_lent_again_once_nobody_holds_it():
    first = of(LARGE)
    place = first.data_ptr()
    part = first[10:20]
    del first
    other = of(LARGE)
    assert other.data_ptr() != place  # a part of it still lives
    del part
    assert of(LARGE - 5).data_ptr() == place


def test_what_is_held_is_never_written_over():
    held = of(2, LARGE).fill_(1.0)
    kept = held.detach()
    del held
    of(2, LARGE).fill_(2.0)
    assert bool((kept == 1.0).all())


def test_a_block_that_has_become_too_small_is_given_up():
    of(LARGE)
    of(2 * LARGE)
    assert [block.nbytes for block in scratch_module._blocks] == [5 * 2 * LARGE]  # 4 bytes × 1.25


def test_small_tensors_are_left_to_the_allocator():
    assert of(3, 5).shape == (3, 5)
    assert scratch_module._blocks == []


def test_types_and_shapes_are_those_asked_for():
    tensor = scratch((3, LARGE), dtype=torch.float64, device=CPU)
    assert (tensor.shape, tensor.dtype) == ((3, LARGE), torch.float64)
    assert tensor.is_contiguous()
