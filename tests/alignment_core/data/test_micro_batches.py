from alignment_core.data.micro_batches import micro_batches, n_steps_per_epoch, step_examples


def steps(n_examples, batch_size, seed, first, n):
    return [
        step_examples(n_examples, batch_size=batch_size, seed=seed, step=step)
        for step in range(first, first + n)
    ]


def test_an_epoch_uses_every_example_once():
    assert n_steps_per_epoch(10, batch_size=4) == 3
    epoch = steps(10, 4, 0, 0, 3)
    assert [len(step) for step in epoch] == [4, 4, 2]
    assert sorted(index for step in epoch for index in step) == list(range(10))


def test_the_order_follows_from_seed_and_epoch_alone():
    assert steps(10, 4, 1, 0, 6) == steps(10, 4, 1, 0, 6)
    assert steps(10, 4, 1, 0, 3) != steps(10, 4, 1, 3, 3)
    assert steps(10, 4, 1, 0, 3) != steps(10, 4, 2, 0, 3)


def test_micro_batches_keep_like_lengths_together_within_the_budget():
    lengths = [10, 3, 9, 3, 50]
    groups = micro_batches(range(5), lengths, rows_per_example=2, token_budget=40)
    # 50 alone is above the budget and goes alone; 2 × 2 × 10 = 40 fits
    assert groups == [[4], [0, 2], [1, 3]]
