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


def splits_in_both(encoder, train, held_out, *, max_length=96):
    settings = {"sides": ("chosen", "rejected"), "max_length": max_length}
    report = preflight_report(
        prepare_records(train, encoder, **settings),
        prepare_records(held_out, encoder, **settings),
        encoder,
    )
    warnings = {one["name"]: one["figures"]["n"] for one in report["warnings"]}
    return warnings.get("prompts_in_both_splits", 0), warnings.get("prompts_alike_once_cut", 0)


def chat(number, *turns, **fields):
    roles = ("user", "assistant")
    prompt = [{"role": roles[at % 2], "content": text} for at, text in enumerate(turns)]
    return make_record(number, prompt=prompt, **fields)


def test_a_held_out_prompt_is_counted_once_however_many_pairs_it_has(encoder):
    held_out = [chat(1, "Why?"), chat(2, "Why?", chosen="So.", rejected="No."), chat(3, "When?")]
    assert splits_in_both(encoder, [chat(0, "Why?")], held_out) == (1, 0)


def test_what_is_left_of_a_long_chat_is_not_the_prompt_of_another(encoder):
    long = "word " * 60
    train = [chat(0, "One " + long, "Yes.", "Go on.")]
    other, same = (
        [chat(1, "Two " + long, "Yes.", "Go on.")],
        [chat(2, "One " + long, "Yes.", "Go on.")],
    )
    assert splits_in_both(encoder, train, other) == (0, 1)
    assert splits_in_both(encoder, train, same) == (1, 0)
    assert splits_in_both(encoder, train, [*other, *same]) == (1, 1)
    assert splits_in_both(encoder, train, other, max_length=400) == (0, 0)


def test_a_pair_that_is_dropped_is_on_neither_side(encoder):
    shared, long = chat(0, "Why?", chosen="word " * 200), chat(1, "When?")
    assert splits_in_both(encoder, [shared, long], [chat(2, "Why?")]) == (0, 0)
    assert splits_in_both(encoder, [chat(2, "Why?"), long], [shared]) == (0, 0)


def test_records_that_spell_the_templates_marks_are_counted(encoder):
    (control, *_) = encoder.control.names
    records = [make_record(0, chosen=f"One writes {control} so."), make_record(1)]
    report = report_of(records, encoder, sides=("chosen",), rule=VoteRule())
    assert report["train"]["n_control_tokens_spelt"] == 1
    assert report["train"]["n_turn_marks_spelt"] == 0
    assert [(one["name"], one["figures"]) for one in report["warnings"]] == [
        ("control_tokens_spelt", {"n": 1})
    ]
