from annotate.listing.searched_words import (
    MOST_BYTES,
    TAG,
    as_stored,
    asked_words,
    mark_of,
    words_of,
)


def test_words_are_levelled_and_cut_at_what_is_neither_letter_nor_digit():
    assert list(words_of("Café-Crème, ２0 %")) == ["cafe", "creme", "20"]


def test_scripts_without_spaces_give_each_pair_and_the_last_character():
    assert list(words_of("AI模型好")) == ["ai", "模型", "型好", "好"]
    assert list(words_of("好")) == ["好"]


def test_a_word_that_is_asked_for_may_go_on_and_a_pair_may_not():
    assert asked_words("Refund 退款流程") == [
        ("refund", True),
        ("退款", False),
        ("款流", False),
        ("流程", False),
    ]
    assert asked_words("好") == [("好", True)]
    assert asked_words("!?") == []


def test_no_text_can_hold_the_mark_of_a_tag():
    mark = mark_of(TAG, "a b")
    assert mark.startswith("ⓣ")
    assert next(iter(words_of(mark))).startswith("t")


def test_very_long_texts_are_cut_and_keep_their_marks():
    text = " ".join(f"w{n:07d}" for n in range(100_000))
    stored = as_stored([text], ["ⓣmark"])
    assert stored.startswith("ⓣmark ")
    assert len(stored.replace(" ", "")) <= MOST_BYTES + len("ⓣmark")
