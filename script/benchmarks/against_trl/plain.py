"""One measured run of the plain way to do DPO: padded rows in the order of the file, full logits,
cached references. This is what one writes first; it needs no peer.

    python plain.py WORK_DIRECTORY BATCH
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from against_trl.measuring import Stopwatch

BETA, LEARNING_RATE, MAX_LENGTH, SEED = 0.1, 1e-4, 1024, 0


def main() -> None:
    work, batch = sys.argv[1:]
    print(json.dumps(measure(Path(work), int(batch))))


def measure(work: Path, batch: int) -> dict[str, Any]:
    """Train the workload once and return its figures."""
    import torch
    from torch.nn.functional import logsigmoid

    from alignment_core.data.collation import padded_batch
    from alignment_core.data.micro_batches import n_steps_per_epoch, step_examples
    from alignment_core.data.preparation import prepare_file
    from alignment_core.data.tokenization import ChatEncoder
    from alignment_core.forward.log_probs import sum_rows
    from alignment_core.models.loading import load_policy, load_tokenizer

    device = torch.device("cpu")
    encoder = ChatEncoder(load_tokenizer(work / "base")[0])
    examples = prepare_file(
        work / "ours.jsonl", encoder, sides=("chosen", "rejected"), max_length=MAX_LENGTH
    ).examples
    policy = load_policy(work / "base", device=device)
    optimizer = torch.optim.AdamW(
        policy.parameters(), lr=LEARNING_RATE, weight_decay=0.0, fused=True
    )
    total_steps = n_steps_per_epoch(len(examples), batch_size=batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total_steps)

    def log_probs(indices: list[int]) -> Any:
        rows = padded_batch([examples[index] for index in indices], device=device)
        logits = policy(**rows.inputs).logits.flatten(0, 1).log_softmax(-1)
        tokens = logits[rows.predicting].gather(-1, rows.targets[:, None]).squeeze(-1)
        return sum_rows(tokens, rows.lengths).view(2, -1)

    steps = [
        step_examples(len(examples), batch_size=batch, seed=SEED, step=step)
        for step in range(total_steps)
    ]
    with torch.no_grad():
        references = [log_probs(indices) for indices in steps]
    watch, losses = Stopwatch(), []
    for indices, reference in zip(steps, references, strict=True):
        chosen, rejected = log_probs(indices) - reference
        loss = -logsigmoid(BETA * (chosen - rejected)).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        losses.append(loss.item())
        watch.step_has_ended()
    return {
        **watch.figures(pairs=len(examples) - batch),
        "losses": losses,
        "threads": torch.get_num_threads(),
    }


if __name__ == "__main__":
    main()
