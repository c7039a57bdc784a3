"""A conversation with a model, a line at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from alignment_core.configs import SampleConfig
from alignment_core.errors import Refused
from alignment_core.models.loading import (
    digest_of_base,
    load_encoder,
    load_policy,
    resolve_base,
)
from alignment_core.runs.plan import choose_device
from alignment_core.sampling.generation import Prompt, sample_completions
from alignment_core.sampling.reading_trial import known_reading


def chat(model: str, turns: Iterable[str], *, system: str, config: SampleConfig) -> Iterator[str]:
    """The model's answer to each turn of a person, with all that was said before it.

    Args:
        model: directory of the checkpoint, or a hub id.
        turns: what the person says; empty ones are passed over.
        system: what the model is told beforehand; nothing if empty.
    Raises: Refused if the model cannot be used, or the conversation grows too long for it.
    """
    path = resolve_base(model)
    encoder = load_encoder(path)
    made_of = digest_of_base(path)
    policy = load_policy(path, device=choose_device("auto"))
    reading = known_reading(policy, made_of=made_of).choice
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    for turn in turns:
        if not turn.strip():
            continue
        messages.append({"role": "user", "content": turn})
        prompt = Prompt(id=f"turn-{len(messages)}", messages=tuple(messages))
        samples = sample_completions(
            policy,
            encoder,
            [prompt],
            config,
            check=_never,
            on_too_long=_refuse,
            reading=reading,
        )
        answer = next(iter(samples))
        messages.append({"role": "assistant", "content": answer.text})
        yield answer.text


def _never() -> None:
    """Nobody asks to stop but by Ctrl-C."""


def _refuse(prompt: Prompt) -> NoReturn:
    raise Refused("this is longer than the model can read", field="messages", value=prompt.id)
