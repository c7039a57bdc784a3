from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from annotate.judging.simulation import simulate_annotators
from annotate.management.base import AccordCommand, project_by_slug
from annotate.projects.progress import progress


class Command(AccordCommand):
    help = "Let simulated annotators judge by the recorded preferences, with errors of their own."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("project", help="the project's address (slug)")
        parser.add_argument("--annotators", type=int, default=3)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument(
            "--leave-open", type=int, default=100, help="comparisons that they do not touch"
        )

    def run(
        self, *, project: str, annotators: int, seed: int, leave_open: int, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        found = project_by_slug(project)
        with self.progress(lambda: f"{progress(found).n_simulated:,} simulated judgements"):
            simulated = simulate_annotators(
                project=found, n_annotators=annotators, seed=seed, leave_open=leave_open
            )
        return (
            f"{found.name}: {simulated.n_judgements} judgements "
            f"by {simulated.n_annotators} simulated annotators.",
            asdict(simulated),
        )
