"""What the page makes of a stored report: orders, limits, shades and shares."""

from itertools import combinations

import pytest
from django.utils.translation import override

from annotate.agreement import shown

FIGURE = {
    "value": 0.5,
    "low": 0.4,
    "high": 0.6,
    "level": 0.95,
    "n_comparisons": 1,
    "n_judgements": 2,
    "undefined": None,
    "interval_undefined": None,
    "method": "wilson_clusters",
    "caution": None,
    "reading": None,
}


def entry(name: str, **fields):
    values = {"annotator": name, "kind": "person", "n_judgements": 1, "n_shared": 1}
    values |= {"median_seconds": None, "reliability": FIGURE, "position": FIGURE}
    return {**values, "position_adjusted_p": 1.0, **fields}


def pair(first: str, second: str, *, kappa=0.5, n_comparisons=1, agreement=0.5):
    return {
        "first": first,
        "second": second,
        "cohen_kappa": FIGURE | {"value": kappa, "n_comparisons": n_comparisons},
        "percent_agreement": FIGURE | {"value": agreement},
    }


def report_of(*names: str, pairs=None):
    listed = pairs or [pair(*both) for both in combinations(names, 2)]
    return {
        "annotators": [entry(name) for name in names],
        "pairs": {"listed": listed, "n_sharing": len(listed)},
    }


@pytest.mark.parametrize(
    ("kappa", "shade"),
    [
        (None, -1),
        (-1.0, 0),
        (-0.001, 0),
        (0.0, 1),  # no better than chance, and no worse
        (0.2, 1),
        (0.201, 2),
        (0.4, 2),
        (0.401, 3),
        (0.6, 3),
        (0.601, 4),
        (0.8, 4),
        (0.801, 5),
        (1.0, 5),
    ],
)
def test_the_shade_of_a_pair_changes_above_each_step_of_kappa(kappa, shade):
    report = report_of("a", "b", pairs=[pair("a", "b", kappa=kappa)])
    assert [row.shade for row in shown.pairs(report)] == [shade]
    (_who, cells), _row = shown.matrix(report).rows
    assert [cell and cell.shade for cell in cells] == [None, shade]


@pytest.mark.parametrize(("n_annotators", "has_matrix"), [(14, True), (15, False)])
def test_a_matrix_is_shown_as_long_as_it_can_be_read(n_annotators, has_matrix):
    report = report_of(*(f"a{number}" for number in range(n_annotators)))
    assert (shown.matrix(report) is not None) is has_matrix


def test_a_matrix_has_every_pair_in_both_its_places():
    rows = shown.matrix(report_of("a", "b", "c")).rows
    met = [
        [cell and {cell.first.pseudonym, cell.second.pseudonym} for cell in row] for _w, row in rows
    ]
    assert met == [
        [None, {"a", "b"}, {"a", "c"}],
        [{"a", "b"}, None, {"b", "c"}],
        [{"a", "c"}, {"b", "c"}, None],
    ]


def test_pairs_and_groups_that_share_nothing_are_not_listed():
    listed = [pair("a", "b"), pair("a", "c", kappa=None, n_comparisons=0, agreement=None)]
    report = report_of("a", "b", "c", pairs=listed)
    assert [row.second.pseudonym for row in shown.pairs(report)] == ["b"]
    between = [{**row, "of": "cohort"} for row in listed]
    assert [row.second for row in shown.groups({"between": between})] == ["b"]


def test_a_pair_differs_on_what_it_does_not_agree_on():
    listed = [pair("a", "b", n_comparisons=8, agreement=0.75)]
    (row,) = shown.pairs(report_of("a", "b", pairs=listed))
    assert (row.n_shared, row.n_different) == (8, 2)


def test_those_with_most_judgements_come_first():
    def names(rows):
        return [row.who.pseudonym for row in rows]

    annotators = [
        entry(name, n_judgements=n, position=FIGURE | {"n_judgements": n})
        for name, n in (("few", 1), ("most", 9), ("some", 5))
    ]
    annotators.append(entry("sideless", n_judgements=3, position=None))
    report = {"annotators": annotators}
    assert names(shown.annotators(report)) == ["most", "some", "sideless", "few"]
    assert names(shown.sides(report)) == ["most", "some", "few"]
    many = {"annotators": [entry(str(number)) for number in range(shown.MOST_LISTED + 1)]}
    assert len(shown.annotators(many)) == len(shown.sides(many)) == shown.MOST_LISTED


@pytest.mark.parametrize(("adjusted_p", "leans"), [(0.049, True), (0.05, False)])
def test_an_annotator_leans_below_the_share_of_false_alarms(adjusted_p, leans):
    (row,) = shown.sides({"annotators": [entry("a", position_adjusted_p=adjusted_p)]})
    assert row.leans is leans
    assert (row.low, row.dot, row.high) == ("40.0", "50.0", "60.0")


def test_an_annotator_who_judged_one_prompt_has_a_dot_and_the_reason_for_no_interval():
    alone = FIGURE | {"low": None, "high": None, "interval_undefined": "one_cluster"}
    with override("en"):
        (row,) = shown.sides({"annotators": [entry("a", position=alone)]})
    assert (row.low, row.dot, row.high) == ("", "50.0", "")
    assert row.figure.word == "no interval, because all comparisons belong to one prompt"


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, ""), (9.94, "9.9"), (10.0, "10"), (10.4, "10")]
)
def test_seconds_have_a_decimal_below_ten(seconds, text):
    (row,) = shown.annotators({"annotators": [entry("a", median_seconds=seconds)]})
    assert row.seconds == text


def test_which_answer_is_the_first_is_chance_so_both_are_decided():
    shares = {"first": 0.5, "second": 0.25, "tie": 0.15, "both_bad": 0.1}
    counts = [{"category": category, "share": share} for category, share in shares.items()]
    with override("en"):
        found = shown.verdict_shares({"counts": {"categories": counts}})
    assert found == {"decided": "75.0 %", "tie": "15.0 %", "both_bad": "10.0 %"}


def test_depths_go_up_and_the_most_frequent_is_widest():
    numbers = {"10": 2, "2": 8, "3": 0, "0": 4}
    rows = shown.depths({"counts": {"comparisons_by_n_judgements": numbers}})
    seen = [(row.n_judgements, row.n_comparisons, row.width) for row in rows]
    assert seen == [("0", 4, "500"), ("2", 8, "1000"), ("10", 2, "250")]


def test_what_people_divide_on_has_the_share_that_differs():
    contested = {
        "comparison": "c",
        "n_judgements": 4,
        "share_differing": 2 / 3,
        "highest_posterior": 0.6,
    }
    with override("en"):
        (row,) = shown.contested({"contested": [contested]}, {})
    assert (row.differing, row.probability) == ("67 %", "60.0 %")
