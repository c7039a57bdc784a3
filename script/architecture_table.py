#!/usr/bin/env python3
"""Writes docs/methods/architectures.md: how each architecture that is tested goes through Accord.

    python script/architecture_table.py [--check]

Every architecture of `tests/alignment_core/architectures.py` is built tiny, saved, loaded as a base
is and tried out. `--check` writes nothing: exit code 1 says that the page is not what comes out.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch

from alignment_core.errors import LoadingError
from alignment_core.forward.choice import ForwardChoice, choose_forward
from alignment_core.models.loading import load_policy
from alignment_core.sampling.reading_trial import choose_reading
from alignment_core.sampling.row_reading import KEPT, ReadingChoice
from tests.alignment_core.architectures import ARCHITECTURES, Architecture, write_tiny_base

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "methods" / "architectures.md"
BEFORE = """# Architectures

How each architecture that is tested goes through Accord, as its trial finds when it is loaded (see
[speed](speed.md)). Every one is built tiny, saved, loaded through Accord's own loader and trained
for two steps by SFT, DPO, GRPO and as a reward model. Losses and whole gradients are those of plain
transformers {version} in float64, one row at a time, within 1e-5 of the norm; every sample is the
one that it draws alone (`tests/alignment_core/test_architectures.py`). Other types are tried in the
same way when they are loaded: what is not on this page is not refused for that.

*Packed*: rows without padding that share their prompts. *Padded*: one row a sequence. *Cache*: keys
and values of what was read are kept while sampling; else all is read again for each token. The
table is written by `script/architecture_table.py`.

| type | kind | sequences | sampling | why not faster |
|---|---|---|---|---|
"""


def main() -> int:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; 1 if it is not current"
    )
    check = parser.parse_args().check
    page = whole_page()
    if not check:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == page:
        return 0
    print(f"{PAGE.relative_to(ROOT)} is not current: run python script/architecture_table.py")
    return 1


def whole_page() -> str:
    """What the page must say."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        rows = [
            row_of(one, write_tiny_base(one, Path(scratch) / one.name)) for one in ARCHITECTURES
        ]
    return BEFORE.format(version=version("transformers")) + "".join(rows)


def row_of(architecture: Architecture, base: Path) -> str:
    """One line of the table."""
    cells = [f"`{architecture.name}`", architecture.kind]
    try:
        policy = load_policy(base, device=torch.device("cpu"))
        forward, reading = choose_forward(policy, dtype="float32"), choose_reading(policy)
    except LoadingError as error:
        cells += ["refused", "refused", str(error)]
    else:
        cells += [in_words(forward), sampled_in_words(reading), why(forward, reading)]
    return "| " + " | ".join(cells) + " |\n"


def in_words(choice: ForwardChoice) -> str:
    """How sequences go through the model."""
    words = [choice.layout]
    if choice.rows != "together":
        words.append(f"padded rows {choice.rows}")
    if choice.switches:
        words.append("on one side of its switch of factors")
    return ", ".join(words)


def sampled_in_words(choice: ReadingChoice) -> str:
    """How it is sampled."""
    cache = "cache" if choice.cache == KEPT else "read again"
    return cache if choice.rows == "together" else f"{cache}, rows {choice.rows}"


def why(forward: ForwardChoice, reading: ReadingChoice) -> str:
    """The reasons in a few words; figures of a trial differ from machine to machine."""
    reasons = []
    if "look its attention up by name" in forward.reason:
        reasons.append("has an attention of its own")
    elif forward.layout == "padded":
        reasons.append("packed rows are not what each is alone")
    if "changes its head's logits" in forward.reason:
        reasons.append("changes its head's logits, so the head is not fused")
    if reading.cache != KEPT:
        reasons.append("keeps more than keys and values")
    if reading.rows != "together":
        reasons.append("reads padding on the left as text")
    return "; ".join(reasons)


if __name__ == "__main__":
    sys.exit(main())
