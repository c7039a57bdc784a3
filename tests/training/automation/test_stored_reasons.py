"""What a worker wrote down, read in another language."""

import pytest
from django.utils import translation

from training.automation.stored_reasons import in_readers_language

NO_CHAMPION = "There is no champion yet: nothing to compare with."


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("", ""),
        (NO_CHAMPION, "还没有冠军：无从比较。"),
        (f"Step 5 (compare): {NO_CHAMPION}", "第 5 步（比较）：还没有冠军：无从比较。"),
        ("Step 2 (DPO): out of memory\nat step 3", "第 2 步（DPO）：out of memory\nat step 3"),
        ("out of memory", "out of memory"),
    ],
)
def test_a_stored_reason_is_told_in_the_readers_language(reason, said):
    assert in_readers_language(reason) == reason  # in English as it was written
    with translation.override("zh-hans"):
        assert in_readers_language(reason) == said
        assert in_readers_language(said) == said  # told once more, it is the same
