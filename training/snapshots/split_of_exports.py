"""The installation's split for files that leave it: the rule, and the salt, of every snapshot."""

from annotate.exports.split import SideOf
from training.models import Installation
from training.snapshots.frozen import split_of


def split_for_exports(eval_share: float) -> SideOf:
    """Says of a prompt's messages whether they are of `train` or of `eval`."""
    salt = Installation.objects.values_list("split_salt", flat=True).filter(pk=1).first()
    if salt is None:
        salt = Installation.objects.get_or_create(pk=1)[0].split_salt
    return lambda prompt: split_of(prompt, salt=salt, eval_share=eval_share).value
