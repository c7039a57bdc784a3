"""Every key that the agreement library may return has words on the page."""

import numpy as np
import pytest
from django.utils.translation import override

from alignment_core.agreement import JudgementTable, agreement_report
from alignment_core.agreement.figures.figure import (
    CAUTIONS,
    INTERVAL_UNDEFINED_REASONS,
    METHODS,
    UNDEFINED_REASONS,
)
from alignment_core.agreement.reading import READING_KEYS
from annotate.agreement import words as words
from annotate.agreement.plain_text import coefficient, percent, points, redundancy, shown


def test_no_reason_method_or_source_is_without_words():
    assert set(words.UNDEFINED) == set(UNDEFINED_REASONS)
    assert set(words.INTERVAL_UNDEFINED) == set(INTERVAL_UNDEFINED_REASONS)
    assert set(words.METHODS) == set(METHODS)
    assert set(words.CAUTIONS) == set(CAUTIONS)
    assert set(words.SOURCES) == set(READING_KEYS)
    assert set(words.LIMITS) == {f"limits_{source}" for source in READING_KEYS}


def test_no_reading_is_without_a_word_and_a_tone():
    keys = {key for bands in READING_KEYS.values() for key in bands}
    assert set(words.READINGS) == keys
    assert set(words.TONES) == keys
    assert set(words.TONES.values()) <= {"good", "fair", "poor"}


def test_every_figure_of_the_report_has_a_name():
    report = agreement_report(JudgementTable.from_arrays([1, 1, 2, 2], [1, 2, 1, 2], list("abab")))
    others = {"cohen_kappa", "reliability", "position", "length", "haste", "drift"}
    assert set(words.FIGURES) == {*report["figures"], *others}


@pytest.mark.parametrize(
    ("value", "text"), [(0.877359, "0.88"), (-0.136, "\u22120.14"), (-0.001, "0.00"), (1.0, "1.00")]
)
def test_coefficients_are_rounded_not_cut(value, text):
    assert coefficient(value) == text


@pytest.mark.parametrize(
    ("difference", "text"),
    [(0.0312, "+3.1 points"), (-0.2, "\u221220.0 points"), (-0.0001, "0.0 points")],
)
def test_differences_carry_their_sign(difference, text):
    assert points(difference) == text


def test_shares_are_rounded_not_cut():
    assert percent(0.929615) == "93.0 %"
    assert percent(0.95, decimals=0) == "95 %"


def figure(**changes):
    rng = np.random.default_rng(0)
    table = JudgementTable.from_arrays(
        np.repeat(np.arange(40), 2), np.tile([1, 2], 40), rng.integers(0, 2, 80)
    )
    return agreement_report(table)["figures"]["fleiss_kappa"] | changes


def test_a_figure_names_what_else_its_interval_allows():
    reading = figure()["reading"]
    assert reading["low_key"] != reading["high_key"]
    with override("en"):
        word = shown("fleiss_kappa", figure()).word
    assert str(words.READINGS[reading["low_key"]]) in word
    assert str(words.READINGS[reading["high_key"]]) in word


def test_an_interval_of_few_prompts_is_shown_with_its_caution():
    with override("en"):
        assert str(shown("fleiss_kappa", figure()).caution) == ""
        rough = shown("fleiss_kappa", figure(caution="few_prompts"))
        assert "fewer than 20 prompts" in str(rough.caution)


def test_a_value_without_interval_says_why_though_nothing_is_read_into_it():
    bare = figure(low=None, high=None, interval_undefined="one_cluster", reading=None)
    assert shown("position", bare).word == str(words.INTERVAL_UNDEFINED["one_cluster"])


def test_an_undefined_figure_has_a_reason_and_neither_value_nor_word():
    bare = figure(value=None, low=None, high=None, undefined="one_category", reading=None)
    seen = shown("fleiss_kappa", bare)
    assert (seen.value, seen.low, seen.word, seen.tone) == ("", "", "", "")
    assert seen.undefined == words.UNDEFINED["one_category"]


def test_what_cannot_be_put_right_is_said_and_what_depends_on_nothing_is_not():
    found = {"depends_on_votes": True, "m": 1, "is_corrected": False, "order": None}
    assert "bends every figure" in redundancy(found)
    by_time = found | {"m": 2, "is_corrected": True, "order": "time", "n_left_out": 1}
    assert redundancy(by_time).endswith("1 later one is left out of them.")
    assert redundancy({"depends_on_votes": False}) == ""
