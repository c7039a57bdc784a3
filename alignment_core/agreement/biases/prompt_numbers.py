"""Which comparisons belong together, as people judge those of a prompt alike."""

import numpy as np

from alignment_core.agreement.tables.columns import IntArray
from alignment_core.agreement.tables.table import JudgementTable


def prompt_of_each(table: JudgementTable) -> IntArray:
    """For each comparison the number of its prompt, or its own."""
    if table.prompts is None:
        return np.arange(len(table.comparisons))
    _, prompt = np.unique(table.prompts, return_inverse=True)
    return prompt.astype(np.int64)
