import json
import subprocess
import sys

import numpy as np
import pytest

from alignment_core.agreement import JudgementTable, agreement_report
from tests.alignment_core.agreement.reference import pandalm_table, rte_table


def test_the_report_of_pandalm_holds_every_figure_with_its_interval_and_reading():
    report = agreement_report(pandalm_table())
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    counts = report["counts"]
    assert (counts["n_judgements"], counts["n_comparisons"], counts["n_annotators"]) == (
        1506,
        502,
        3,
    )
    assert counts["comparisons_by_n_judgements"] == {"3": 502}
    assert list(report["figures"]) == [
        "percent_agreement",
        "percent_agreement_by_comparison",
        "krippendorff_alpha",
        "fleiss_kappa",
        "gwet_ac1",
    ]
    for figure in report["figures"].values():
        assert figure["low"] < figure["value"] < figure["high"]
        assert figure["reading"]["key"]
    assert report["figures"]["krippendorff_alpha"]["reading"]["key"] == "krippendorff_reliable"
    assert [(p["first"], p["second"]) for p in report["pairs"]["listed"]] == [
        ("annotator1", "annotator2"),
        ("annotator1", "annotator3"),
        ("annotator2", "annotator3"),
    ]
    assert report["position"]["undefined"] == "sides_unknown"


def test_annotators_are_listed_with_what_they_judged_and_how_long_it_took():
    table = JudgementTable.from_arrays(
        [1, 1, 2, 3, 4],
        [7, 8, 7, 7, 7],
        ["a", "b", "a", "a", "b"],
        left_chosen=[True, False, True, None, False],
        seconds=[4.0, None, 1.0, 2.0, 9.0],
    )
    first, second = agreement_report(table)["annotators"]
    assert (first["annotator"], first["n_judgements"], first["n_shared"]) == (7, 4, 1)
    assert first["median_seconds"] == pytest.approx(3.0)
    assert first["position"]["value"] == pytest.approx(2 / 3)
    assert (second["annotator"], second["median_seconds"]) == (8, None)


def test_annotators_have_their_reliability_and_the_model_says_how_it_ended():
    report = agreement_report(rte_table()[0], n_resamples=2)
    entries = {entry["annotator"]: entry for entry in report["annotators"]}
    at_random, careful = entries["rte-w007"], entries["rte-w018"]
    assert at_random["reliability"]["reading"]["key"] == "reliability_unproven"
    assert at_random["informativeness"] < 0.001
    assert careful["reliability"]["low"] > careful["chance"]
    assert careful["reliability"]["reading"]["key"] == "reliability_shown"
    assert report["model"]["has_converged"]
    assert sum(report["model"]["prevalence"].values()) == pytest.approx(1)


def test_the_most_divided_comparisons_come_first_with_votes_and_posterior():
    rows = [(1, "aa"), (2, "ab"), (3, "aab"), (4, "aabb"), (5, "a")]
    votes = [(c, n, v) for c, verdicts in rows for n, v in enumerate(verdicts)]
    table = JudgementTable.from_arrays(*zip(*votes, strict=True))
    contested = agreement_report(table, n_resamples=2)["contested"]
    assert [entry["comparison"] for entry in contested] == [2, 4, 3]  # 1, ⅔, ⅔; 4 has more votes
    sureness = [
        max(entry["posterior"].values())
        for entry in agreement_report(pandalm_table(), n_resamples=2)["contested"]
    ]
    assert sureness == sorted(sureness)  # all are divided alike: the least sure come first
    assert contested[1]["counts"] == {"a": 2, "b": 2}
    assert contested[1]["share_differing"] == pytest.approx(2 / 3)
    assert sum(contested[0]["posterior"].values()) == pytest.approx(1)


def test_what_sways_people_is_reported_with_its_reading():
    n = 40
    table = JudgementTable.from_arrays(
        np.repeat(np.arange(n), 2),
        np.tile([1, 2], n),
        np.tile(["a", "a"], n),
        length_difference=[1] * (2 * n - 4) + [-1] * 4,
        seconds=[1] * (2 * n),
        words=[140] * (2 * n),
        time=np.arange(2 * n),
    )
    report = agreement_report(table, n_resamples=2)
    assert report["length"]["reading"]["key"] == "length_longer"
    assert (report["haste"]["value"], report["haste"]["reading"]) == (1, None)
    assert report["drift"]["value"] == 0
    assert report["position"]["undefined"] == "sides_unknown"


def test_comparisons_nobody_judged_count_neither_as_comparisons_nor_as_prompts():
    table = JudgementTable.from_counts(
        [[2, 0], [0, 0], [1, 1], [0, 0]], prompt=["p", "p", "q", "r"]
    )
    counts = agreement_report(table)["counts"]
    assert (counts["n_comparisons"], counts["n_prompts"]) == (2, 2)
    assert counts["comparisons_by_n_judgements"] == {"0": 2, "2": 2}


@pytest.mark.parametrize(
    "table",
    [
        JudgementTable.from_arrays([], [], []),
        JudgementTable.from_counts([]),
        JudgementTable.from_counts([[2, 0], [0, 0], [1, 1]], prompt=["p", "p", "q"]),
        JudgementTable.from_arrays([1, 1], [1, 2], ["a", "a"]),
    ],
)
def test_poor_tables_still_give_a_report_without_a_bare_nan(table):
    report = agreement_report(table)
    json.dumps(report, allow_nan=False)
    for figure in report["figures"].values():
        assert (figure["value"] is None) == (figure["undefined"] is not None)


def test_the_library_brings_in_neither_torch_nor_django():
    code = (
        "import sys, alignment_core.agreement as a\n"
        "a.agreement_report(a.JudgementTable.from_counts([[2, 0], [1, 1]]))\n"
        "assert not {'torch', 'django', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
