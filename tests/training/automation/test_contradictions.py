"""Conditions that can never hold, against trying out everything that may be found."""

from itertools import product

import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.training.automation.test_conditions import NOW
from training.automation.conditions import parsed
from training.automation.contradictions import conflicting
from training.automation.evaluating import Measured, evaluate
from training.automation.schedules import ScheduleSettings
from training.errors import ConditionRefused


def alpha(end, **asked):
    return {"fact": f"alpha.{end}", **asked}


@pytest.mark.parametrize(
    "condition",
    [
        {"all": [alpha("lower", at_least=0.5), alpha("lower", below=0.5)]},
        {"all": [alpha("lower", above=0.5), alpha("upper", at_most=0.5)]},
        {"all": [alpha("lower", at_least=0.6), {"not": alpha("upper", above=0.5)}]},
        alpha("lower", above=1),
        {"fact": "percent_agreement.upper", "below": 0},
        {"all": [{"fact": "preferences", "above": 3}, {"fact": "preferences", "below": 4}]},
        {"all": [{"fact": "worker_free", "is": True}, {"fact": "worker_free", "is": False}]},
        {
            "all": [
                {"fact": "worker_free", "is": True},
                {"not": {"fact": "worker_free", "is": True}},
            ]
        },
        {
            "all": [
                {"any": [alpha("lower", at_least=0.5), alpha("lower", at_least=0.6)]},
                alpha("upper", below=0.4),
            ]
        },
        {"not": {"all": []}},
        {"fact": "preferences", "below": 0},
    ],
)
def test_what_can_never_hold_is_found_and_refused(condition):
    assert conflicting(parsed(condition)) is not None
    with pytest.raises(ConditionRefused, match="can never hold"):
        ScheduleSettings(name="Ours", trigger="hand", conditions=condition)


@pytest.mark.parametrize(
    "condition",
    [
        {"all": []},
        {"all": [alpha("lower", at_least=0.5), alpha("lower", at_most=0.5)]},
        {"all": [alpha("lower", below=0.5), alpha("upper", above=0.5)]},
        {"all": [alpha("lower", above=0.5), alpha("value", below=0.5)]},  # resampled figures may
        {"any": [alpha("lower", above=1), alpha("lower", at_least=0.1)]},
        {"all": [{"fact": "preferences", "above": 3}, {"fact": "preferences", "below": 5}]},
        {
            "all": [
                {"fact": "worker_free", "is": True},
                {"not": {"fact": "worker_free", "is": True, "for_hours": 3}},
            ]
        },
        {
            "all": [
                {"fact": "accuracy.lower", "at_least": 0.6},
                {"fact": "accuracy.upper", "of": "challenger", "below": 0.6},
            ]
        },
        {"fact": "budget_seconds_left", "above": 10**9},  # where there is no limit
    ],
)
def test_what_may_hold_is_left_alone(condition):
    assert conflicting(parsed(condition)) is None
    ScheduleSettings(name="Ours", trigger="hand", conditions=condition)


def test_the_clauses_that_exclude_each_other_are_named_in_the_reader_s_language():
    condition = {"all": [alpha("lower", at_least=0.5), alpha("upper", below=0.5)]}
    with pytest.raises(ConditionRefused) as refused:
        ScheduleSettings(name="Ours", trigger="hand", conditions=condition)
    assert str(refused.value) == (
        "This can never hold: “the lower end of Krippendorff’s alpha is at least 0.5” and "
        "“the upper end of Krippendorff’s alpha is below 0.5”."
    )
    assert refused.value.field == "conditions"
    with override("zh-hans"), pytest.raises(ConditionRefused, match="不可能同时成立"):
        ScheduleSettings(name="Ours", trigger="hand", conditions=condition)


# --- against every interval on a grid, in halves of the steps that conditions are drawn from
GRID = [-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0]
INTERVALS = [
    Measured(value, lower, upper)
    for lower, value, upper in product(GRID, GRID, GRID)
    if lower <= upper
]
CLAUSES = st.builds(
    lambda end, word, wanted: alpha(end, **{word: wanted}),
    st.sampled_from(["lower", "value", "upper"]),
    st.sampled_from(["at_least", "at_most", "above", "below"]),
    st.sampled_from([-1, -0.5, 0, 0.5, 1]),
)
CONDITIONS = st.recursive(
    CLAUSES,
    lambda parts: st.one_of(
        st.builds(lambda inner: {"all": inner}, st.lists(parts, min_size=1, max_size=3)),
        st.builds(lambda inner: {"any": inner}, st.lists(parts, min_size=1, max_size=3)),
        st.builds(lambda inner: {"not": inner}, parts),
    ),
    max_leaves=5,
)


def depth(condition):
    inner = [
        *(depth(part) for word in ("all", "any") for part in condition.get(word, [])),
        *([depth(condition["not"])] if "not" in condition else []),
    ]
    return 1 + max(inner, default=0)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(condition=CONDITIONS.filter(lambda condition: depth(condition) <= 5))
def test_it_is_said_of_just_those_that_no_interval_fulfils(condition):
    tree = parsed(condition)
    can_hold = any(
        evaluate(tree, {"alpha": interval}, now=NOW, held_since={}).truth for interval in INTERVALS
    )
    assert (conflicting(tree) is None) is can_hold
