"""Our own chat template, for a base that has none."""

from __future__ import annotations

from transformers import PreTrainedTokenizerBase

ROLE_MARKS = ("<|system|>", "<|user|>", "<|assistant|>")

# Plain text marks, as in Tülu: they need no new entry in the vocabulary, so a base keeps its
# embeddings. Content may be a string or a list of text parts.
CHAT_TEMPLATE = """\
{{- bos_token or '' -}}
{%- for message in messages -%}
{{- '<|' + message['role'] + '|>\\n' -}}
{%- if message['content'] is string -%}
{{- message['content'] -}}
{%- else -%}
{%- for part in message['content'] -%}{{- part['text'] -}}{%- endfor -%}
{%- endif -%}
{%- if message['role'] == 'assistant' -%}{{- eos_token -}}{%- endif -%}
{{- '\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|assistant|>\\n' -}}{%- endif -%}
"""


def ensure_chat_template(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Give the tokenizer our template if it has none; true if it was given."""
    if tokenizer.chat_template:
        return False
    tokenizer.chat_template = CHAT_TEMPLATE
    return True
