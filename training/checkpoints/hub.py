"""Fetching a base checkpoint from the Hugging Face hub, pinned to the revision that was found."""

import shutil
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from training.errors import BaseRefused

SECONDS_TO_ANSWER = 10
# What a model needs to be loaded; pickles and code stay where they are.
WANTED = ["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja", "*.md"]


def fetch_from_hub(hub_id: str) -> tuple[Path, str]:
    """The directory with a copy of the model, and `id@revision`.

    Raises: BaseRefused where the hub does not answer, has no such model or no safetensors.
    """
    try:
        from huggingface_hub import HfApi, snapshot_download
        from huggingface_hub.errors import (
            GatedRepoError,
            HFValidationError,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )
    except ImportError as error:  # a server for the web alone
        raise _refused(
            hub_id,
            _("This server cannot fetch models. Register “%(id)s” where training is installed."),
        ) from error
    repository, _at, revision = hub_id.partition("@")
    try:
        model = HfApi().model_info(repository, revision=revision or None, timeout=SECONDS_TO_ANSWER)
        files = [sibling.rfilename for sibling in model.siblings or []]
        if not any(name.endswith(".safetensors") for name in files):
            raise _refused(hub_id, _("“%(id)s” has no safetensors on the hub."))
        folder = settings.ACCORD_DATA_DIR / "base_checkpoints" / repository.replace("/", "--")
        directory = folder / str(model.sha)
        snapshot_download(
            repository,
            revision=model.sha,
            local_dir=directory,
            allow_patterns=WANTED,
        )
        shutil.rmtree(directory / ".cache", ignore_errors=True)  # the hub client's own notes
    except GatedRepoError as error:
        raise _refused(
            hub_id, _("“%(id)s” asks for an agreement on the hub before it can be fetched.")
        ) from error
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        raise _refused(
            hub_id,
            _("There is neither a directory nor a model on the hub called “%(id)s”."),
        ) from error
    except BaseRefused:
        raise
    except Exception as error:  # whatever the network layers raise
        raise _refused(
            hub_id,
            _(
                "“%(id)s” cannot be fetched: the hub does not answer from here. Copy the model's "
                "directory to %(folder)s and register its path instead."
            ),
        ) from error
    return directory, f"{repository}@{model.sha}"


def _refused(hub_id: str, message: str) -> BaseRefused:
    return BaseRefused(
        message % {"id": hub_id, "folder": settings.ACCORD_CHECKPOINT_DIRS[0]},
        field="base",
        value=hub_id,
    )
