from training.models import Evaluation, Run
from training.reports.evaluation_figures import more_figures

LEVEL = {"n": 40, "level": 0.95}


def test_what_was_found_is_shown_with_its_interval_and_what_was_not_is_left_out():
    found = {
        "win_rate": {"raw": {"value": 0.625, "low": 0.5, "high": 0.75, **LEVEL}},
        "kl": {"k1": {"value": -0.0312, "low": -0.1, "high": 0.04, **LEVEL}},
        "safety": {"harm_given": {"undefined": "because the safety suite was left out"}},
    }
    run = Run(summary={"report": {"sections": found}})
    win_rate, distance = more_figures(Evaluation(run=run, figures={"ties": 0}))
    assert (win_rate["label"], win_rate["value"], win_rate["low"]) == ("Win rate", "62 %", "50 %")
    assert (distance["value"], distance["high"], distance["count"]) == ("−0.0312", "0.04", 40)


def test_a_run_that_reports_no_more_shows_no_more():
    assert more_figures(Evaluation(run=Run(summary=None), figures={"accuracy": None})) == []


def test_harm_stands_beside_its_reference_and_the_errors_of_its_rule():
    safety = {
        "harm_given": {"value": 0.25, "low": 0.1, "high": 0.4, **LEVEL},
        "before": {"harm_given": {"value": 0.5, **LEVEL}},
        "detectors": {"harm_given": {"missed": {"value": 0.1}, "false_alarms": {"value": 0.3}}},
    }
    run = Run(summary={"report": {"sections": {"safety": safety}}})
    (given,) = more_figures(Evaluation(run=run, figures={}))
    assert given["word"].endswith("; its reference: 50 %; the rule misses 10 %, false alarms 30 %")


def test_figures_of_an_older_safety_suite_are_not_shown():
    old = {"complies": {"value": 0.0, **LEVEL}, "over_refuses": {"value": 0.1, **LEVEL}}
    run = Run(summary={"report": {"sections": {"safety": old}}})
    assert more_figures(Evaluation(run=run, figures={})) == []
