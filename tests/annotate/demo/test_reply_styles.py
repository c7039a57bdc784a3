import pytest

from annotate.demo.replies import LANGUAGES, Style
from annotate.demo.reply_styles import (
    is_composed,
    is_fluent,
    length_of,
    right_on_the_corpus,
    style_of,
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rules_tell_nearly_every_composed_reply(language):
    right = right_on_the_corpus(language)
    assert set(right) == {"is_warm", "is_brief", "is_plain"}
    assert min(right.values()) >= 0.99


@pytest.mark.parametrize(
    ("text", "language", "style"),
    [
        ("I'm sorry, that's bad.", "en", Style(is_warm=True, is_brief=True, is_plain=True)),
        ("It shall be dispatched.", "en", Style(is_warm=False, is_brief=True, is_plain=False)),
        ("No. " * 31, "en", Style(is_warm=False, is_brief=False, is_plain=False)),
        ("真对不起你！", "zh", Style(is_warm=True, is_brief=True, is_plain=True)),
        ("本店将予补发。", "zh", Style(is_warm=False, is_brief=True, is_plain=False)),
        ("你看。" * 16, "zh", Style(is_warm=False, is_brief=False, is_plain=True)),
    ],
)
def test_a_style_is_read_from_words_and_length(text, language, style):
    assert style_of(text, language) == style


def test_the_words_of_a_thing_tell_nothing_of_the_style():
    assert not style_of("行李箱。", "zh").is_plain  # 行 is a word of plain speech by itself


def test_length_counts_words_of_english_and_characters_of_chinese():
    assert length_of("It isn't here.", "en") == 3
    assert length_of("不在。", "zh") == 3


@pytest.mark.parametrize(
    ("text", "language", "fluent", "composed"),
    [
        ("That's all.", "en", True, True),
        ("That's noted. That's all.", "en", True, True),
        ("We've read your order.", "en", True, False),  # known words in a new order
        ("We've read it", "en", False, False),  # no end
        ("We've read the odrer.", "en", False, False),  # no word
        ("", "en", False, False),
        ("没别的了。", "zh", True, True),
        ("别没的了。", "zh", False, False),  # neighbours that never met
    ],
)
def test_fluent_is_whole_sentences_of_known_words(text, language, fluent, composed):
    assert (is_fluent(text, language), is_composed(text, language)) == (fluent, composed)
