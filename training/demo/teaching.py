"""How a small model of the customer replies was made; `manage.py teach_reply_model` does it anew.

The weights ship, so that the first start need not spend minutes on what comes out alike each time.
"""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from pathlib import Path
from random import Random
from typing import Any

from alignment_core.canonical import canonical_json
from annotate.demo.replies import SLOT, corpus
from training.errors import BaseRefused
from training.execution.child import Child, Ending

SIZES = {"vocab_size": 1024, "hidden_size": 96, "n_layers": 2, "n_heads": 4, "context": 256}
TEACHING: dict[str, Any] = {
    "epochs": 4,
    "batch_size": 8,
    "learning_rate": 2.5e-3,
    "max_length": 224,
    "final_dtype": "float16",
    "eval_every_steps": 0,
    "n_sample_prompts": 0,
    "seed": 0,
}
STYLE_WORDS = {
    "en": (("warm", "cold"), ("brief", "long"), ("plain", "formal")),
    "zh": (("热情", "冷淡"), ("简短", "详细"), ("随意", "正式")),
}
COMMA = {"en": ", ", "zh": "、"}
THING_WEIGHT = 20  # as often as some word, so that it becomes one


def teach(language: str, directory: Path) -> None:
    """Leave the model of a language in a new directory, beside what it came from while it is made.

    Raises: BaseRefused, in the child's own sentence.
    """
    scratch = directory.with_name(f"{directory.name}.making")
    run = scratch / "run"
    run.mkdir(mode=0o700, parents=True)
    words, replies, base = scratch / "words.txt", scratch / "replies.jsonl", scratch / "base"
    _write(words, word_lines(language))
    _write(replies, reply_lines(language))
    flags = [f"--{key.replace('_', '-')}={value}" for key, value in SIZES.items()]
    _finish(Child("make_tiny_checkpoint", scratch, f"--data={words}", f"--output={base}", *flags))
    config = {
        "schema": 1,
        "task": "train",
        "method": "sft",
        "base": str(base),
        "train_data": str(replies),
        "settings": TEACHING,
    }
    (run / "config.json").write_text(canonical_json(config) + "\n")
    _finish(Child("train", run))
    (run / "final" / "README.md").unlink()  # its card names directories of this machine
    (run / "final").rename(directory)
    shutil.rmtree(scratch)


def word_lines(language: str) -> Iterator[str]:
    """What its words are learnt from: every sentence, and the things that are asked about alone.

    So a thing is a word of its own in a question that was never met, too.
    """
    of = corpus(language)
    yield from of.sentences()
    for question in of.asked():
        yield from filter(None, map(str.strip, question.split(SLOT)))
    for pair in STYLE_WORDS[language]:
        yield from pair
    for thing in of.things:
        yield from [f" {thing}" if language == "en" else thing] * THING_WEIGHT


def reply_lines(language: str) -> Iterator[str]:
    """What it is taught, two lines a reply; none about a question that is held out.

    In the second the question says how it wants to be answered, in one to three of the words of
    `STYLE_WORDS`. So warm openings, which share no word, become one thing to the model, which a
    few votes can then move; nobody names a style to it afterwards.
    """
    random = Random(language)
    for reply in corpus(language).all_replies(held_out=False):
        question = reply.question.text
        words = [
            pair[not is_so]
            for pair, is_so in zip(STYLE_WORDS[language], astuple(reply.style), strict=True)
        ]
        named = [word for word in words if random.random() < 0.5] or [random.choice(words)]
        for prompt in (question, f"{COMMA[language].join(named)}: {question}"):
            yield canonical_json({"prompt": prompt, "completion": reply.text})


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _finish(child: Child) -> None:
    with child:
        while child.is_running():
            child.wait(1.0)
    if child.ending is not Ending.DONE:
        raise BaseRefused(child.reason(), field="directory", value=str(child.log.parent))
