"""The report of a project as one file: whole, in both languages, and without names."""

import json
import re

import pytest
from django.core.management import call_command

from annotate.agreement.reports import refresh_report
from tests.factories import (
    judge_comparison,
    make_comparison,
    make_completion,
    make_project,
    make_prompt,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project(overlap=2, slug="tea", name="Tea <b>")
    for verdicts in [("first", "first"), ("first", "second"), ("tie", "tie")]:
        prompt = make_prompt(project, tags=["green"])
        answers = [make_completion(prompt, origin=name) for name in ("model-a", "model-b")]
        first, second = sorted(answers, key=lambda answer: str(answer.public_id))
        judge_comparison(
            make_comparison(project, prompt=prompt, first=first, second=second), *verdicts
        )
    return project


def written(tmp_path, *arguments: str) -> str:
    call_command("project_report", "tea", "--output", str(tmp_path / "report.html"), *arguments)
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_one_file_has_both_languages_and_loads_nothing(tmp_path, project):
    make_user(username="somebody")
    text = written(tmp_path)
    assert '<main id="en" lang="en">' in text
    assert '<main id="zh-hans" lang="zh-hans">' in text
    assert "How far people agree" in text
    assert "按标签的一致程度" in text
    assert text.count('<svg class="chart__picture') >= 8
    assert "Tea &lt;b&gt;" in text
    assert not re.search(r"<script|<link|<img|@import|url\(", text)
    assert "model-a" not in text  # leads say so where they want it


def test_one_language_with_models(tmp_path, project):
    text = written(tmp_path, "--language", "en", "--models")
    assert "zh-hans" not in text
    assert "model-a · model-b" in text
    assert "Share of decided judgements that each model won" in text


def test_an_empty_project_has_a_report_too(tmp_path, capsys):
    make_project(slug="tea", name="Tea")
    assert "Tea" in written(tmp_path, "--json")
    assert json.loads(capsys.readouterr().out)["n_judgements"] == 0


def test_figures_are_computed_for_it_where_none_are_stored(tmp_path, project):
    written(tmp_path)
    assert refresh_report(project).n_judgements == 6
