"""One measured run of the library, by its own train task: metrics, logging and all.

python ours.py WORK_DIRECTORY METHOD BATCH DTYPE DEVICE [SETTINGS as JSON]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from against_trl.measuring import Stopwatch, figures_of_samples

COMMON = {
    "epochs": 1,
    "learning_rate": 1e-4,
    "warmup_ratio": 0.0,
    "weight_decay": 0.0,
    "max_length": 1024,
    "eval_every_steps": 0,
    "save_every_seconds": 1e9,
    "n_sample_prompts": 0,
}
GRPO = {
    "kl_coefficient": 0.0,
    "aggregation": "token",
}  # as TRL by default: its `dapo`, no reference


def main() -> None:
    work, method, batch, dtype, device, *more = sys.argv[1:]
    settings: dict[str, Any] = {
        **COMMON,
        "batch_size": int(batch),
        "dtype": dtype,
        "device": device,
        **(GRPO if method == "grpo" else {}),
        **(json.loads(more[0]) if more else {}),
    }
    print(json.dumps(measure(Path(work), method, settings)))


def measure(
    work: Path,
    method: str,
    settings: Mapping[str, Any],
    *,
    step_has_ended: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Train the workload once and return its figures.

    Args:
        step_has_ended: called after each optimizer step.
    """
    import torch

    from alignment_core.processes.stopping import Stopper
    from alignment_core.runs.run_directory import RunDirectory
    from alignment_core.tasks.requests import read_request, train_request
    from alignment_core.tasks.train import TrainTask

    watch = Stopwatch()

    class Watched(RunDirectory):
        def log(self, phase: str, **values: Any) -> None:
            super().log(phase, **values)
            if phase == "train":
                watch.step_has_ended()
                step_has_ended()

    run = work / "run"
    run.mkdir()
    (run / "config.json").write_text(
        json.dumps(
            {
                "schema": 1,
                "task": "train",
                "method": method,
                "base": str(work / "base"),
                "base_digest": None,
                "train_data": str(work / "ours.jsonl"),
                "eval_data": None,
                "resume": None,
                "settings": settings,
                "lineage": {},
            }
        )
    )
    request = train_request(read_request(run / "config.json", task="train"))
    directory = Watched(run)
    task = TrainTask(request, directory, Stopper())
    task.run()
    steps = [line for line in directory.read_metrics() if line["phase"] == "train"]
    plan = json.loads((run / "plan.json").read_text())
    n_pairs = plan["n_examples"] - settings["batch_size"]
    return {
        **watch.figures(pairs=n_pairs),
        "reference_seconds": directory.seconds.get("reference", 0.0),
        "losses": [line["loss"] for line in steps],
        "samples": figures_of_samples(steps),
        "tokens": steps[-1]["num_tokens"],
        "threads": torch.get_num_threads(),
        "matmul": plan["matmul"]["precision"],
        "forward": plan["forward"],
        "versions": plan["versions"],
        "n_pairs": plan["n_examples"],
    }


if __name__ == "__main__":
    main()
