"""Models beside one another: by hand, and every reason why they cannot be rated."""

import json
import math

import numpy as np
import pytest

from alignment_core.agreement import JudgementTable, Matches, Origins, rate_models, rated_models
from alignment_core.agreement.further import origins as origins_module
from alignment_core.agreement.further import rated_models as rated_models_module

VERDICTS = ("first", "second", "tie", "both_bad")


def table_of(*verdicts, prompt=None):
    """One judgement of each comparison, each of a prompt of its own unless prompts are given."""
    n = len(verdicts)
    prompt = range(n) if prompt is None else prompt
    return JudgementTable.from_arrays(
        range(n), ["ann"] * n, verdicts, categories=VERDICTS, prompt=list(prompt)
    )


def origins_of(*pairs, **lengths):
    names = sorted({name for pair in pairs for name in pair if name})
    places = [[names.index(name) if name else -1 for name in pair] for pair in pairs]
    first, second = np.array(places, dtype=np.int64).reshape(-1, 2).T
    return Origins(names, first, second, **lengths)


def by_name(section):
    return {entry["model"]: entry for entry in section["models"]}


def test_two_models_by_hand():
    # 3 wins to 1, so β = ± ½ ln 3; the error of β_a - β_b is 4/3 (see test_rating.py)
    section = rated_models(
        table_of("first", "second", "first", "second"),
        origins_of("ab", "ba", "ab", "ab"),
    )
    assert json.loads(json.dumps(section, allow_nan=False)) == section
    a, b = by_name(section)["a"], by_name(section)["b"]
    assert (a["n_wins"], a["n_ties"], a["n_losses"], a["n_opponents"]) == (3, 0, 1, 1)
    assert (b["n_wins"], b["n_losses"]) == (1, 3)
    half = 3.182446 * (4 / 3) / 2
    assert a["strength"]["value"] == pytest.approx(math.log(3) / 2)
    assert a["strength"]["low"] == pytest.approx(math.log(3) / 2 - half, abs=1e-5)
    assert a["strength"]["reading"]["key"] == "rating_none_shown"
    assert (a["strength"]["n_judgements"], a["strength"]["caution"]) == (4, "few_prompts")
    assert b["strength"]["value"] == pytest.approx(-a["strength"]["value"])
    assert a["share_of_decided"]["value"] == 0.75
    (pair,) = section["pairs"]
    assert (pair["first"], pair["second"], pair["n_wins"], pair["n_losses"]) == ("a", "b", 3, 1)
    assert pair["difference"]["value"] == pytest.approx(math.log(3))
    assert pair["difference"]["high"] == pytest.approx(math.log(3) + 2 * half, abs=1e-5)


def test_ties_stand_apart_and_widen_what_counts_as_even():
    section = rated_models(
        table_of("first", "tie", "second", "tie", "both_bad"), origins_of(*["ab"] * 5)
    )
    a = by_name(section)["a"]
    assert (a["n_wins"], a["n_ties"], a["n_losses"]) == (1, 2, 1)
    assert (a["share_of_decided"]["value"], a["share_of_decided"]["n_judgements"]) == (0.5, 2)
    assert a["strength"]["value"] == pytest.approx(0, abs=1e-9)
    # half are ties between equals: 1 - 2 σ(-ν) = ½, so ν = ln 3
    assert section["tie_width"] == pytest.approx(math.log(3))
    assert section["left_out"]["other_verdict"] == 1


@pytest.mark.parametrize(
    ("verdicts", "pairs", "reason"),
    [
        ((), (), "no_judgements"),
        (("first", "second"), (("a", ""), ("", "")), "models_unknown"),
        (("first", "second"), ("aa", "aa"), "one_model"),
        (("tie", "tie"), ("ab", "ab"), "all_ties"),
        (("both_bad",), ("ab",), "all_ties"),
        (("first", "first"), ("ab", "ab"), "one_sided"),
        (("first", "first", "tie"), ("ab", "ab", "ab"), "one_sided"),
        (("first", "tie", "tie"), ("ab", "bc", "ca"), "one_sided"),
        (("first", "second", "first", "second"), ("ab", "ab", "cd", "cd"), "never_met"),
    ],
)
def test_what_cannot_be_rated_says_why(verdicts, pairs, reason):
    section = rated_models(table_of(*verdicts), origins_of(*pairs))
    json.dumps(section, allow_nan=False)
    assert section["undefined"] == reason
    assert section["length"]["undefined"] == reason
    for entry in section["models"]:
        assert entry["strength"]["undefined"] == reason
        assert entry["n_wins"] + entry["n_ties"] + entry["n_losses"] > 0
    for pair in section["pairs"]:
        assert pair["difference"]["undefined"] == reason
    if reason == "never_met":
        assert sorted(map(sorted, section["groups"])) == [["a", "b"], ["c", "d"]]


def test_one_prompt_gives_a_value_and_no_interval():
    section = rated_models(
        table_of("first", "first", "second", prompt=[7, 7, 7]), origins_of(*["ab"] * 3)
    )
    strength = by_name(section)["a"]["strength"]
    assert strength["value"] == pytest.approx(math.log(2) / 2)
    assert (strength["low"], strength["interval_undefined"]) == (None, "one_cluster")


def test_prompts_no_more_than_the_values_they_must_settle_give_no_interval():
    pairs = ["ab", "bc", "ca"] * 2
    verdicts = ["first"] * 3 + ["second"] * 3
    few = rated_models(table_of(*verdicts, prompt=[0, 0, 0, 1, 1, 1]), origins_of(*pairs))
    assert by_name(few)["a"]["strength"]["interval_undefined"] == "unstable"
    more = rated_models(table_of(*verdicts), origins_of(*pairs))
    assert more["models"][0]["strength"]["low"] < 0


def test_prompts_that_all_say_the_same_are_not_certainty():
    section = rated_models(
        table_of(*["first", "second"] * 3, prompt=[0, 0, 1, 1, 2, 2]), origins_of(*["ab"] * 6)
    )
    assert section["pairs"][0]["difference"]["interval_undefined"] == "no_variation"


def test_length_is_told_where_it_can_be_told_apart():
    rng = np.random.default_rng(0)
    longer = rng.normal(size=400)
    wins = rng.random(400) < 1 / (1 + np.exp(-longer))
    table = table_of(*np.where(wins, "first", "second"))
    section = rated_models(table, origins_of(*["ab"] * 400, length_difference=longer))
    assert section["length"]["value"] == pytest.approx(1, abs=0.3)
    assert section["models"][0]["strength_at_equal_length"]["undefined"] is None
    always = rated_models(table, origins_of(*["ab"] * 400, length_difference=np.ones(400)))
    assert always["length"]["undefined"] == "not_told_apart"
    assert always["models"][0]["strength"]["undefined"] is None
    decides = np.where(wins, 1.0, -1.0)
    separated = rated_models(table, origins_of(*["ab"] * 400, length_difference=decides))
    assert separated["length"]["undefined"] == "not_told_apart"


def test_only_the_models_judged_most_are_rated_and_the_rest_is_counted(monkeypatch):
    monkeypatch.setattr(origins_module, "MOST_MODELS", 2)
    section = rated_models(
        table_of("first", "second", "first", "second"), origins_of("ab", "ab", "ab", "ac")
    )
    assert set(by_name(section)) == {"a", "b"}
    assert section["left_out"]["rarer_model"] == 1


def test_origins_that_cannot_be_right_are_refused():
    with pytest.raises(ValueError, match=r"second\[1\] is 2, which names no model"):
        Origins(["a", "b"], np.array([0, 0]), np.array([1, 2]))
    with pytest.raises(ValueError, match="2 comparisons, but origins of 1"):
        rated_models(table_of("first", "first"), origins_of("ab"))
    with pytest.raises(ValueError, match="level must lie"):
        rated_models(table_of("first"), origins_of("ab"), level=1)


@pytest.mark.parametrize("error", [ArithmeticError("no maximum"), np.linalg.LinAlgError("svd")])
def test_a_fit_that_fails_leaves_the_counts_and_says_so(monkeypatch, error):
    def fail(*_arguments, **_settings):
        raise error

    monkeypatch.setattr(rated_models_module, "rate_models", fail)
    section = rated_models(table_of("first", "second", "first"), origins_of("ab", "ab", "ba"))
    assert section["undefined"] == "not_found"
    assert {m["strength"]["undefined"] for m in section["models"]} == {"not_found"}
    assert by_name(section)["a"]["n_wins"] == 1
    assert section["pairs"][0]["difference"]["undefined"] == "not_found"


def test_models_are_rated_by_either_model_of_ties():
    table, origins = table_of("first", "tie", "second", "first"), origins_of(*["ab"] * 4)
    by_width = rated_models(table, origins)
    by_share = rated_models(table, origins, ties="davidson")
    assert (by_width["ties"], by_share["ties"]) == ("rao_kupper", "davidson")
    found = by_name(by_share)["a"]["strength"]["value"]
    matches = rate_models(
        Matches.from_arrays(["a"] * 4, ["b"] * 4, [1, 0.5, 0, 1]), ties="davidson"
    )
    assert found == pytest.approx(matches.strength[0])
    assert by_width["tie_width"] != pytest.approx(by_share["tie_width"])
    with pytest.raises(ValueError, match="not one of bradley_terry, rao_kupper, davidson"):
        rated_models(table, origins, ties="elo")
