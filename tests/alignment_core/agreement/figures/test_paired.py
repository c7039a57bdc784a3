import math

import numpy as np
import pytest

from alignment_core.agreement.figures.paired import (
    compare_shared,
    paired_bootstrap,
    paired_interval,
)


def test_single_units_have_the_published_interval():
    # Bonett & Price: 8 gained, 2 lost, 40 in all: p12 = 9 / 42, p21 = 3 / 42.
    differences = np.array([1.0] * 8 + [-1.0] * 2 + [0.0] * 30)
    gained, lost = 9 / 42, 3 / 42
    reach = 1.959964 * math.sqrt((gained + lost - (gained - lost) ** 2) / 42)
    low, high = paired_interval(differences)
    assert (low, high) == pytest.approx((6 / 42 - reach, 6 / 42 + reach), abs=1e-6)


def test_units_that_never_differ_leave_a_doubt_that_shrinks():
    few, many = paired_interval(np.zeros(10)), paired_interval(np.zeros(1000))
    assert few[0] == -few[1] and many[0] == -many[1]
    assert 0 < many[1] < few[1] < 0.4


@pytest.mark.parametrize(("n_clusters", "size"), [(30, 1), (15, 4)])
def test_the_interval_covers(n_clusters, size):
    rng = np.random.default_rng(3)
    owner = np.repeat(np.arange(n_clusters), size)
    hits = 0
    for _ in range(400):
        alike, own = rng.random(n_clusters)[owner], rng.random(len(owner))
        drawn = np.where(rng.random(len(owner)) < 0.5, alike, own)
        low, high = paired_interval((drawn < 0.3) * 1.0 - (drawn > 0.8), owner)
        hits += low <= 0.1 <= high
    assert hits / 400 > 0.93


def test_two_are_compared_on_what_both_were_measured_on():
    # The first is right on 60 of 80; the second was asked 22 more, all of which it gets wrong.
    first = {f"p{number}": float(number < 60) for number in range(80)}
    second = {f"p{number}": float(number < 50) for number in range(102)}
    found = compare_shared(first, second, cluster_of=str)
    assert (found["n"], found["n_clusters"]) == (80, 80)
    assert (found["first"], found["second"]) == (0.75, 0.625)
    assert found["low"] < found["difference"] == 0.125 < found["high"]


def test_few_shared_units_say_nothing():
    first, second = {"a": 1.0, "b": 0.0}, {"b": 1.0, "c": 0.0}
    assert compare_shared(first, second, cluster_of=str) is None
    assert compare_shared({}, {}, cluster_of=str) is None


def test_pairs_of_one_prompt_widen_the_interval():
    rng = np.random.default_rng(0)
    names = [f"{prompt:02d}{pair}" for prompt in range(20) for pair in range(5)]
    first = {name: float(rng.random(20)[int(name[:2])] < 0.5) for name in names}
    second = dict.fromkeys(names, 0.5)
    alone = compare_shared(first, second, cluster_of=str)
    alike = compare_shared(first, second, cluster_of=lambda name: name[:2])
    assert alike["n_clusters"] == 20
    assert alike["high"] - alike["low"] > alone["high"] - alone["low"]


def test_the_bootstrap_is_the_same_for_the_same_seed_and_close_to_the_other_interval():
    generator = np.random.default_rng(1)
    differences = generator.choice([-1.0, 0.0, 1.0], size=200, p=[0.1, 0.6, 0.3])
    low, high = paired_bootstrap(differences, reach=1.0)
    assert (low, high) == paired_bootstrap(differences, reach=1.0)
    other_low, other_high = paired_interval(differences)
    assert abs(low - other_low) < 0.02 and abs(high - other_high) < 0.02


def test_the_bootstrap_has_a_width_where_nothing_was_seen_to_differ():
    """Thirty zeros and one each of plus and minus one: sd sqrt(2) / 32, so about ±0.087."""
    low, high = paired_bootstrap(np.zeros(30), reach=1.0)
    assert low == pytest.approx(-0.087, abs=0.02)
    assert high == pytest.approx(0.087, abs=0.02)
    assert paired_bootstrap(np.zeros(30)) == (0.0, 0.0)  # of no unit: nothing to reach


def test_units_of_one_prompt_count_as_one_in_the_bootstrap():
    differences = np.repeat([1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0], 20)
    apart = paired_bootstrap(differences, reach=1.0)
    together = paired_bootstrap(differences, np.repeat(np.arange(10), 20), reach=1.0)
    assert together[1] - together[0] > 3 * (apart[1] - apart[0])


def test_the_bootstrap_covers_what_it_says():
    """In 400 draws of 40 prompts with a mean of .2 the interval holds it in about 95 %."""
    generator = np.random.default_rng(7)
    held = 0
    for _draw in range(400):
        differences = generator.choice([-1.0, 0.0, 1.0], size=40, p=[0.15, 0.5, 0.35])
        low, high = paired_bootstrap(differences, reach=1.0, n_resamples=400)
        held += low <= 0.2 <= high
    assert 0.92 <= held / 400 <= 0.99
