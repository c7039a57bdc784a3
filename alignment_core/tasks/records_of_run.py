"""The records of a training run, as what it trains will read them."""

from __future__ import annotations

from pathlib import Path

from transformers import PreTrainedTokenizerBase

from alignment_core.configs import METHODS, ModelReward
from alignment_core.configs.rollouts import RolloutConfig
from alignment_core.data.chat_rendering import keep_folding
from alignment_core.data.preparation import PreparedRecords, prepare_file, refuse_if_empty
from alignment_core.data.tokenization import ChatEncoder
from alignment_core.models.loading import load_encoder, resolve_base
from alignment_core.runs.run_directory import RunDirectory
from alignment_core.sampling.prompts import prepare_prompts
from alignment_core.tasks.day_of_run import day_of_run
from alignment_core.tasks.requests import TrainRequest


def encoder_of_run(
    request: TrainRequest,
    tokenizer: PreTrainedTokenizerBase,
    directory: RunDirectory,
    *,
    n_embeddings: int | None,
) -> ChatEncoder:
    """Chats to ids; how this run writes them is kept with its tokenizer from here on."""
    day = day_of_run(request, tokenizer, directory)
    if request.config.fold_system:
        keep_folding(tokenizer)
    return ChatEncoder(tokenizer, n_embeddings=n_embeddings, day=day)


def records_of_run(
    request: TrainRequest, encoder: ChatEncoder
) -> tuple[PreparedRecords, PreparedRecords | None]:
    """The records to train on, and those held out if there are any. Raises: Refused."""
    method = METHODS[request.method]
    train = _split(request, encoder, request.train_data, method.sides, "train_data")
    refuse_if_empty(train)
    if request.eval_data is None:
        return train, None
    return train, _split(request, encoder, request.eval_data, method.held_out_sides, "eval_data")


def _split(
    request: TrainRequest, encoder: ChatEncoder, path: Path, sides: tuple[str, ...], field: str
) -> PreparedRecords:
    config = request.config
    if isinstance(config, RolloutConfig):
        judges = _judges(config, encoder)
        return prepare_prompts(path, encoder, config, judges=judges, field=field)
    return prepare_file(
        path,
        encoder,
        sides=sides,
        alone=METHODS[request.method].alone,
        max_length=config.max_length,
        rule=config.vote_rule,
        max_unusable=config.max_unusable,
        field=field,
    )


def _judges(config: RolloutConfig, encoder: ChatEncoder) -> list[ChatEncoder]:
    """What reward models read by: a prompt that one refuses is better met before training."""
    return [
        load_encoder(resolve_base(reward.path), day=encoder.day, folds_system=encoder.folds_system)
        for reward in config.rewards
        if isinstance(reward, ModelReward)
    ]
