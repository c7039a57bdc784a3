from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from annotate.agreement.reports import refresh_report
from annotate.dashboards.project_document import project_document
from annotate.management.base import AccordCommand, project_by_slug, written


class Command(AccordCommand):
    help = "A project's progress, forecast and agreement with their pictures, as one file of HTML."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("project", help="the project's address (slug)")
        parser.add_argument("--output", type=Path, required=True, help="where the file goes")
        parser.add_argument(
            "--language",
            action="append",
            choices=[code for code, _name in settings.LANGUAGES],
            help="one language, or several by saying it again; all of them if none is said",
        )
        parser.add_argument(
            "--models",
            action="store_true",
            help="with what names the models: not for those who still judge",
        )

    def run(
        self,
        *,
        project: str,
        output: Path,
        language: list[str] | None,
        models: bool,
        **options: Any,
    ) -> tuple[str, dict[str, Any]]:
        found = project_by_slug(project)
        languages = language or [code for code, _name in settings.LANGUAGES]
        with written(output) as file:
            with self.progress(lambda: "computing the figures"):
                stored = refresh_report(found)
            file.write(
                project_document(found, stored, languages=languages, has_models=models).encode()
            )
        facts = {"project": found.slug, "output": output, "n_judgements": stored.n_judgements}
        return f"{output}: {stored.n_judgements} judgements", facts
