"""Projects with everything that an export can meet, drawn at random."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from alignment_core.canonical import digest_of_json
from annotate.comparisons.locks import lock_comparisons
from annotate.comparisons.resolution import resolve_comparisons
from annotate.imports.texts import text_digest
from annotate.models import (
    Adjudication,
    Annotator,
    Comparison,
    Completion,
    Judgement,
    Membership,
    Project,
    Prompt,
    Verdict,
)
from tests.factories import make_project

_keys = itertools.count(1)
NASTY = (
    *("=SUM(A1)", "- list\n- more", "'- quoted", "''@twice", "'tis", "＝wide", "\t", "\r\n", "\r"),
    *('"quote",', '[{"role": "user", "content": "x"}]', "[{", "{}", "null", "TRUE", "007", "1e5"),
    *("\u2028\u2029\x85\x0b", "\u200f\u202e", "e\u0301", "𝄞 \U0010ffff", "\ufeff", "\x1b[0m"),
)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
BLANK_OR_TEXT = st.one_of(st.sampled_from(NASTY), ANY_TEXT)
TEXT = st.tuples(st.sampled_from(("", *NASTY)), ANY_TEXT).map("".join).filter(str.strip)
BEGIN = datetime(1970, 1, 2, tzinfo=UTC)
TIMES = st.integers(0, 10**13).map(lambda n: BEGIN + timedelta(milliseconds=n))  # to 2286
KINDS = st.sampled_from(["person", "imported", "simulated", "model"])
NAMES = st.sampled_from(["", "model-a", "=model", "'-7"])
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**40), 2**40), BLANK_OR_TEXT),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(BLANK_OR_TEXT, inner, max_size=2)
    ),
    max_leaves=4,
)
OBJECTS = st.dictionaries(BLANK_OR_TEXT, JSON, max_size=2)


def content() -> Any:
    part = TEXT.map(lambda text: {"type": "text", "text": text})
    return st.one_of(TEXT, st.lists(part, min_size=1, max_size=2))


@st.composite
def conversations(draw: Any) -> list[dict[str, Any]]:
    roles = draw(st.sampled_from([["user"], ["system", "user"], ["user", "assistant", "user"]]))
    return [{"role": role, "content": draw(content())} for role in roles]


VOTES = st.fixed_dictionaries(
    {
        "verdict": st.sampled_from(Verdict.values),
        "strength": st.one_of(st.none(), st.integers(0, 3)),
        "criteria": OBJECTS,
        "reasons": st.lists(BLANK_OR_TEXT, max_size=2),
        "note": BLANK_OR_TEXT,
        "edited_text": BLANK_OR_TEXT,
        "first_acceptable": st.one_of(st.none(), st.booleans()),
        "second_acceptable": st.one_of(st.none(), st.booleans()),
        "seconds": st.one_of(st.none(), st.floats(0, 600)),
        "first_was_left": st.one_of(st.none(), st.booleans()),
        "guidelines_version": st.integers(0, 9),
        "is_counted": st.booleans(),
        "judged_at": TIMES,
        "withdrawn_at": st.one_of(st.none(), st.none(), TIMES),
    }
)
PAIRS = st.fixed_dictionaries(
    {
        "messages": conversations(),
        "texts": st.lists(st.one_of(TEXT, st.just("")), min_size=2, max_size=2, unique=True),
        "origins": st.tuples(NAMES, NAMES),
        "samplings": st.tuples(st.one_of(st.none(), OBJECTS), st.one_of(st.none(), OBJECTS)),
        "tags": st.lists(TEXT, max_size=2),
        "language": st.sampled_from(["", "zh-Hans", "en"]),
        "external_id": st.sampled_from(["", "=1", "row 7"]),
        "gold_verdict": st.sampled_from(["", "", "", *Verdict.values]),
        "gold_also": st.sampled_from(["", *Verdict.values]),
        "is_swapped": st.booleans(),
        "n_wanted_more": st.integers(0, 2),
        "votes": st.lists(VOTES, max_size=5),
        "ruling": st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {
                    "verdict": st.sampled_from(Verdict.values),
                    "note": BLANK_OR_TEXT,
                    "first_was_left": st.sampled_from([None, True, False]),
                    "ruled_at": TIMES,
                }
            ),
        ),
    }
)
ANNOTATORS = st.lists(
    st.tuples(KINDS, st.sampled_from(["", "experts", "=cohort"])), min_size=6, max_size=6
)
RULES = st.sampled_from(
    [
        {},
        {"min_agreement": 0.0},
        {"min_judgements": 2},
        {"resolution_rule": "posterior", "min_posterior": 0.6},
    ]
)
PROJECTS = st.fixed_dictionaries(
    {
        "rule": RULES,
        "annotators": ANNOTATORS,
        "pairs": st.lists(
            PAIRS, min_size=1, max_size=4, unique_by=lambda one: str(one["messages"])
        ),
    }
)


def build(plan: dict[str, Any]) -> Project:
    """A project as planned, resolved as its rule says."""
    project = make_project(**plan["rule"])
    annotators = [_member(project, kind=kind, cohort=cohort) for kind, cohort in plan["annotators"]]
    comparisons = [_comparison(project, pair, annotators) for pair in plan["pairs"]]
    resolve_comparisons(lock_comparisons([one.pk for one in comparisons]).values())
    return project


def _member(project: Project, *, kind: str, cohort: str) -> Annotator:
    annotator = Annotator.objects.create(kind=kind)
    Membership.objects.create(annotator=annotator, project=project, cohort=cohort)
    return annotator


def _comparison(project: Project, pair: dict[str, Any], annotators: list[Annotator]) -> Comparison:
    prompt = Prompt.objects.create(
        project=project,
        digest=digest_of_json(pair["messages"]),
        **{name: pair[name] for name in ("messages", "tags", "language", "external_id")},
    )
    both = [
        Completion.objects.create(
            prompt=prompt, text=text, digest=text_digest(text), origin=origin, sampling=sampling
        )
        for text, origin, sampling in zip(
            pair["texts"], pair["origins"], pair["samplings"], strict=True
        )
    ]
    first, second = sorted(both, key=lambda one: one.public_id)
    counted = [
        vote["verdict"]
        for vote in pair["votes"]
        if vote["is_counted"] and vote["withdrawn_at"] is None
    ]
    comparison = Comparison.objects.create(
        project=project,
        prompt=prompt,
        first=first,
        second=second,
        state="open" if pair["ruling"] is None else "adjudicated",
        wanted=len(counted) + pair["n_wanted_more"],
        n_counted=len(counted),
        gold_verdict=pair["gold_verdict"],
        gold_also=also_right(pair),
        is_swapped=pair["is_swapped"] and bool(pair["votes"]),
        **{f"n_{verdict}": counted.count(verdict) for verdict in Verdict.values},
    )
    for vote, annotator in zip(pair["votes"], annotators, strict=False):
        judgement = Judgement.objects.create(
            project=project,
            comparison=comparison,
            annotator=annotator,
            key=f"k{next(_keys)}",
            **{name: value for name, value in vote.items() if name != "judged_at"},
        )
        Judgement.objects.filter(pk=judgement.pk).update(judged_at=vote["judged_at"])
    if pair["ruling"] is not None:
        ruling = Adjudication.objects.create(
            comparison=comparison,
            reviewer=annotators[-1],
            **{name: value for name, value in pair["ruling"].items() if name != "ruled_at"},
        )
        Adjudication.objects.filter(pk=ruling.pk).update(ruled_at=pair["ruling"]["ruled_at"])
    return comparison


def also_right(pair: dict[str, Any]) -> str:
    """What is right beside the gold verdict, where there is one and it is another."""
    also: str = pair["gold_also"]
    return also if pair["gold_verdict"] not in ("", also) else ""
