"""`final/` is read back and held against the trained module before a run says that it succeeded.

Two whole copies never lie in memory for it: what has been written is let go before it is read.
Where adapters are trained, the merged model is held against them first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from alignment_core.configs import TrainingConfig
from alignment_core.data.tokenization import TokenizedExample
from alignment_core.errors import TrainingFailed
from alignment_core.forward.choice import ForwardChoice
from alignment_core.forward.forward import Forward
from alignment_core.models.adapters import HEAD, has_adapters
from alignment_core.models.loading import load_policy, load_reward_model, load_tokenizer
from alignment_core.models.older_readers import (
    write_config_for_older_readers,
    write_tokenizer_for_older_readers,
)
from alignment_core.models.sharding import is_sharded
from alignment_core.models.weights import (
    ADAPTER,
    round_weights,
    write_adapter_beside,
    write_whole,
)
from alignment_core.processes.ranks import is_main

Rows = Sequence[TokenizedExample]

N_ROWS, LONGEST = 4, 64  # rows that are compared, and tokens of each
CPU = torch.device("cpu")
# Largest difference that is taken for rounding: of the mean, in parts of 1 + the mean size.
EXACT, COARSE, QUANTIZED = 1e-3, 0.1, 0.5


def rows_to_compare(examples: Sequence[TokenizedExample]) -> list[TokenizedExample]:
    """The beginnings of a few examples, read from their first token on."""
    rows = []
    for example in examples[:N_ROWS]:
        ids = [*example.prompt_ids, *(example.completions[0] if example.completions else ())]
        rows.append(TokenizedExample(example.id, ids[:1], (ids[1:LONGEST],)))
    return [row for row in rows if row.completions[0]]


def write_checked(
    module: PreTrainedModel,
    directory: Path,
    *,
    rows: Rows,
    config: TrainingConfig,
    choice: ForwardChoice | None,
    dtype: torch.dtype,
    pad_token_id: int | None,
) -> None:
    """Write the finished checkpoint and read it back; the module is of no use afterwards.

    All processes of the run must call it; the main one writes and reads.

    Args:
        rows: on which the two are compared.
        choice: how the module is called; what is read is called alike. None finds out each time.
        dtype: of the weights on disk. pad_token_id: the tokenizer's padding, for a reward model.
    Raises: TrainingFailed if what is read does not give what was trained.
    """
    whole, kind = module, module.device.type
    if has_adapters(module):
        trained = outputs_of(module, rows, choice, dtype=config.dtype)
        write_adapter_beside(module, directory)
        if not is_main():
            return
        _release(module)
        whole = _read(module, directory / ADAPTER, CPU)
        whole.config.pad_token_id = module.config.pad_token_id
        if whole.can_generate():
            whole.generation_config = module.generation_config
        choice = choice if whole.device.type == kind else None  # a GPU has attentions of its own
        merged = outputs_of(whole, rows, choice, dtype=config.dtype)
        _compare(trained, merged, "the adapter merged into its base", _limit_merged(module, config))
    round_weights(whole, dtype)  # so that nothing but a mistake is left between it and the files
    expected = outputs_of(whole, rows, choice)
    write_whole(whole, directory, dtype=dtype, pad_token_id=pad_token_id)
    if not is_main():
        return
    write_config_for_older_readers(directory)
    device = CPU if is_sharded(whole) else whole.device  # one GPU may not hold it whole
    _release(whole)
    choice = choice if device.type == kind else None
    found = outputs_of(_read(whole, directory, device), rows, choice)
    _compare(expected, found, "final/ read back", _limit_read(whole))


def finish_tokenizer(tokenizer: PreTrainedTokenizerBase, directory: Path) -> None:
    """Let older readers read the tokenizer that was written, and read it back.

    Raises: TrainingFailed if it is another than the run's.
    """
    if not is_main():  # what the others write is kept by nobody
        return
    write_tokenizer_for_older_readers(directory)
    again = load_tokenizer(directory)[0]
    if (again.get_vocab(), again.chat_template) != (tokenizer.get_vocab(), tokenizer.chat_template):
        raise TrainingFailed(
            "the tokenizer of final/ has other tokens or another chat template than the run's, so "
            "the run has failed; its last checkpoint is whole"
        )


@torch.no_grad()
def outputs_of(
    module: PreTrainedModel, rows: Rows, choice: ForwardChoice | None, *, dtype: str = "float32"
) -> Tensor:
    """Log-probs of all tokens of the rows, or their scores; float64, on the processor."""
    forward = Forward(module, dtype=dtype, choice=choice)
    is_scorer = hasattr(module, HEAD)
    values = forward.scores(rows) if is_scorer else forward.completion_tokens(rows).log_prob
    return values.double().cpu()


def _read(like: PreTrainedModel, directory: Path, device: torch.device) -> PreTrainedModel:
    if hasattr(like, HEAD):
        return load_reward_model(directory, device=device, seed=0)
    return load_policy(directory, device=device)


def _limit_merged(module: PreTrainedModel, config: TrainingConfig) -> float:
    if getattr(module, "is_quantized", False):  # merged into the weights before they were rounded
        return QUANTIZED
    return EXACT if config.dtype == "float32" and _is_precise() else COARSE


def _limit_read(module: PreTrainedModel) -> float:
    """Other kernels may have been at work where the weights lay in shares."""
    return EXACT if _is_precise() or not is_sharded(module) else COARSE


def _is_precise() -> bool:
    return torch.get_float32_matmul_precision() == "highest"


def _compare(expected: Tensor, found: Tensor, what: str, limit: float) -> None:
    difference = float("nan")
    if expected.shape == found.shape:
        difference = float((found - expected).abs().mean() / (1 + expected.abs().mean()))
    if not difference <= limit:  # also where it is no number
        raise TrainingFailed(
            f"{what} does not give what was trained: log-probs or scores differ by "
            f"{difference:.3g} on average, where {limit:g} is taken for rounding; the run has "
            "failed, and its last checkpoint is whole"
        )


def _release(module: nn.Module) -> None:
    """Let the weights go; shares that lie with other processes are small, and stay."""
    if is_sharded(module):
        return
    for weight in module.parameters():
        weight.data = weight.data.new_empty(0)
