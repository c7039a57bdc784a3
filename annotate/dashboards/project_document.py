"""A project's overview and agreement as one file of HTML, which loads nothing and runs nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe

from annotate.dashboards.agreement_pictures import Pictures, pictures_of
from annotate.dashboards.names import imports_of
from annotate.dashboards.overview import overview_of
from annotate.models import AgreementReport, Project

PEOPLE = "without_simulated"


def project_document(
    project: Project, stored: AgreementReport, *, languages: Sequence[str], has_models: bool
) -> str:
    """Everything in each of the languages, one after the other.

    People are told by pseudonym. Args: has_models: with what names the models, which whoever still
    judges must not read.
    """
    parts = [_part(project, stored, language, has_models) for language in languages]
    style = Path(str(finders.find("css/charts.css"))).read_text(encoding="utf-8")
    return render_to_string(
        "annotate/project_report.html",
        {
            "project": project,
            "parts": parts,
            "language": languages[0],
            "style": mark_safe(style),  # noqa: S308  # our own stylesheet
        },
    )


def _part(
    project: Project, stored: AgreementReport, language: str, has_models: bool
) -> dict[str, Any]:
    with translation.override(language):
        overview = overview_of(project)
        pictures = pictures_of(
            stored, PEOPLE, is_lead=has_models, people={}, imports=imports_of(project)
        )
        context = {
            "project": project,
            "language": language,
            "overview": overview,
            "progress": overview.progress,
            "stored": stored,
            "sections": _sections(pictures),
        }
        return {
            "language": language,
            "html": mark_safe(  # noqa: S308  # a template has escaped it
                render_to_string("annotate/_project_report.html", context)
            ),
        }


def _sections(pictures: Pictures) -> list[tuple[str, Any]]:
    named = {
        translation.gettext("How far people agree"): pictures.headline,
        translation.gettext("Over time"): pictures.over_time,
        translation.gettext("Within groups"): pictures.groups,
        translation.gettext("How judging goes"): pictures.curves,
        translation.gettext("Models beside one another"): pictures.models,
    }
    return [(title, charts) for title, charts in named.items() if charts]
