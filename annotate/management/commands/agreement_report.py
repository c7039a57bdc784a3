from argparse import ArgumentTypeError
from contextlib import nullcontext, suppress
from math import inf
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotate.agreement.document import html, markdown
from annotate.agreement.included import NARROWEST, RAO_KUPPER, SECTIONS, TIES, WIDTH, included
from annotate.agreement.reports import refresh_report
from annotate.management.base import AccordCommand, project_by_slug, written
from annotate.models import AgreementReport, Project

WRITERS = {"markdown": markdown, "html": html}
COHORTS = {"people": "without_simulated", "all": "all"}


def _project(slug: str) -> Project:
    if Path(slug).is_file() and not Project.objects.filter(slug=slug).exists():
        raise CommandError(
            f"{slug} is a file. A report that was written earlier holds figures and no judgements, "
            "so it cannot be merged: name the projects."
        )
    return project_by_slug(slug)


def _measured(projects: list[Project]) -> AgreementReport:
    if len(projects) == 1:
        return refresh_report(projects[0])  # computes only what has changed
    from annotate.agreement.merged import merged_report  # numpy: only where it is computed

    return merged_report(projects)


def _width(text: str) -> float:
    with suppress(ValueError):
        if NARROWEST < float(text) < inf:
            return float(text)
    raise ArgumentTypeError(f"{text!r} is no number above {NARROWEST:f}")


class Command(AccordCommand):
    help = "A project's agreement figures as Markdown, as a page of HTML, or, with --json, as data."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "project", nargs="+", help="the project's address (slug); several are measured as one"
        )
        parser.add_argument("--format", choices=list(WRITERS), default="markdown")
        parser.add_argument(
            "--who",
            choices=list(COHORTS),
            default="people",
            help="people (imported votes among them), or all: simulated and model votes too",
        )
        parser.add_argument(
            "--width",
            type=_width,
            default=WIDTH,
            help="of the intervals to plan for, above 0; 0.1 unless another is given",
        )
        parser.add_argument(
            "--ties",
            choices=list(TIES),
            default=RAO_KUPPER,
            help="the model of ties by which models are rated",
        )
        parser.add_argument("--output", type=Path, help="where the document goes; else it is shown")

    def run(
        self,
        *,
        project: list[str],
        format: str,
        who: str,
        width: float,
        ties: str,
        output: Path | None,
        **options: Any,
    ) -> tuple[str, dict[str, Any]]:
        found = [_project(slug) for slug in project]
        with nullcontext() if output is None else written(output) as file:
            with self.progress(lambda: "computing the figures"):
                stored = _measured(found)
            sections = included(stored, SECTIONS, cohort=COHORTS[who], widths=[width], ties=ties)
            document = WRITERS[format](stored, COHORTS[who], sections)
            if file is not None:
                file.write(document.encode())
        facts = {
            "project": " ".join(each.slug for each in found),
            "computed_at": stored.computed_at,
            "n_judgements": stored.n_judgements,
            "report": stored.report[COHORTS[who]],
            "sections": sections,
        }
        if output is None:
            return document, facts
        return f"{output}: {stored.n_judgements} judgements", facts | {"output": output}
