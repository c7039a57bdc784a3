"""Settings of short runs that learn from samples, and their objectives by themselves."""

from alignment_core.rewards.rules import Answered


def share_of_letters(answers: list[Answered]) -> list[float]:
    """A reward that a small model can learn to raise: how much of a text is plain letters."""
    return [
        sum(letter.isascii() and letter.isalpha() for letter in one.text) / max(1, len(one.text))
        for one in answers
    ]


def always_the_same(answers: list[Answered]) -> list[float]:
    """A reward from which nothing can be learnt."""
    return [0.1] * len(answers)


LETTERS = {"kind": "callable", "function": f"{__name__}:share_of_letters"}
SAME = {"kind": "callable", "function": f"{__name__}:always_the_same"}
ROLLOUT_SETTINGS = {
    "rewards": [LETTERS],
    "batch_size": 5,  # of 12 prompts: the last rollout of an epoch is smaller
    "n_samples": 3,
    "max_new_tokens": 8,
    "n_eval_prompts": 6,
    "learning_rate": 1e-3,
}
METHOD_SETTINGS = {
    "ppo": {"n_samples": 1, "n_passes": 2, "n_minibatches": 2, "kl_target": 1.0},
    "rloo": {"n_minibatches": 2, "entropy_coefficient": 0.1},
    "grpo": {"n_passes": 2},
    "dr_grpo": {"entropy_coefficient": 0.1, "entropy_target": 100.0},
    "dapo": {"overlong_buffer": 0.4},
    "gspo": {"n_minibatches": 2, "importance_correction": "sequence_mask"},
    "cispo": {"n_passes": 2},
    "online_dpo": {},
}


def rollout_settings(method: str, **settings) -> dict:
    """The settings of a short run of a method."""
    return {**ROLLOUT_SETTINGS, **METHOD_SETTINGS[method], **settings}


def objective_of(directory):
    """A method's objective as the loop gets it."""
    from alignment_core.processes.stopping import Stopper
    from alignment_core.runs.run_directory import RunDirectory
    from alignment_core.tasks.requests import read_request, train_request
    from alignment_core.tasks.train import TrainTask

    request = train_request(read_request(directory / "config.json", task="train"))
    task = TrainTask(request, RunDirectory(directory), Stopper())
    return task.load(task.prepare(task.start_or_resume())).objective
