"""What the library says of files and their rows, in the reader's language; it speaks English."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from alignment_core.formats.checks import FileError, RowError, legible
from alignment_core.formats.column_meanings import check, renamed
from alignment_core.formats.csv_rows import DELIMITERS as DELIMITERS
from alignment_core.formats.csv_rows import QUOTES as QUOTES
from alignment_core.formats.encodings import ENCODINGS as ENCODINGS
from alignment_core.formats.known import AUTO, FORMATS, OF_ONE, Format
from alignment_core.formats.known import format_named as known_format
from alignment_core.formats.readers import Found, Row, Wording, open_rows
from annotate.errors import InvalidInput
from annotate.text.free_text import refuse_unstorable

OF_ROWS = (
    gettext_noop(
        "%(kind)s needs the package %(package)s, which is not installed. Install it, or "
        "save the file as JSON Lines."
    ),
    gettext_noop("A completion with a weight of 0 is not learnt."),
    gettext_noop("A label is of the last answer alone."),
    gettext_noop("An empty answer is not ranked."),
    gettext_noop("There should be one number for each of the %(n)s completions."),
    gettext_noop("There should be three to nine completions here, to be ranked."),
    gettext_noop("This should be a text, or an object with a text."),
    gettext_noop("Two of these completions are the same text."),
    gettext_noop("A quote is opened in this row and never closed."),
    gettext_noop("Both completions are the same text."),
    gettext_noop(
        "Chosen and rejected answer different conversations: they part before their last "
        "answers. Keep the turns up to the first answers that differ."
    ),
    gettext_noop("It cannot be read: %(reason)s"),
    gettext_noop("More than one of these has won."),
    gettext_noop("No column can be this: %(name)s."),
    gettext_noop("No known format has these fields: %(found)s."),
    gettext_noop(
        "No other row answers this prompt, and people compare two answers. Add another "
        "answer to it. To train on single answers, no import is needed: KTO and SFT read "
        "this file."
    ),
    gettext_noop("No strengths of these votes have this mean."),
    gettext_noop("No two of these fields hold the answers. Call them answer1 and answer2."),
    gettext_noop("None of these fields holds the prompt. Call it prompt."),
    gettext_noop("Not JSON from here on: %(reason)s."),
    gettext_noop("Not UTF-8."),
    gettext_noop("Nothing after it was read."),
    gettext_noop("One column cannot be two things."),
    gettext_noop("Only parts of type text can be imported."),
    gettext_noop("Only what the assistant says can have weight 1."),
    gettext_noop("Roles must alternate: user, assistant, user, and so on."),
    gettext_noop("Say which column holds the votes of the annotators."),
    gettext_noop(
        "Say which column is the prompt, and either which are the better and the worse "
        "answer or which are the first and the second."
    ),
    gettext_noop("The chosen completion has the lower score."),
    gettext_noop("The completion must be the assistant's."),
    gettext_noop("The conversation must end with the user's turn."),
    gettext_noop("The file holds a second list of rows beside the first."),
    gettext_noop("The file is empty."),
    gettext_noop("The header can be divided by any of these: %(marks)s. Say which of them it is."),
    gettext_noop("The header cannot be read: %(reason)s"),
    gettext_noop("The header is not UTF-8."),
    gettext_noop("The header names “%(name)s” twice. Give each column a name of its own."),
    gettext_noop("The transcript must end with an answer."),
    gettext_noop("The votes do not give this share."),
    gettext_noop(
        "There are too many single answers here to find which belong together. Put two "
        "answers to each prompt in one row, or import the file in parts."
    ),
    gettext_noop("There should be as many answers as there are questions."),
    gettext_noop("There should be two texts here, and two scores."),
    gettext_noop("These are more votes than there are in all."),
    gettext_noop("They have voted already."),
    gettext_noop("This Excel or ZIP file is broken: %(reason)s"),
    gettext_noop(
        "This ZIP holds %(n)d files. Pack the one that is to be imported, or import it "
        "unpacked. Found: %(names)s."
    ),
    gettext_noop(
        "This changes what an answer means, and cannot be shown to annotators yet. Leave "
        "the row out, or the field where it does not matter."
    ),
    gettext_noop("This choice is not known; use 0 (tie), 1 or 2."),
    gettext_noop("This choice is not known; use a side, tie or both_bad."),
    gettext_noop("This choice is not known; use a, b, tie or both_bad."),
    gettext_noop("This delimiter is not known: %(name)s."),
    gettext_noop("This encoding is not known: %(name)s."),
    gettext_noop("This entry is not a JSON object."),
    gettext_noop("This field is missing."),
    gettext_noop("This field stands twice in the row."),
    gettext_noop(
        "This file unpacks to more than %(n)d MiB, which is too much for its size. Unpack "
        "it, and import what is in it in parts."
    ),
    gettext_noop(
        "This is a %(name)s archive. Unpack it, and import the file in it, which may be "
        "packed as .gz or .zip."
    ),
    gettext_noop(
        "This is a prompt without answers, and people compare two. Have two models answer "
        "it, or one model twice, and import the prompt with both answers."
    ),
    gettext_noop("This is another verdict beside gold_verdict, or empty."),
    gettext_noop("This is longer than %(n)d characters."),
    gettext_noop("This is no id of an export; leave it empty."),
    gettext_noop("This is not JSON: %(reason)s"),
    gettext_noop("This is not a transcript that begins with “Human:”."),
    gettext_noop("This is not text but %(name)s. Save it as CSV or JSON Lines in UTF-8."),
    gettext_noop("This is not what most of the votes say."),
    gettext_noop("This kind is not known; use person, imported, simulated or model."),
    gettext_noop("This label is not known; use true or false."),
    gettext_noop("This line is not a JSON object."),
    gettext_noop("This line is not one whole JSON object: %(reason)s"),
    gettext_noop("This looks like “%(label)s”, but it lacks: %(missing)s. Found: %(found)s."),
    gettext_noop("This role is not known."),
    gettext_noop("This row cannot be read: %(reason)s"),
    gettext_noop("This row follows a quote left open."),
    gettext_noop("This row has %(found)d cells, but the header has %(wanted)d."),
    gettext_noop("This row is longer than %(n)d MiB."),
    gettext_noop("This row is nested too deeply."),
    gettext_noop("This row is not CSV: %(reason)s"),
    gettext_noop("This should be a list of one message."),
    gettext_noop("This should be a list of texts."),
    gettext_noop("This should be a list of two completions."),
    gettext_noop("This should be a list of votes."),
    gettext_noop("This should be a list."),
    gettext_noop("This should be a message with role and content."),
    gettext_noop("This should be a number from %(low)s to %(high)s."),
    gettext_noop("This should be a number."),
    gettext_noop("This should be a question and its answer."),
    gettext_noop("This should be a text or a list of messages."),
    gettext_noop("This should be a text."),
    gettext_noop("This should be a time with its zone."),
    gettext_noop("This should be a vote with annotator and choice."),
    gettext_noop("This should be a whole number."),
    gettext_noop("This should be an object with fields of its own."),
    gettext_noop("This should be an object."),
    gettext_noop("This should be preference, tie or both_bad."),
    gettext_noop("This should be true or false."),
    gettext_noop("This should be votes, posterior, adjudication, triage or cohorts."),
    gettext_noop(
        "An edited answer belongs to somebody's judgement: export the judgements, or the "
        "preferences without edits."
    ),
    gettext_noop("This text contains a NUL character."),
    gettext_noop("This text contains half of a surrogate pair."),
    gettext_noop("This text is empty."),
    gettext_noop("This text is not UTF-8."),
    gettext_noop("This verdict is not known."),
    gettext_noop("This verdict is not known; use first, second, tie or both_bad."),
    gettext_noop("This weight is not known; use 0 or 1."),
    gettext_noop("This winner is not known; use model_a, model_b, tie."),
    gettext_noop(
        "This workbook has %(n)d sheets with cells in them: %(names)s. Keep the one that "
        "is to be imported."
    ),
    gettext_noop("This workbook unpacks to more than a workbook of its size can hold."),
    gettext_noop("Which answer is better is said twice. Name either columns or votes."),
)
OF_FORMATS = (
    gettext_noop("A prompt and three to nine completions, with ranks or scores"),
    gettext_noop("UltraFeedback: an instruction and several rated completions"),
    gettext_noop("Accord's judgements (JSON Lines)"),
    gettext_noop("Accord's judgements (CSV or Parquet)"),
    gettext_noop("Accord's preference records (JSON Lines)"),
    gettext_noop("Accord's preference records (CSV or Parquet)"),
    gettext_noop("Votes: a prompt, two responses and a list of votes"),
    gettext_noop("Votes, one a row (CSV)"),
    gettext_noop("Label Studio: tasks with pairwise annotations"),
    gettext_noop("Argilla: records with responses"),
    gettext_noop("LMArena: a prompt, two responses and a winner"),
    gettext_noop("LMArena: two conversations and a winner"),
    gettext_noop("A prompt and two completions"),
    gettext_noop("A prompt and two completions, in columns of their own"),
    gettext_noop("LLaMA-Factory: an instruction with chosen and rejected texts"),
    gettext_noop("LLaMA-Factory: conversations or messages with a chosen and a rejected message"),
    gettext_noop("LLaMA-Factory: chosen_messages and rejected_messages"),
    gettext_noop("Two transcripts with their scores"),
    gettext_noop("OpenAI: an input with a preferred and a non-preferred output"),
    gettext_noop("TRL, conversational, with the prompt inside chosen and rejected"),
    gettext_noop("TRL, conversational, with a prompt"),
    gettext_noop("Anthropic HH: two whole transcripts"),
    gettext_noop("A prompt with chosen and rejected texts (TRL standard, CSV)"),
    gettext_noop("LLaMA-Factory: an instruction and its output"),
    gettext_noop("Whole conversations, as OpenAI and LLaMA-Factory have them"),
    gettext_noop("Whole conversations, as ShareGPT has them"),
    gettext_noop("One transcript with its score"),
    gettext_noop("TRL: a prompt and one completion, with a label or without"),
    gettext_noop("Prompts alone"),
)


COLUMN_WORDS = {
    "prompt": gettext_lazy("Prompt"),
    "chosen": gettext_lazy("Better answer"),
    "rejected": gettext_lazy("Worse answer"),
    "response_a": gettext_lazy("First answer"),
    "response_b": gettext_lazy("Second answer"),
    "winner": gettext_lazy("Which is better"),
    "annotator": gettext_lazy("Who said so"),
    "model_a": gettext_lazy("Model of the first or better answer"),
    "model_b": gettext_lazy("Model of the second or worse answer"),
    "id": gettext_lazy("Id"),
    "language": gettext_lazy("Language"),
    "tags": gettext_lazy("Tags"),
}


def in_words(error: RowError) -> str:
    """What is wrong, in the language of whoever reads it."""
    said = " ".join(
        gettext(sentence) % {name: _part(part) for name, part in parts.items()}
        if parts
        else gettext(sentence)
        for sentence, parts in error.sentences
    )
    return legible(said)


def _part(part: object) -> object:
    return gettext(part) if isinstance(part, str) and part in OF_FORMATS else part


def format_choices() -> list[tuple[str, str | Promise]]:
    """The formats of two completions, which people can compare, and of one, which may be paired."""
    choices: list[tuple[str, str | Promise]] = [(AUTO, gettext_lazy("Find out by itself"))]
    return choices + [(entry.name, gettext_lazy(entry.label)) for entry in (*FORMATS, *OF_ONE)]


def format_named(name: str) -> Format:
    """Raises: InvalidInput."""
    try:
        return known_format(name)
    except KeyError as error:
        raise InvalidInput(
            gettext("This format is not known."), field="format", value=name
        ) from error


@dataclass(frozen=True)
class Reading:
    """How a file is to be read, as far as somebody has said it.

    `wording`: its encoding, delimiter and quotes; `columns`: what each is, where the names differ.
    """

    wording: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)


AS_FOUND = Reading()


def rows_of(file: IO[bytes], reading: Reading = AS_FOUND) -> Iterator[Row]:
    """The rows of a file. Raises: InvalidInput if it is none that can be read."""
    return found_in(file, reading)[1]


def found_in(file: IO[bytes], reading: Reading = AS_FOUND) -> tuple[Found, Iterator[Row]]:
    """What a file is, and its rows, with the names of their columns as a format has them.

    Raises: InvalidInput if it cannot be read, or read so.
    """
    try:
        found, rows = open_rows(file, Wording(**reading.wording))
    except FileError as error:
        raise InvalidInput(in_words(error), field=error.field) from error
    return found, renamed(rows, reading.columns) if reading.columns else rows


def check_columns(columns: Mapping[str, str]) -> None:
    """Raises: InvalidInput for columns that make no pair of answers, or cannot be kept."""
    refuse_unstorable(dict(columns), field="columns")
    said = wrong_with(columns)
    if said:
        raise InvalidInput(said, field="columns", value=columns)


def wrong_with(columns: Mapping[str, str]) -> str:
    """Why columns make no pair of answers; nothing if they do."""
    try:
        check(columns)
    except FileError as error:
        return in_words(error)
    return ""
