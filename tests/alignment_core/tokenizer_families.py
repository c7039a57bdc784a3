"""Tokenizers of the families that are in use, trained here on a few texts."""

from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

from alignment_core.data.chat_template import ensure_chat_template
from alignment_core.models.tiny import train_tokenizer
from tests.alignment_core.small_runs import TEXTS

# With these, tokens are learnt that reach from the mark of a turn into what follows it.
RUN_TOGETHER = [f"assistant:{word}" for word in ("I", "It is", "::", ")", ".", "\n", "thing")] * 200
HEADERS = (
    "{{ bos_token }}{% for m in messages %}<|start|>{{ m['role'] }}<|stop|>\n\n"
    "{{ m['content'] }}<|eot|>{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant<|stop|>\n\n{% endif %}"
)
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
INSTRUCT = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'assistant' %}"
    " {{ m['content'] }} {{ eos_token }}{% else %}[INST] {{ m['content'] }} [/INST]{% endif %}"
    "{% endfor %}"
)
PLAIN = (
    "{% for m in messages %}{{ m['role'] }}:{{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


def byte_level_without_template() -> PreTrainedTokenizerFast:
    """As GPT-2: bytes, no template of its own, no word for padding but the end's."""
    tokenizer = byte_level([], chat_template=None)
    tokenizer.pad_token = tokenizer.eos_token
    ensure_chat_template(tokenizer)
    return tokenizer


def byte_level_with_headers() -> PreTrainedTokenizerFast:
    """As Llama 3: its template writes a beginning, and encoding puts one in front as well."""
    special = ["<|begin|>", "<|start|>", "<|stop|>", "<|eot|>"]
    tokenizer = byte_level(special, chat_template=HEADERS, bos_token="<|begin|>")
    _put_in_front(tokenizer, "<|begin|>")
    return tokenizer


def byte_level_chatml() -> PreTrainedTokenizerFast:
    """As Qwen: a turn ends with another token than a text."""
    return byte_level(["<|im_start|>", "<|im_end|>"], chat_template=CHATML)


def byte_level_plain_words() -> PreTrainedTokenizerFast:
    """A template of plain words, in which merges may cross the boundary."""
    return byte_level([], chat_template=PLAIN)


def unigram_instruct() -> PreTrainedTokenizerFast:
    """As Llama 2 and Mistral: SentencePiece with a space before every text, bytes where needed."""
    return unigram(INSTRUCT)


def unigram_plain_words() -> PreTrainedTokenizerFast:
    """The same under a template of plain words, as Vicuna's."""
    return unigram(PLAIN)


FAMILIES = {
    "ours": lambda: train_tokenizer(TEXTS, vocab_size=400, context=128),
    "bytes, no template": byte_level_without_template,
    "bytes, headers": byte_level_with_headers,
    "bytes, chatml": byte_level_chatml,
    "bytes, plain words": byte_level_plain_words,
    "unigram, instruct": unigram_instruct,
    "unigram, plain words": unigram_plain_words,
}


def byte_level(special: list[str], **settings) -> PreTrainedTokenizerFast:
    model = Tokenizer(models.BPE())
    model.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    model.decoder = decoders.ByteLevel()
    model.train_from_iterator(
        [*TEXTS, *RUN_TOGETHER],
        trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=["<|end|>", *special],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=model,
        eos_token="<|end|>",
        additional_special_tokens=special,
        clean_up_tokenization_spaces=False,
        **settings,
    )


def unigram(chat_template: str) -> PreTrainedTokenizerFast:
    bytes_ = [f"<0x{value:02X}>" for value in range(256)]
    special = ["<unk>", "<s>", "</s>", *bytes_]
    model = Tokenizer(models.Unigram())
    model.normalizer = normalizers.Replace(" ", "▁")
    model.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    model.train_from_iterator(
        [*TEXTS, *RUN_TOGETHER],
        trainers.UnigramTrainer(
            vocab_size=420, special_tokens=special, unk_token="<unk>", show_progress=False
        ),
    )
    pieces = [tuple(piece) for piece in _vocabulary(model)]
    with_bytes = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=True))
    with_bytes.pre_tokenizer = model.pre_tokenizer
    with_bytes.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(content=" ", left=1),
        ]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=with_bytes,
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        chat_template=chat_template,
        clean_up_tokenization_spaces=False,
    )
    _put_in_front(tokenizer, "<s>")
    return tokenizer


def _put_in_front(tokenizer: PreTrainedTokenizerFast, token: str) -> None:
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{token} $A", special_tokens=[(token, tokenizer.convert_tokens_to_ids(token))]
    )


def _vocabulary(model: Tokenizer) -> list:
    import json

    return json.loads(model.to_str())["model"]["vocab"]
