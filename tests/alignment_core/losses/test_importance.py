import math

import pytest
import torch

from alignment_core.losses.importance import sampler_weights


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64)


# Two sequences of 2 and 3 tokens, whose ratios of trainer to sampler are these.
RATIOS = numbers(4.0, 0.5, 0.25, 1.0, 2.0)
SAMPLER = numbers(-3.0, -3.0, -3.0, -3.0, -3.0)


def weights(way, **bounds):
    bounds = {"lowest": 0.4, "highest": 1.5, **bounds}
    return sampler_weights(RATIOS.log() + SAMPLER, SAMPLER, [2, 3], way=way, **bounds).tolist()


def test_tokens_are_held_within_the_bounds_or_left_out():
    assert weights("token_truncate") == pytest.approx([1.5, 0.5, 0.4, 1.0, 1.5])
    assert weights("token_mask") == pytest.approx([0.0, 0.5, 0.0, 1.0, 0.0])
    assert weights("token_truncate", lowest=0.0) == pytest.approx([1.5, 0.5, 0.25, 1.0, 1.5])


def test_sequences_are_weighed_by_the_product_of_their_tokens():
    # 4 × ½ = 2, and ¼ × 1 × 2 = ½
    assert weights("sequence_truncate") == pytest.approx([1.5, 1.5, 0.5, 0.5, 0.5])
    assert weights("sequence_mask") == pytest.approx([0.0, 0.0, 0.5, 0.5, 0.5])


def test_where_both_say_the_same_nothing_is_weighed():
    for way in ("token_truncate", "token_mask", "sequence_truncate", "sequence_mask"):
        same = sampler_weights(SAMPLER, SAMPLER, [2, 3], way=way, highest=2.0)
        assert same.tolist() == [1.0] * 5


def test_a_ratio_beyond_all_numbers_stays_one():
    far = sampler_weights(numbers(0.0), numbers(-1e4), [1], way="token_mask", highest=1e12)
    assert float(far) == pytest.approx(math.exp(20))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"highest": 0.3}, "out of range"),
        ({"lowest": -0.1}, "out of range"),
        ({"way": "token"}, "not known"),
        ({"way": "answer_mask"}, "not known"),
        ({"lengths": [2, 2]}, "one shape"),
    ],
)
def test_what_is_not_as_stated_is_refused(given, message):
    given = {"lengths": [2, 3], "way": "token_mask", "highest": 1.5, "lowest": 0.4, **given}
    with pytest.raises(ValueError, match=message):
        sampler_weights(SAMPLER, SAMPLER, given.pop("lengths"), **given)
