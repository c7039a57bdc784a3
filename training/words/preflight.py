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

# Why a record was left out, by the library's name for it.
REASONS = {
    "tie": gettext_noop("a tie"),
    "both_bad": gettext_noop("both bad"),
    "over_length": gettext_noop("too long"),
    "other_model": gettext_noop("not read by the other model"),
    "no_completion": gettext_noop("without a completion"),
    "one_completion": gettext_noop("a single completion, where a pair is needed"),
    "bad_without_good": gettext_noop("a bad completion without a good one for its prompt"),
    "replaced_by_edit": gettext_noop("an answer in whose place an edit of it is learnt"),
    "repeats_edit": gettext_noop("one more record of an edit that is learnt already"),
    "weight_0": gettext_noop("no message to learn, as all have a weight of 0"),
    "no_answer": gettext_noop("without a right answer to compare with"),
    "unreadable": gettext_noop("not readable"),
    "empty_completion": gettext_noop("an empty completion"),
    "equal_completions": gettext_noop("twice the same completion"),
    "tool_turn": gettext_noop("a turn of a tool"),
    "prefilled_answer": gettext_noop("ends with the assistant's own words"),
    "no_place_for_system": gettext_noop("a system message that the chat template has no place for"),
    "roles_out_of_turn": gettext_noop("roles out of turn"),
    "refused_by_template": gettext_noop("refused by the chat template"),
    "reward_model_refuses": gettext_noop("refused by a reward model's chat template"),
    "not_a_continuation": gettext_noop("an answer that does not go on from its prompt"),
    "changed_by_template": gettext_noop("an answer that the chat template changes"),
    "control_token_spelt": gettext_noop("a control token in its text"),
    "no_embedding": gettext_noop("a token that the model has no embedding for"),
}


def reason_in_words(reason: str) -> str:
    """Why records were left out; the library's own name where it has no words here."""
    return gettext(REASONS[reason]) if reason in REASONS else reason


def warning_in_words(warning: dict[str, Any] | str) -> str:
    """A warning with its figures; as it was kept where that had none."""
    if isinstance(warning, str):  # of a run before warnings kept their figures
        return warning
    try:
        return gettext(WARNINGS[warning["name"]]).format(**warning["figures"])
    except (KeyError, TypeError, ValueError):  # without figures, or of a later library
        return str(warning.get("message") or warning.get("name", ""))
