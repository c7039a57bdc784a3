from functools import partial

import pytest
import torch

from alignment_core.machine import kept_blocks as scratch_module
from alignment_core.machine.kept_blocks import release, scratch

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
    assert of(LARGE).data_ptr() == place


def test_what_is_held_is_never_written_over():
    held = of(2, LARGE).fill_(1.0)
    kept = held.detach()
    del held
    of(2, LARGE).fill_(2.0)
    assert bool((kept == 1.0).all())


def test_a_block_has_room_for_what_later_steps_may_want():
    up_to = 8 * LARGE
    place = scratch((LARGE,), dtype=torch.float32, device=CPU, up_to=up_to).data_ptr()
    longer = scratch((2 * LARGE,), dtype=torch.float32, device=CPU, up_to=up_to)
    assert (longer.data_ptr(), longer.nbytes) == (place, 8 * LARGE)


def test_a_block_is_lent_only_to_its_own_kind():
    up_to = 8 * LARGE
    place = scratch((LARGE,), dtype=torch.float32, device=CPU, up_to=up_to).data_ptr()
    assert of(LARGE).data_ptr() != place  # a step's gradient may outlive its logits


def test_of_two_free_blocks_the_one_with_more_pages_is_lent():
    up_to = 12 * LARGE
    ask = partial(scratch, dtype=torch.float32, device=CPU, up_to=up_to)
    first, second = ask((LARGE,)), ask((3 * LARGE,))
    place = second.data_ptr()
    del first, second
    assert ask((2 * LARGE,)).data_ptr() == place


def test_small_tensors_are_left_to_the_allocator():
    assert of(3, 5).shape == (3, 5)
    assert scratch_module._blocks == []


def test_types_and_shapes_are_those_asked_for():
    tensor = scratch((3, LARGE), dtype=torch.float64, device=CPU)
    assert (tensor.shape, tensor.dtype) == ((3, LARGE), torch.float64)
    assert tensor.is_contiguous()
