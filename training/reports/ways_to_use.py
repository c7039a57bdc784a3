"""A checkpoint outside: the commands that fetch it, serve it, convert it and talk to it."""

import shlex
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.models import Checkpoint, CheckpointKind
from training.reports.checkpoint_archive import api_archive_top


@dataclass(frozen=True, kw_only=True)
class Way:
    name: str  # of the element on the page
    title: str | Promise
    sentence: str | Promise
    command: str


def ways_to_use(checkpoint: Checkpoint, *, address: str) -> list[Way]:
    """Fetching first; then what the kind of model is good for.

    Args:
        address: of its archive in the API.
    """
    top = api_archive_top(checkpoint)
    fetch = Way(
        name="fetch",
        title=_("Fetch it"),
        sentence=_("The token is made on the page of your account."),
        command=(f'curl -H "Authorization: Token $ACCORD_TOKEN" {shlex.quote(address)} | tar -x'),
    )
    if checkpoint.lies_over is not None:
        return [fetch]
    if checkpoint.kind == CheckpointKind.REWARD_MODEL:
        return [fetch, _score(top)]
    return [fetch, *_write(top)]


def _write(top: str) -> list[Way]:
    return [
        Way(
            name="serve",
            title=_("Serve it with vLLM"),
            sentence=_("It answers like OpenAI’s API, at port 8000."),
            command=f"vllm serve ./{top} --served-model-name accord",
        ),
        Way(
            name="convert",
            title=_("Convert it for llama.cpp"),
            sentence=_(
                "In a checkout of llama.cpp; the file runs on small machines, too. It refuses "
                "tokenizers of no published family, such as that of a tiny base made here."
            ),
            command=f"python convert_hf_to_gguf.py ../{top} --outfile {top}.gguf",
        ),
        Way(
            name="talk",
            title=_("Talk to it"),
            sentence=_("With this library alone, a line at a time."),
            command=f"accord-align chat ./{top}",
        ),
    ]


def _score(top: str) -> Way:
    lines = (
        "from transformers import AutoModelForSequenceClassification, AutoTokenizer",
        f'model = AutoModelForSequenceClassification.from_pretrained("{top}")',
        f'tokenizer = AutoTokenizer.from_pretrained("{top}")',
        'chat = [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]',
        "text = tokenizer.apply_chat_template(chat, tokenize=False)",
        'read = tokenizer(text, add_special_tokens=False, return_tensors="pt")',
        "print(model(**read).logits.item())",
    )
    return Way(
        name="score",
        title=_("Score with it"),
        sentence=_("In Python, with transformers."),
        command="\n".join(lines),
    )
