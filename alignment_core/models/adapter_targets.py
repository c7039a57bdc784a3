"""Which layers an adapter lies over, and which it must not.

An adapter is added into its layer's weight when it is merged. Where another layer has the same
weight, as a tied head has the embedding's, what was learnt for one would change both.
"""

from __future__ import annotations

from collections.abc import Iterator

from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn


def layers_of_their_own_kind(module: nn.Module) -> list[str]:
    """Linear layers that compute something else than one, such as a router of experts."""
    return [
        name
        for name, layer in module.named_modules()
        if isinstance(layer, nn.Linear)
        and type(layer).forward is not nn.Linear.forward
        and not hasattr(layer.weight, "quant_state")  # of 4 bits, which peft knows
    ]


def shared_target(module: nn.Module) -> tuple[str, str] | None:
    """A layer under an adapter and another with the same weight; None if there is none."""
    users: dict[int, list[str]] = {}
    for name, layer in module.named_modules(remove_duplicate=False):
        for weight in layer.parameters(recurse=False):
            users.setdefault(id(weight), []).append(_plain(name))
    for name, base in _targets(module):
        for weight in base.parameters(recurse=False):
            others = [user for user in users[id(weight)] if user != _plain(name)]
            if others:
                return _plain(name), others[0]
    return None


def _targets(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for name, layer in module.named_modules():
        if isinstance(layer, BaseTunerLayer):
            yield name, layer.get_base_layer()


def _plain(name: str) -> str:
    """A layer's name without what peft puts around it."""
    return name.removeprefix("base_model.model.").replace(".base_layer", "")
