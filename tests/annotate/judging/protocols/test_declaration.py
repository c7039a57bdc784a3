import pytest

from annotate.errors import InvalidInput, NotAsked, PartMissing, VerdictNotOffered
from annotate.judging.answers import Answer
from annotate.judging.protocols.declaration import (
    PARTS,
    answer_schema,
    check_answer,
    checked_declaration,
    exported_columns,
)
from annotate.judging.protocols.part import About
from annotate.judging.protocols.presets import PRESETS
from annotate.models import Comparison, Completion, Judgement, Verdict

COMPARISON = Comparison(first=Completion(text="One."), second=Completion(text="Two."))
TWO = {"verdicts": ["first", "second"]}
BOTH = {"left": 3, "right": 0}


def asking(**parts):
    return checked_declaration({"verdicts": list(Verdict.values), **parts})


def answered(declaration, verdict=Verdict.FIRST, **given):
    check_answer(Answer(side="left", **given), declaration, About(verdict, COMPARISON))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_complete_as_it_stands(name):
    assert checked_declaration(PRESETS[name].declaration) == PRESETS[name].declaration


@pytest.mark.parametrize(
    ("declaration", "field"),
    [
        ([], "declaration"),
        ({}, "verdicts"),
        ({"verdicts": ["first"]}, "verdicts"),
        ({"verdicts": ["first", "second", "left"]}, "verdicts"),
        ({"verdicts": [["first"], "second"]}, "verdicts"),
        ({"verdicts": "first"}, "verdicts"),
        ({**TWO, "colour": {}}, "colour"),
        ({**TWO, "ranking": {"most": 4}}, "ranking.most"),
        ({**TWO, "strength": {}}, "strength.scale"),
        ({**TWO, "strength": {"scale": ["four"]}}, "strength.scale"),
        ({**TWO, "strength": {"scale": "four", "required": "yes"}}, "strength.required"),
        ({**TWO, "strength": {"scale": "four", "steps": 9}}, "strength.steps"),
        ({**TWO, "note": True}, "note"),
        ({**TWO, "reasons": {"choices": []}}, "reasons.choices"),
        ({**TWO, "reasons": {"choices": ["a", " a "]}}, "reasons.choices"),
        ({**TWO, "reasons": {"choices": ["a\0"]}}, "reasons.choices"),
        ({**TWO, "reasons": {"choices": [1]}}, "reasons.choices"),
        ({**TWO, "reasons": {"choices": [str(n) for n in range(10)]}}, "reasons.choices"),
        ({**TWO, "criteria": {"names": ["x" * 61]}}, "criteria.names"),
        ({**TWO, "criteria": {"names": ["\ud800"]}}, "criteria.names"),
    ],
)
def test_a_wrong_declaration_is_refused_by_the_field_at_fault(declaration, field):
    with pytest.raises(InvalidInput) as refused:
        checked_declaration(declaration)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("parts", "given", "field"),
    [
        ({"strength": {"scale": "four", "required": True}}, {}, "strength"),
        ({"reasons": {"choices": ["a"], "required": True}}, {}, "reasons"),
        ({"note": {"required": True}}, {"note": " \n"}, "note"),
        ({"criteria": {"names": ["a"], "required": True}}, {}, "criteria"),
        ({"acceptability": {"required": True}}, {"acceptable": {}}, "acceptable"),
        ({"edit": {"required": True}}, {}, "edited"),
    ],
)
def test_what_is_required_and_missing_is_named(parts, given, field):
    with pytest.raises(PartMissing) as refused:
        answered(asking(**parts), **given)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"strength": 0}, "strength"),
        ({"reasons": ["a"]}, "reasons"),
        ({"note": "x"}, "note"),
        ({"criteria": {"a": BOTH}}, "criteria"),
        ({"acceptable": {"left": True}}, "acceptable"),
        ({"edited_text": "Three."}, "edited"),
    ],
)
def test_what_is_not_asked_for_is_refused_by_name(given, field):
    with pytest.raises(NotAsked) as refused:
        answered(asking(), **given)
    assert refused.value.field == field


FULL = {
    "strength": {"scale": "three"},
    "reasons": {"choices": ["a", "b"]},
    "criteria": {"names": ["a", "b"], "required": True},
    "acceptability": {"required": True},
    "edit": {},
}
GOOD = {"criteria": {"a": BOTH, "b": BOTH}, "acceptable": {"left": True, "right": False}}


@pytest.mark.parametrize(
    ("given", "verdict", "field"),
    [
        ({"strength": 0}, "first", "strength"),  # of three steps, 0 would be a tie
        ({"strength": 1}, "tie", "strength"),
        ({"strength": 0}, "both_bad", "strength"),
        ({"reasons": ["c"]}, "first", "reasons"),
        ({"reasons": ["a", "a"]}, "first", "reasons"),
        ({"criteria": {"a": BOTH}}, "first", "criteria.b.left"),
        ({"criteria": {"a": BOTH, "b": {"left": 1}}}, "first", "criteria.b.right"),
        ({"criteria": {"a": BOTH, "c": BOTH}}, "first", "criteria.c"),
        ({"criteria": {"a": {"left": 5}}}, "first", "criteria.a.left"),
        ({"criteria": {"a": {"left": True}}}, "first", "criteria.a.left"),
        ({"criteria": {"a": {"first": 1}}}, "first", "criteria.a"),
        ({"criteria": {"a": 4}}, "first", "criteria.a"),
        ({"acceptable": {"left": True}}, "first", "acceptable.right"),
        ({"acceptable": {"left": 1, "right": True}}, "first", "acceptable"),
        ({"edited_text": "Two."}, "first", "edited"),
        ({"edited_text": " "}, "first", "edited"),
        ({"edited_text": "Three."}, "tie", "edited"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_by_the_field_at_fault(given, verdict, field):
    with pytest.raises(InvalidInput) as refused:
        answered(asking(**FULL), Verdict(verdict), **{**GOOD, **given})
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("parts", "given", "verdict"),
    [
        (FULL, GOOD, "both_bad"),
        (FULL, {**GOOD, "strength": 3, "reasons": ["b", "a"], "edited_text": "Three."}, "second"),
        (FULL, {**GOOD, "strength": 0}, "tie"),
        ({"strength": {"scale": "four", "required": True}}, {"strength": 0}, "first"),
        ({"strength": {"scale": "four", "required": True}}, {}, "tie"),
        ({"reasons": {"choices": ["a"], "required": True}}, {}, "both_bad"),
        ({"edit": {"required": True}}, {}, "tie"),
        ({"criteria": {"names": ["a"]}}, {"criteria": {"a": {"left": 0}}}, "first"),
    ],
)
def test_an_answer_with_all_that_is_asked_for_is_taken(parts, given, verdict):
    answered(asking(**parts), Verdict(verdict), **given)


def test_a_verdict_that_is_not_offered_is_refused():
    with pytest.raises(VerdictNotOffered):
        answered(checked_declaration(TWO), Verdict.TIE)


def test_programs_are_told_what_to_send():
    schema = answer_schema(asking(**FULL, note={}))
    assert set(schema["properties"]) == {
        *("verdict", "strength", "acceptable", "criteria", "reasons", "note", "edited")
    }
    assert schema["required"] == ["verdict", "acceptable", "criteria"]
    assert schema["properties"]["verdict"]["enum"] == ["left", "right", "tie", "both_bad"]
    assert schema["properties"]["criteria"]["properties"]["b"]["required"] == ["left", "right"]
    assert answer_schema(checked_declaration(TWO)) == {
        "type": "object",
        "properties": {"verdict": {"enum": ["left", "right"]}},
        "required": ["verdict"],
    }


def test_every_column_that_a_part_names_is_one_of_a_judgement():
    columns = {field.attname for field in Judgement._meta.concrete_fields}
    assert set(exported_columns()) <= columns
    assert len({part.name for part in PARTS}) == len(PARTS)
