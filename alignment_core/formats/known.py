"""The formats that are known, and which of them a file is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alignment_core.formats import (
    accord,
    annotation_tools,
    arena,
    checks,
    hh,
    llama_factory,
    openai,
    own_judgements,
    own_preferences,
    pairs,
    pandalm,
    ranked_sets,
    scored,
    single,
    trl,
    votes,
)
from alignment_core.formats.checks import FileError, RowError, shown
from alignment_core.formats.ranked_sets import NewSet
from alignment_core.formats.rows import NewComparison, NewCompletion

AUTO = "auto"
Given = NewComparison | NewSet | NewCompletion | list[NewCompletion]


@dataclass(frozen=True)
class Format:
    """`needs`: the fields that every row has. `fits`: whether a row with them is of this format.

    `parse` of a whole conversation gives a list: it may hold several answers to learn, or none.
    """

    name: str
    label: str
    needs: tuple[str, ...]
    fits: Callable[[Mapping[str, Any]], bool]
    parse: Callable[[Mapping[str, Any]], Given]
    read_within: tuple[str, ...] = ()  # of messages, besides role and content

    def read(self, row: Mapping[str, Any]) -> Given:
        """A row as what it says. Raises: RowError, whatever is wrong with it."""
        for field in self.needs:
            checks.required(row, field)
        try:
            return self.parse(row)
        except RowError:
            raise
        except Exception as error:  # nobody has thought of all that a row can hold
            reason = f"{type(error).__name__}: {shown(str(error))}"
            raise RowError(
                "", None, "This row cannot be read: %(reason)s", {"reason": reason}
            ) from error

    def is_of(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is of this format."""
        return not self.missing(row) and self.fits(row)

    def missing(self, row: Mapping[str, Any]) -> list[str]:
        return [field for field in self.needs if row.get(field) is None]


# From the most particular to the plainest: the first that fits is it.
FORMATS = (
    Format(
        "judgements",
        "Accord's judgements (JSON Lines)",
        own_judgements.NEEDS,
        own_judgements.fits,
        own_judgements.parse,
    ),
    Format(
        "judgements_table",
        "Accord's judgements (CSV or Parquet)",
        own_judgements.TABLE_NEEDS,
        own_judgements.fits_table,
        own_judgements.parse_table,
    ),
    Format(
        "preferences",
        "Accord's preference records (JSON Lines)",
        own_preferences.NEEDS,
        own_preferences.fits,
        own_preferences.parse,
    ),
    Format(
        "preferences_table",
        "Accord's preference records (CSV or Parquet)",
        own_preferences.TABLE_NEEDS,
        own_preferences.fits_table,
        own_preferences.parse_table,
    ),
    Format(
        "votes",
        "Votes: a prompt, two responses and a list of votes",
        votes.NEEDS,
        votes.fits,
        votes.parse,
    ),
    Format(
        "votes_csv",
        "Votes, one a row (CSV)",
        votes.LONG_NEEDS,
        votes.fits_long,
        votes.parse_long,
    ),
    Format(
        "label_studio",
        "Label Studio: tasks with pairwise annotations",
        annotation_tools.STUDIO_NEEDS,
        annotation_tools.fits_studio,
        annotation_tools.parse_studio,
    ),
    Format(
        "argilla",
        "Argilla: records with responses",
        annotation_tools.ARGILLA_NEEDS,
        annotation_tools.fits_argilla,
        annotation_tools.parse_argilla,
    ),
    Format(
        "arena",
        "LMArena: a prompt, two responses and a winner",
        arena.NEEDS,
        arena.fits,
        arena.parse,
    ),
    Format(
        "arena_chat",
        "LMArena: two conversations and a winner",
        arena.CHAT_NEEDS,
        arena.fits_chat,
        arena.parse_chat,
    ),
    Format("pandalm", "PandaLM", pandalm.NEEDS, pandalm.fits, pandalm.parse),
    Format(
        "ultrafeedback_raw",
        "UltraFeedback: an instruction and several rated completions",
        ranked_sets.FEEDBACK_NEEDS,
        ranked_sets.fits_feedback,
        ranked_sets.parse_feedback,
    ),
    Format(
        "ranked",
        "A prompt and three to nine completions, with ranks or scores",
        ranked_sets.NEEDS,
        ranked_sets.fits,
        ranked_sets.parse,
    ),
    Format(
        "accord",
        "A prompt and two completions",
        accord.LIST_NEEDS,
        accord.fits_list,
        accord.parse_list,
    ),
    Format(
        "accord_columns",
        "A prompt and two completions, in columns of their own",
        accord.NEEDS,
        accord.fits,
        accord.parse,
    ),
    Format(
        "llama_factory",
        "LLaMA-Factory: an instruction with chosen and rejected texts",
        llama_factory.PAIR_NEEDS,
        llama_factory.fits_pair,
        llama_factory.parse_pair,
    ),
    Format(
        "llama_factory_chat",
        "LLaMA-Factory: conversations or messages with a chosen and a rejected message",
        llama_factory.CHAT_PAIR_NEEDS,
        llama_factory.fits_chat_pair,
        llama_factory.parse_chat_pair,
    ),
    Format(
        "llama_factory_v1",
        "LLaMA-Factory: chosen_messages and rejected_messages",
        llama_factory.MESSAGES_PAIR_NEEDS,
        llama_factory.fits_messages_pair,
        llama_factory.parse_messages_pair,
    ),
    Format(
        "scored_pair",
        "Two transcripts with their scores",
        scored.NEEDS,
        scored.fits_pair,
        scored.parse_pair,
    ),
    Format(
        "openai",
        "OpenAI: an input with a preferred and a non-preferred output",
        openai.PREFERENCE_NEEDS,
        openai.fits_preference,
        openai.parse_preference,
    ),
    Format(
        "trl_implicit",
        "TRL, conversational, with the prompt inside chosen and rejected",
        trl.IMPLICIT_NEEDS,
        trl.fits_implicit,
        trl.parse_implicit,
    ),
    Format(
        "trl_explicit",
        "TRL, conversational, with a prompt",
        trl.EXPLICIT_NEEDS,
        trl.fits_explicit,
        trl.parse_explicit,
    ),
    Format(
        "hh",
        "Anthropic HH: two whole transcripts",
        hh.NEEDS,
        hh.fits,
        hh.parse,
    ),
    Format(
        "pairs",
        "A prompt with chosen and rejected texts (TRL standard, CSV)",
        pairs.NEEDS,
        pairs.fits,
        pairs.parse,
    ),
)


# Rows of one completion, or of none: to train on, but nothing that people could compare.
OF_ONE = (
    Format(
        "llama_factory_single",
        "LLaMA-Factory: an instruction and its output",
        llama_factory.NEEDS,
        llama_factory.fits,
        llama_factory.parse,
    ),
    Format(
        "chat",
        "Whole conversations, as OpenAI and LLaMA-Factory have them",
        openai.CHAT_NEEDS,
        openai.fits_chat,
        openai.parse_chat,
        ("weight",),
    ),
    Format(
        "sharegpt",
        "Whole conversations, as ShareGPT has them",
        llama_factory.CHAT_NEEDS,
        llama_factory.fits_chat,
        llama_factory.parse_chat,
        ("weight",),
    ),
    Format(
        "scored",
        "One transcript with its score",
        scored.NEEDS,
        scored.fits,
        scored.parse,
    ),
    Format(
        "trl_completion",
        "TRL: a prompt and one completion, with a label or without",
        single.NEEDS,
        single.fits,
        single.parse,
    ),
    Format(
        "prompts", "Prompts alone", single.PROMPT_NEEDS, single.fits_prompt, single.parse_prompt
    ),
)


def format_named(name: str) -> Format:
    """Raises: KeyError."""
    for entry in (*FORMATS, *OF_ONE):
        if entry.name == name:
            return entry
    raise KeyError(name)


def detect(row: Mapping[str, Any], formats: Sequence[Format] = FORMATS) -> Format:
    """The format of a file by its first row. Raises: FileError, saying what is missing."""
    for entry in formats:
        if entry.is_of(row):
            return entry
    whole = [entry for entry in formats if len(entry.needs) > 1 and not entry.missing(row)]
    if whole:  # all is there, but something is not as it should be: its own rules say what
        return max(reversed(whole), key=lambda entry: len(entry.needs))
    found = ", ".join(shown(name) for name in list(row)[:12]) or "–"
    nearest = max(FORMATS, key=lambda entry: _likeness(entry, row))
    missing = nearest.missing(row)
    if _likeness(nearest, row) == 0 or not missing:
        raise FileError("No known format has these fields: %(found)s.", {"found": found})
    raise FileError(
        "This looks like “%(label)s”, but it lacks: %(missing)s. Found: %(found)s.",
        {"label": nearest.label, "missing": ", ".join(missing), "found": found},
    )


def _likeness(entry: Format, row: Mapping[str, Any]) -> float:
    return 1 - len(entry.missing(row)) / len(entry.needs)
