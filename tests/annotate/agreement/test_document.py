"""The agreement figures as a document, by the command."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotate.agreement.reports import REFRESH
from annotate.models import Annotator, AnnotatorKind
from tests.bells import listen
from tests.factories import judge_comparison, make_comparison, make_comparisons, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(monkeypatch):
    listen(monkeypatch, REFRESH)
    project = make_project(overlap=3, name="Pipes | and\nlines")
    for comparison in make_comparisons(project, 3):
        judge_comparison(comparison, "first", "first", "first")
    judge_comparison(make_comparison(project), "first", "second", "first")
    return project


def told(*arguments):
    out = StringIO()
    call_command("agreement_report", *arguments, stdout=out)
    return out.getvalue()


def test_the_document_has_every_figure_with_interval_word_and_count(project):
    text = told(project.slug)
    assert text.startswith("# Agreement: Pipes \\| and lines\n")
    row, *planned = [line for line in text.splitlines() if line.startswith("| Percent agreement |")]
    assert len(planned) == 1
    assert "83.3 %" in row
    assert "more than usual for preferences" in row
    assert "12 judgements of 4 shared comparisons" in row
    for heading in ("How reliable each annotator is", "Who agrees with whom", "divide on"):
        assert heading in text
    disputed = project.comparisons.get(n_second=1)
    assert str(disputed.public_id) in text
    assert text.count("None yet.") == 1  # of groups: there are no cohorts


def test_the_page_of_html_stands_alone_and_lets_no_markup_through(project, tmp_path):
    project.name = "<script>alert(1)</script>"
    project.save()
    target = tmp_path / "agreement.html"
    assert "12 judgements" in told(project.slug, "--format", "html", "--output", str(target))
    page = target.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "<table>" in page
    assert "<script" not in page
    assert "src=" not in page


def test_as_data_it_is_the_stored_report(project):
    facts = json.loads(told(project.slug, "--json"))
    assert facts["n_judgements"] == 12
    assert facts["report"]["figures"]["percent_agreement"]["value"] == pytest.approx(10 / 12)


def test_machines_are_left_out_unless_asked_for(project):
    Annotator.objects.update(kind=AnnotatorKind.SIMULATED)
    assert "because there are no judgements" in told(project.slug)
    assert "(simulated)" in told(project.slug, "--who", "all")


def test_an_empty_project_says_why_there_are_no_figures():
    text = told(make_project().slug)
    assert "because there are no judgements" in text
    assert "None yet." in text


def test_what_cannot_be_found_or_written_is_named(project, tmp_path):
    with pytest.raises(CommandError, match="No project has the address 'nowhere'"):
        told("nowhere")
    with pytest.raises(CommandError, match="cannot be written"):
        told(project.slug, "--output", str(tmp_path / "missing" / "a.md"))
