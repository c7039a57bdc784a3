"""The day that a template which reads the clock is told: the same for all that a model reads.

Some templates write today's date into every prompt. Were it the clock's, training would learn one
prompt and another the next day, and a run that goes on then would not be the run that began. So the
day is fixed where a run begins, and kept beside the tokenizer with whatever is trained.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from transformers import PreTrainedTokenizerBase

from alignment_core.errors import LoadingError

CLOCK = "strftime_now"  # what a template calls to be told the time
KEPT_AS = "template_date"  # in tokenizer_config.json
DIRECTIVES = "aAbBcCdDeFgGhHIjmMnpRrStTuUVwWxXyYZ"  # of strftime; "-" before one drops its zero
# A template is given no functions, so this stands in front of it and does the clock's work, from
# what each directive means on the day. Its last line break is not written.
FIXED_CLOCK = """\
{%- macro strftime_now(format) -%}
{%- for part in format.replace('%%', '\\0').split('%') -%}
{%- if loop.first -%}
{{- part.replace('\\0', '%') -}}
{%- else -%}
{%- set n = 2 if part[0] == '-' else 1 -%}
{{- directives_of_day.get(part[:n], '%' ~ part[:n]) -}}{{- part[n:].replace('\\0', '%') -}}
{%- endif -%}
{%- endfor -%}
{%- endmacro %}
"""


def reads_clock(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether the chat template may write the date into a chat."""
    return CLOCK in str(tokenizer.chat_template)


def keep_date(tokenizer: PreTrainedTokenizerBase, day: date) -> None:
    """Keep the day with a tokenizer whose template reads the clock, wherever it is saved to."""
    if reads_clock(tokenizer):
        tokenizer.init_kwargs[KEPT_AS] = day.isoformat()


def kept_date(tokenizer: PreTrainedTokenizerBase) -> date | None:
    """The day that was fixed for this tokenizer. Raises: LoadingError if it is none."""
    kept = tokenizer.init_kwargs.get(KEPT_AS)
    if kept is None:
        return None
    try:
        return date.fromisoformat(kept)
    except (TypeError, ValueError) as error:
        raise LoadingError(
            f"{KEPT_AS} in tokenizer_config.json must be a day such as 2026-05-31, not {kept!r}",
            field=KEPT_AS,
            value=kept,
        ) from error


def with_fixed_clock(template: str, day: date) -> tuple[str, dict[str, Any]]:
    """The template with a clock that stands still, and what it must be given."""
    directives = {
        name: day.strftime(f"%{name}") for letter in DIRECTIVES for name in (letter, f"-{letter}")
    }
    return FIXED_CLOCK + template, {"directives_of_day": directives}
