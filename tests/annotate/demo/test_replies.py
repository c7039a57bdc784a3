from collections import Counter

import pytest

from annotate.demo.replies import LANGUAGES, REPLIES_A_STYLE, STYLES, corpus, sentences_of
from annotate.demo.reply_pairs import DIFFERENCES, reply_comparisons
from annotate.demo.reply_styles import is_composed, style_of

pytestmark = pytest.mark.parametrize("language", LANGUAGES)


def test_there_are_a_hundred_questions_and_ten_are_held_out(language):
    kept, held_out = (corpus(language).questions(held_out=side) for side in (False, True))
    assert (len(kept), len(held_out)) == (90, 10)
    assert len({question.text for question in [*kept, *held_out]}) == 100
    for part in ("matter", "thing"):  # each is met while learning, and never both together
        assert len({getattr(question, part) for question in held_out}) == 10
        assert len({getattr(question, part) for question in kept}) == 10


def test_each_question_is_answered_differently_in_every_style(language):
    replies = list(corpus(language).all_replies(held_out=False))
    assert len(replies) == 90 * 8 * REPLIES_A_STYLE
    assert len({(reply.question, reply.text) for reply in replies}) == len(replies)
    assert Counter(reply.style for reply in replies) == dict.fromkeys(STYLES, 90 * REPLIES_A_STYLE)
    for reply in replies:
        answers = corpus(language).answers(reply.question)
        assert sum(sentence in answers for sentence in sentences_of(reply.text)) == 1


def test_a_reply_is_composed_of_whole_sentences(language):
    for sentence in corpus(language).sentences():
        assert sentences_of(sentence) == [sentence]
    for reply in corpus(language).all_replies(held_out=True):
        assert is_composed(reply.text, language)
        assert len(sentences_of(reply.text)) == (2 if reply.style.is_brief else 5)


def test_pairs_differ_in_every_way_equally_often_and_never_ask_what_is_held_out(language):
    rows = list(reply_comparisons(language))
    asked = {row.messages[0]["content"] for row in rows}
    assert asked == {question.text for question in corpus(language).questions(held_out=False)}
    ways = Counter()
    for row in rows:
        first, second = style_of(row.first_text, language), style_of(row.second_text, language)
        ways[
            first.is_warm != second.is_warm,
            first.is_brief != second.is_brief,
            first.is_plain != second.is_plain,
        ] += 1
    assert len(rows) == 540
    assert len(ways) == len(DIFFERENCES) == 7
    assert all(74 <= n <= 80 for n in ways.values())  # 540 / 7, and the rules miss one in 500


def test_the_same_rows_come_each_time(language):
    assert list(reply_comparisons(language)) == list(reply_comparisons(language))
