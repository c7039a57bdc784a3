"""One measured run of TRL, in its own environment.

    python theirs.py WORK_DIRECTORY dpo|reward_model|sft|grpo BATCH DTYPE DEVICE MATMUL MODE

MODE "best" keeps activations and precomputes the reference; "default" leaves TRL's settings as they
are: bfloat16, recomputed activations and the reference at each step.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from against_trl.measuring import (
    GRPO_SAMPLES,
    GRPO_TOKENS,
    GRPO_WORD,
    Stopwatch,
    figures_of_samples,
)

COMMON: dict[str, Any] = {
    "num_train_epochs": 1,
    "learning_rate": 1e-4,
    "lr_scheduler_type": "cosine",
    "warmup_steps": 0,
    "weight_decay": 0.0,
    "max_grad_norm": 1.0,
    "optim": "adamw_torch_fused",
    "max_length": 1024,
    "train_sampling_strategy": "sequential",
    "logging_steps": 1,
    "save_strategy": "no",
    "report_to": "none",
    "disable_tqdm": True,
}


def main() -> None:
    work, method, batch, dtype, device, matmul, mode = sys.argv[1:]
    print(
        json.dumps(
            measure(
                Path(work),
                method,
                batch=int(batch),
                dtype=dtype,
                device=device,
                matmul=matmul,
                is_default=mode == "default",
            )
        )
    )


def measure(
    work: Path, method: str, *, batch: int, dtype: str, device: str, matmul: str, is_default: bool
) -> dict[str, Any]:
    """Train the workload once and return its figures."""
    import torch
    import transformers
    import trl

    torch.set_float32_matmul_precision(matmul)
    watch = Stopwatch()

    class Watch(transformers.TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *_arguments: Any, **_others: Any) -> None:
            if device == "cuda":
                torch.cuda.synchronize()
            watch.step_has_ended()

    settings = {
        **COMMON,
        "per_device_train_batch_size": batch,
        "use_cpu": device == "cpu",
        "output_dir": str(work / "theirs"),
    }
    if not is_default:
        settings |= {"bf16": dtype == "bfloat16", "gradient_checkpointing": False}
        if method == "dpo":
            settings["precompute_ref_log_probs"] = True
    if method == "grpo":  # rows of its batch are samples, not prompts
        settings |= {
            "per_device_train_batch_size": batch * GRPO_SAMPLES,
            "num_generations": GRPO_SAMPLES,
            "max_completion_length": GRPO_TOKENS,
            "lr_scheduler_type": "constant",
            "shuffle_dataset": False,
        }
        for name in ("max_length", "train_sampling_strategy"):
            del settings[name]
    trainer = make_trainer(work, method, settings)
    trainer.add_callback(Watch())
    trainer.train()
    history = [entry for entry in trainer.state.log_history if "loss" in entry]
    n_pairs = len(trainer.train_dataset)
    return {
        **watch.figures(pairs=n_pairs - batch),
        "losses": [entry["loss"] for entry in history],
        "samples": figures_of_samples(history),
        "tokens": history[-1].get("num_tokens"),
        "threads": torch.get_num_threads(),
        "versions": {
            "trl": trl.__version__,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        "n_pairs": n_pairs,
    }


def make_trainer(work: Path, method: str, settings: dict[str, Any]) -> Any:
    """TRL's trainer of a method, on the same base and the same batches."""
    import torch
    from datasets import Dataset
    from transformers import (
        AutoModelForCausalLM,
        AutoModelForSequenceClassification,
        AutoTokenizer,
    )
    from trl import (
        DPOConfig,
        DPOTrainer,
        GRPOConfig,
        GRPOTrainer,
        RewardConfig,
        RewardTrainer,
        SFTConfig,
        SFTTrainer,
    )

    rows = [json.loads(line) for line in (work / "theirs.jsonl").read_text().splitlines()]
    tokenizer = AutoTokenizer.from_pretrained(work / "base")
    kinds = {
        "dpo": (AutoModelForCausalLM, DPOConfig, DPOTrainer),
        "reward_model": (AutoModelForSequenceClassification, RewardConfig, RewardTrainer),
        "sft": (AutoModelForCausalLM, SFTConfig, SFTTrainer),
        "grpo": (AutoModelForCausalLM, GRPOConfig, GRPOTrainer),
    }
    model_class, config_class, trainer_class = kinds[method]
    if method == "sft":
        rows = [{"prompt": row["prompt"], "completion": row["chosen"]} for row in rows]
    reward = {}
    if method == "grpo":
        rows = [{"prompt": row["prompt"]} for row in rows]
        reward = {"reward_funcs": has_word}
    return trainer_class(
        model=model_class.from_pretrained(work / "base", dtype=torch.float32),
        args=config_class(**settings),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        **reward,
    )


def has_word(completions: list[str], **_others: Any) -> list[float]:
    """1 where the word is found, else 0."""
    return [float(GRPO_WORD in completion) for completion in completions]


if __name__ == "__main__":
    main()
