"""Several projects measured as one, and what is refused."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotate.agreement.merged import merged_counts, merged_report
from annotate.models import Annotator, AnnotatorKind, Comparison, Membership
from tests.factories import (
    hold,
    judge,
    judge_comparison,
    make_comparison,
    make_completion,
    make_project,
    make_prompt,
)

pytestmark = pytest.mark.django_db


def compare(project, *verdicts, prompt="What?", texts=("long " * 40, "short"), **fields):
    """The same texts in whatever project; the first text is the first answer."""
    found = project.prompts.filter(messages=[{"role": "user", "content": prompt}]).first()
    row = found or make_prompt(project, text=prompt)
    first, second = (make_completion(row, text=text, origin=f"wrote {text[:5]}") for text in texts)
    comparison = make_comparison(project, prompt=row, first=first, second=second, **fields)
    judge_comparison(comparison, *verdicts)
    return comparison


def told(*arguments):
    out = StringIO()
    call_command("agreement_report", *arguments, stdout=out)
    return out.getvalue()


def test_the_same_texts_are_one_comparison_whichever_answer_is_called_the_first():
    experts, crowd = make_project(slug="experts", overlap=1), make_project(slug="crowd", overlap=2)
    compare(experts, "first")
    compare(crowd, "second", "first", texts=("short", "long " * 40))  # the same, then the other
    compare(crowd, "first", prompt="Another?")
    counts = merged_counts([experts, crowd])
    assert counts.n_comparisons == 2
    assert sorted(map(sorted, counts.everybody.counts[:, :2].tolist())) == [[0, 1], [1, 2]]
    report = merged_report([experts, crowd]).report
    figures = report["all"]["figures"]
    assert figures["percent_agreement"]["value"] == pytest.approx(1 / 3)
    (between,) = report["between"]
    assert (between["of"], between["first"], between["second"]) == ("project", "experts", "crowd")
    assert between["percent_agreement"]["value"] == 0.5
    assert report["all"]["length"]["value"] == 3 / 4  # the longer was chosen by all but one
    (pair,) = report["sections"]["all"]["ratings"]["pairs"]
    assert (pair["first"], pair["n_wins"], pair["n_losses"]) == ("wrote long ", 3, 1)


def test_what_is_turned_keeps_its_sides_and_its_strengths():
    one, other = make_project(overlap=1), make_project(overlap=1)
    compare(one, "first")
    compare(other, "second", texts=("short", "long " * 40))
    Comparison.objects.filter(project=other).update(is_swapped=False)
    (theirs,) = other.judgements.all()
    rows = merged_counts([one, other]).everybody.rows
    place = rows.annotators.tolist().index(theirs.annotator_id)
    assert rows.category[rows.annotator == place].tolist() == [0]  # first, as it is called there
    assert rows.first_left[rows.annotator == place].tolist() == [int(not theirs.first_was_left)]


def test_a_prompt_of_the_same_text_is_one_prompt():
    one, other = make_project(overlap=1), make_project(overlap=1)
    compare(one, "first")
    compare(other, "first", texts=("third", "fourth"))
    counts = merged_report([one, other]).report["all"]["counts"]
    assert (counts["n_comparisons"], counts["n_prompts"]) == (2, 1)


def test_one_text_twice_in_a_project_is_matched_with_nothing():
    one, other = make_project(overlap=1), make_project(overlap=1)
    compare(one, "first")
    prompt = make_prompt(other, text="What?")
    for origin in ("x", "y"):
        answers = [make_completion(prompt, text=t, origin=origin) for t in ("long " * 40, "short")]
        judge_comparison(
            make_comparison(other, prompt=prompt, first=answers[0], second=answers[1]), "first"
        )
    assert merged_counts([one, other]).n_comparisons == 3


def test_the_command_takes_several_projects():
    one, other = make_project(name="One", overlap=1), make_project(name="Other", overlap=1)
    compare(one, "first")
    compare(other, "first")
    text = told(one.slug, other.slug)
    assert text.startswith("# Agreement: One + Other\n")
    assert f"{one.slug} · {other.slug}" in text
    facts = json.loads(told(one.slug, other.slug, "--json"))
    assert (facts["project"], facts["n_judgements"]) == (f"{one.slug} {other.slug}", 2)
    assert not hasattr(one, "agreement_report")  # nothing is stored


def test_empty_projects_merge_and_say_why_there_are_no_figures():
    text = told(make_project().slug, make_project().slug)
    assert "because there are no judgements" in text


def test_projects_whose_people_could_not_say_the_same_are_refused_by_name():
    one = make_project(slug="with")
    other = make_project(slug="without", asks={"verdicts": ["first", "second", "both_bad"]})
    for order in ((one, other), (other, one)):
        with pytest.raises(CommandError, match="with offers “about the same” and without does"):
            told(*(project.slug for project in order))


def test_one_persons_opinion_of_one_comparison_does_not_count_twice():
    one, other = make_project(slug="one", overlap=1), make_project(slug="other", overlap=1)
    compare(one, "first")
    annotator = one.judgements.get().annotator
    Membership.objects.create(annotator=annotator, project=other)
    compare(other)
    judge(annotator, hold(annotator, other).current)
    with pytest.raises(
        CommandError, match=f"{annotator.pseudonym} judged comparison .* in one and"
    ):
        told("one", "other")


def test_votes_imported_into_both_are_refused():
    one, other = make_project(slug="one", overlap=1), make_project(slug="other", overlap=1)
    compare(one, "first")
    compare(other, "first")
    Annotator.objects.update(kind=AnnotatorKind.IMPORTED)
    with pytest.raises(CommandError, match="imported into one and into other"):
        told("one", "other")


def test_a_project_twice_and_a_stored_report_are_refused(tmp_path, monkeypatch):
    project = make_project(slug="one")
    with pytest.raises(CommandError, match=r"The same project is given twice. \(project: one\)"):
        told(project.slug, project.slug)
    stored = tmp_path / "report.json"
    stored.write_text(told(project.slug, "--json"))
    with pytest.raises(CommandError, match="figures and no judgements, so it cannot be merged"):
        told(project.slug, str(stored))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one").write_text("the last report")
    assert told(project.slug).startswith("# Agreement")
    with pytest.raises(CommandError, match="No project has the address 'nowhere'"):
        told(project.slug, "nowhere")
