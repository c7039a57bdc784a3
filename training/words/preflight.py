"""What the library warns of before a run, in the reader's language."""

from typing import Any

from django.utils.translation import gettext, gettext_noop

# The sentences of the library, which knows no other language; listed so that they are translated.
WARNINGS = {
    "many_left_out": gettext_noop("{n} of {n_records} records are left out"),
    "prompts_in_both_splits": gettext_noop("{n} held-out prompts are also trained on"),
    "prompts_alike_once_cut": gettext_noop(
        "{n} more held-out prompts, cut to fit, read like one trained on"
    ),
    "records_repeated": gettext_noop("{n} records repeat another one, token for token"),
    "fields_not_used": gettext_noop("{n} fields of the file are not used: {names}"),
    "boundary_mismatches": gettext_noop("{n} completions merge with their prompt's last token"),
    "control_tokens_spelt": gettext_noop(
        "{n} records spell a control token of the tokenizer, which is read and learnt as text"
    ),
    "turn_marks_spelt": gettext_noop(
        "{n} records spell what the chat template writes before an answer, which no model can tell "
        "from the template's own"
    ),
}


def warning_in_words(warning: dict[str, Any] | str) -> str:
    """A warning with its figures; as it was kept where that had none."""
    if isinstance(warning, str):  # of a run before warnings kept their figures
        return warning
    template = WARNINGS.get(warning["name"])
    return gettext(template).format(**warning["figures"]) if template else str(warning["message"])
