"""What conditions are taken, what is refused with which path, and when they hold."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from training.automation.conditions import clauses_of, parsed
from training.automation.evaluating import Measured, evaluate
from training.automation.vocabulary import FACTS, Kind
from training.errors import ConditionRefused
from training.models import ModelRole

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
ALPHA = {"fact": "alpha.lower", "at_least": 0.4}


def truth(condition, facts, held_since=None):
    return evaluate(parsed(condition), facts, now=NOW, held_since=held_since or {}).truth


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (None, "conditions"),
        ([], "conditions"),
        ({}, "conditions"),
        ({"all": [], "any": []}, "conditions"),
        ({"every": []}, "conditions.every"),
        ({"all": {}}, "conditions.all"),
        ({"any": []}, "conditions.any"),
        ({"all": [ALPHA, "alpha"]}, "conditions.all.1"),
        ({"all": [{"fact": "alpha", "at_least": 0.4}]}, "conditions.all.0.fact"),
        ({"all": [{"fact": "alpha.middle", "at_least": 0.4}]}, "conditions.all.0.fact"),
        ({"fact": "preferences.lower", "at_least": 1}, "conditions.fact"),
        ({"fact": "__class__", "at_least": 1}, "conditions.fact"),
        ({"fact": ["alpha.lower"], "at_least": 1}, "conditions.fact"),
        ({"not": {"fact": "moon", "is": True}}, "conditions.not.fact"),
        ({**ALPHA, "at_most": 0.9}, "conditions"),
        ({"fact": "alpha.lower"}, "conditions"),
        ({**ALPHA, "weight": 2}, "conditions.weight"),
        ({"fact": "alpha.lower", "at_least": "0.4"}, "conditions.at_least"),
        ({"fact": "alpha.lower", "at_least": True}, "conditions.at_least"),
        ({"fact": "alpha.lower", "at_least": float("nan")}, "conditions.at_least"),
        ({"fact": "alpha.lower", "at_least": 40}, "conditions.at_least"),
        ({"fact": "preferences", "at_least": -1}, "conditions.at_least"),
        ({"fact": "worker_free", "at_least": 1}, "conditions.at_least"),
        ({"fact": "worker_free", "is": 1}, "conditions.is"),
        ({"fact": "alpha.lower", "is": True}, "conditions.is"),
        ({**ALPHA, "for_hours": -1}, "conditions.for_hours"),
        ({**ALPHA, "for_hours": 10**9}, "conditions.for_hours"),
        ({**ALPHA, "for_hours": 10**400}, "conditions.for_hours"),
        ({"fact": "preferences", "at_least": 10**400}, "conditions.at_least"),
        ({"not": {"not": {"not": {"not": {"not": ALPHA}}}}}, "conditions.not.not.not.not.not"),
        ({"all": [ALPHA] * 31}, "conditions"),
        ({**ALPHA, "of": "champion"}, "conditions.of"),
        ({"fact": "accuracy", "at_least": 0.5}, "conditions.fact"),
        ({"fact": "accuracy.lower", "of": "", "at_least": 0.5}, "conditions.of"),
        ({"fact": "accuracy.lower", "of": "a b", "at_least": 0.5}, "conditions.of"),
        ({"fact": "accuracy.lower", "of": 7, "at_least": 0.5}, "conditions.of"),
        ({"fact": "calibration_error.upper", "of": "champion", "at_most": 0.1}, "conditions.of"),
        (
            {"fact": "blind_e_value", "of": "reward_model/champion", "at_least": 20},
            "conditions.of",
        ),
        ({"fact": "blind_e_value.lower", "at_least": 20}, "conditions.fact"),
        ({"fact": "budget_seconds_left", "at_least": 10**10}, "conditions.at_least"),
        ({"fact": "more_harm.upper", "at_most": 5}, "conditions.at_most"),
    ],
)
def test_what_is_wrong_is_refused_with_its_path(value, path):
    with pytest.raises(ConditionRefused) as refused:
        parsed(value)
    assert refused.value.field == path
    assert str(refused.value).startswith(path)


def test_the_interval_decides_and_not_the_point():
    facts = {"alpha": Measured(0.5, 0.36, 0.62, n=120)}
    assert truth(ALPHA, facts) is False
    assert truth({"fact": "alpha.value", "at_least": 0.4}, facts) is True
    assert truth({"fact": "alpha.upper", "below": 0.62}, facts) is False
    assert truth({"fact": "alpha.upper", "at_most": 0.62}, facts) is True


def test_a_fact_of_a_model_is_of_the_one_that_is_named():
    facts = {
        "accuracy@champion": Measured(0.7, 0.6, 0.8),
        "accuracy@challenger": Measured(0.5, 0.4, 0.6),
    }
    asked = {"fact": "accuracy.lower", "at_least": 0.55}
    assert truth(asked, facts) is True
    assert truth({**asked, "of": "champion"}, facts) is True
    assert truth({**asked, "of": "challenger"}, facts) is False
    assert truth({**asked, "of": "nobody"}, facts) is None


def test_a_model_is_named_as_names_are_given_whatever_the_letters():
    facts = {"accuracy@stable": Measured(0.7, 0.6, 0.8)}
    assert truth({"fact": "accuracy.lower", "of": "Stable", "at_least": 0.55}, facts) is True


def test_what_is_not_known_holds_neither_way():
    assert truth(ALPHA, {}) is None
    assert truth({"not": ALPHA}, {}) is None
    assert truth({"all": [ALPHA, {"fact": "preferences", "above": 3}]}, {}) is None
    known = {"preferences": Measured(3)}
    assert truth({"all": [ALPHA, {"fact": "preferences", "above": 3}]}, known) is False
    assert truth({"any": [ALPHA, {"fact": "preferences", "at_least": 3}]}, known) is True


def test_nothing_asked_always_holds():
    assert truth({"all": []}, {}) is True


def test_a_clause_holds_after_it_has_held_so_long_without_a_break():
    day = {**ALPHA, "for_hours": 24}
    high, low = {"alpha": Measured(0.6, 0.5, 0.7)}, {"alpha": Measured(0.6, 0.3, 0.7)}
    first = evaluate(parsed(day), high, now=NOW, held_since={})
    assert (first.truth, first.held_since) == (False, {"": NOW})
    for hours, expected in ((23.9, False), (24, True), (30, True)):
        later = evaluate(
            parsed(day), high, now=NOW + timedelta(hours=hours), held_since=first.held_since
        )
        assert later.truth is expected
        assert later.held_since == first.held_since
    broken = evaluate(parsed(day), low, now=NOW + timedelta(hours=25), held_since=first.held_since)
    assert (broken.truth, broken.held_since) == (False, {})


# --- against an evaluator that is written the other way round: truth as a number, by min and max
LEAST, MIDDLE, MOST = -1, 0, 1


def plainly(condition, facts, hours_held):
    if "all" in condition:
        return min([plainly(part, facts, hours_held) for part in condition["all"]], default=MOST)
    if "any" in condition:
        return max(plainly(part, facts, hours_held) for part in condition["any"])
    if "not" in condition:
        return -plainly(condition["not"], facts, hours_held)
    name, _dot, bound = condition["fact"].partition(".")
    usual = FACTS[name].usual
    key = f"{name}@{condition.get('of', usual)}" if usual else name
    found = getattr(facts.get(key, Measured()), bound or "value")
    if found is None:
        return MIDDLE
    tests = {
        "at_least": lambda wanted: not found < wanted,
        "at_most": lambda wanted: not found > wanted,
        "above": lambda wanted: not found <= wanted,
        "below": lambda wanted: not found >= wanted,
        "is": lambda wanted: found is wanted,
    }
    [holds] = [test(condition[word]) for word, test in tests.items() if word in condition]
    return MOST if holds and hours_held >= condition.get("for_hours", 0) else LEAST


def numbers(kind):
    if kind is Kind.COUNT:
        return st.integers(0, 5)
    least, most = (-1, 1) if kind in (Kind.COEFFICIENT, Kind.DIFFERENCE) else (0, 1)
    return st.sampled_from([least, 0, 0.25, 0.4, 0.5, most])


def models_of(fact):
    """Names that a condition may ask about, each of which bears another figure."""
    if not fact.usual:
        return []
    if ModelRole.POLICY in fact.roles:
        return [fact.usual, "nightly-best"]
    return [fact.usual, "reward_model/nightly-best"]


def clauses():
    def of(name):
        fact = FACTS[name]
        if fact.kind is Kind.YES_NO:
            return st.fixed_dictionaries({"fact": st.just(name), "is": st.booleans()})
        names = [f"{name}.{bound}" for bound in ("lower", "value", "upper")]
        word = st.sampled_from(["at_least", "at_most", "above", "below"])
        return st.builds(
            lambda named, of, word, wanted, hours: {
                "fact": named,
                **of,
                word: wanted,
                "for_hours": hours,
            },
            st.sampled_from(names if fact.has_interval else [name]),
            st.sampled_from([{}, *({"of": one} for one in models_of(fact))]),
            word,
            numbers(fact.kind),
            st.sampled_from([0, 12, 24]),
        )

    return st.sampled_from(sorted(FACTS)).flatmap(of)


CONDITIONS = st.recursive(
    clauses(),
    lambda parts: st.one_of(
        st.builds(lambda inner: {"all": inner}, st.lists(parts, max_size=3)),
        st.builds(lambda inner: {"any": inner}, st.lists(parts, min_size=1, max_size=3)),
        st.builds(lambda inner: {"not": inner}, parts),
    ),
    max_leaves=8,
)


def measured(fact):
    if fact.kind is Kind.YES_NO:
        return st.builds(Measured, st.one_of(st.none(), st.booleans()))
    value = st.one_of(st.none(), numbers(fact.kind))
    return st.builds(Measured, value, value, value)


def depth(condition):
    inner = [depth(part) for word in ("all", "any") for part in condition.get(word, [])] + (
        [depth(condition["not"])] if "not" in condition else []
    )
    return 1 + max(inner, default=0)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # as a busy machine is
@given(
    condition=CONDITIONS.filter(lambda condition: depth(condition) <= 5),
    facts=st.fixed_dictionaries(
        {},
        optional={
            f"{name}@{of}" if of else name: measured(fact)
            for name, fact in FACTS.items()
            for of in models_of(fact) or [""]
        },
    ),
    hours_held=st.sampled_from([0, 13, 24]),
)
def test_every_condition_is_judged_as_the_plain_evaluator_judges_it(condition, facts, hours_held):
    tree = parsed(condition)
    since = NOW - timedelta(hours=hours_held)
    began = dict.fromkeys((path for path, _clause in clauses_of(tree)), since)
    found = evaluate(tree, facts, now=NOW, held_since=began)
    expected = {LEAST: False, MIDDLE: None, MOST: True}[plainly(condition, facts, hours_held)]
    assert found.truth is expected
    assert [one.path for one in found.clauses] == list(began)
