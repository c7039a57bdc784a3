"""Where bases may come from: directories of this machine, adapters over them, and the hub."""

import re
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from alignment_core.errors import LoadingError
from alignment_core.models.adapter_files import (
    WEIGHTS,
    base_of_adapter,
    is_adapter,
    is_of_reward_model,
)
from training.artifacts.model_files import check_model_directory, check_safetensors, refused
from training.errors import BaseRefused
from training.words.refusals import refusal_in_words

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?(@[\w./-]+)?")


def require_hub_id(wanted: str) -> None:
    """Raises: BaseRefused."""
    if not HUB_ID.fullmatch(wanted):
        raise BaseRefused(
            _("“%(value)s” is neither a directory that may be read nor a hub id.")
            % {"value": wanted},
            field="base",
            value=wanted,
        )


def local_directory(wanted: str) -> Path | None:
    """The directory meant, if it is one and lies where bases may lie; None for a hub id."""
    allowed = [*settings.ACCORD_CHECKPOINT_DIRS, settings.ACCORD_DATA_DIR]
    is_path = wanted.startswith(("/", ".", "~"))
    candidates = [Path(wanted).expanduser()] if is_path else [folder / wanted for folder in allowed]
    for candidate in candidates:
        directory = candidate.resolve()
        is_allowed = any(directory.is_relative_to(folder) for folder in allowed)
        if is_path and not is_allowed:
            raise BaseRefused(
                _(
                    "%(path)s is outside the directories for base checkpoints. Copy the model to "
                    "%(allowed)s, or add its directory to ACCORD_CHECKPOINT_DIRS."
                )
                % {"path": directory, "allowed": settings.ACCORD_CHECKPOINT_DIRS[0]},
                field="base",
                value=wanted,
            )
        if wanted and is_allowed and _is_directory(directory):
            return directory
    if is_path:
        raise BaseRefused(
            _("%(path)s is not a directory.") % {"path": wanted}, field="base", value=wanted
        )
    return None


def _is_directory(path: Path) -> bool:
    """No name that is too long for the file system is one."""
    try:
        return path.is_dir()
    except OSError:
        return False


def layers_of(directory: Path) -> list[Path]:
    """The directories that a base is made of: whole weights, then the adapters in their order.

    Raises: BaseRefused if one of them cannot be used, or may not be read.
    """
    adapters: list[Path] = []
    while is_adapter(directory):
        if directory in adapters:
            raise refused(directory, _("The adapter in %(path)s lies over itself."))
        adapters.insert(0, directory)
        directory = _base_beneath(directory)
    check_model_directory(directory)
    return [directory, *adapters]


def _base_beneath(adapter: Path) -> Path:
    """What the adapter lies over; a path that means the same wherever training runs from."""
    try:
        base = base_of_adapter(adapter)
        is_scorer = is_of_reward_model(adapter)
    except LoadingError as error:
        sentence = _("Refused: %(why)s.") % {"why": refusal_in_words(error)}
        raise BaseRefused(sentence, field="base", value=str(adapter)) from error
    if is_scorer:
        raise refused(
            adapter, _("%(path)s is the adapter of a reward model, which writes no text.")
        )
    if not (adapter / WEIGHTS).is_file():
        raise refused(
            adapter,
            _("%(path)s has no %(file)s: the weights of an adapter are only read as safetensors."),
            file=WEIGHTS,
        )
    check_safetensors(adapter, adapter / WEIGHTS)
    beneath = local_directory(base) if Path(base).is_absolute() else None
    if beneath is None:
        raise refused(
            adapter,
            _(
                "The adapter in %(path)s lies over “%(base)s”, which is no whole path. Write the "
                "directory of that base on this machine into its adapter_config.json, as "
                "base_model_name_or_path."
            ),
            base=base,
        )
    return beneath
