from alignment_core.configs.votes import VoteRule
from alignment_core.data.preparation import prepare_records
from alignment_core.data.records import VerdictCounts
from alignment_core.evaluation.preflight import preflight_report
from tests.alignment_core.small_runs import make_record


def report_of(records, encoder, *, sides, rule):
    train = prepare_records(records, encoder, sides=sides, max_length=96, rule=rule)
    return preflight_report(train, None, encoder)


def test_completions_that_won_twice_are_counted_as_repeated(encoder):
    prompt = make_record(0).prompt
    records = [
        make_record(0),
        make_record(1, prompt=prompt, chosen=make_record(0).chosen, rejected="No."),
        make_record(2),
    ]
    of_texts = report_of(records, encoder, sides=("chosen",), rule=VoteRule())
    assert of_texts["train"]["n_repeated"] == 1
    assert of_texts["warnings"] == [
        {
            "name": "records_repeated",
            "message": "1 records repeat another one, token for token",
            "figures": {"n": 1},
        }
    ]
    of_pairs = report_of(records, encoder, sides=("chosen", "rejected"), rule=VoteRule())
    assert of_pairs["train"]["n_repeated"] == 0
    assert of_pairs["warnings"] == []


def test_targets_and_ties_are_reported_as_they_are_aimed_at(encoder):
    records = [
        make_record(0, verdicts=VerdictCounts(chosen=3, rejected=1)),
        make_record(1, outcome="tie", verdicts=VerdictCounts(chosen=1, tie=3)),
    ]
    rule = VoteRule(soft_labels=True, vote_prior=0.0, keeps_ties=True)
    report = report_of(records, encoder, sides=("chosen", "rejected"), rule=rule)
    assert report["targets"]["max"] == 0.75
    assert report["targets"]["min"] == 0.625  # one vote and half of three
    assert report["tie_share"]["mean"] == 0.375
