"""Settings of short runs that learn from samples, and their objectives by themselves."""

import torch

from alignment_core.evaluation.metrics import Totals
from alignment_core.rewards.rules import Answered
from alignment_core.trainers.loop import accumulate_gradients
from alignment_core.trainers.objective import trained_modules


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


def first_update(objective):
    return next(objective.updates(0, Totals()))


def gradients_of(objective, update, *, token_budget=10**6):
    modules = trained_modules(objective).values()
    for module in modules:
        module.zero_grad()
    loss = accumulate_gradients(
        update.learner,
        update.indices,
        data=update.data,
        token_budget=token_budget,
        totals=Totals(),
    )
    weights = [w.grad for module in modules for w in module.parameters() if w.grad is not None]
    return loss, torch.cat([gradient.flatten().double() for gradient in weights])


def in_float64(objective):
    for module in trained_modules(objective).values():
        module.double()
    return objective


def plain_log_probs(module, example, ids, *, temperature=1.0):
    """By the definition: the whole sequence through the model, alone and unpadded."""
    logits = module(input_ids=torch.tensor([example.prompt_ids + ids])).logits[0, :-1]
    log_probs = (logits.double() / temperature).log_softmax(-1)
    places = range(len(example.prompt_ids) - 1, len(example.prompt_ids) + len(ids) - 1)
    return torch.stack([log_probs[place, token] for place, token in zip(places, ids, strict=True)])
