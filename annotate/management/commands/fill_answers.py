from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from annotate.endpoints.endpoints import endpoints_for
from annotate.endpoints.money import amount_of, in_words
from annotate.generation.chosen_prompts import Selection
from annotate.generation.completion_sources import Source
from annotate.generation.queueing import estimate, queue_generation
from annotate.generation.running import run_generation
from annotate.management.base import AccordCommand, Failed, project_by_slug
from annotate.models import (
    UNFINISHED,
    CutCompletions,
    Generation,
    GenerationState,
    Project,
)

FACTS = (
    *("state", "n_prompts", "n_done", "n_failed", "n_comparisons", "n_identical", "n_cut"),
    *("n_retries", "n_tokens_in", "n_tokens_out", "spent", "currency", "reason"),
)


class Command(AccordCommand):
    help = "Have models answer the prompts of a project that wait for answers."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("project", help="the project's address (slug)")
        parser.add_argument(
            "--source",
            action="append",
            required=True,
            metavar="ENDPOINT:MODEL",
            help="twice; the same one twice makes two answers of one model",
        )
        parser.add_argument("--seed", action="append", type=int, default=[], help="one a source")
        parser.add_argument("--temperature", type=float, help="else as the server has it")
        parser.add_argument("--top-p", type=float)
        parser.add_argument("--max-tokens", type=int, default=1024)
        parser.add_argument("--import", dest="import_id", type=UUID, help="of this import alone")
        parser.add_argument("--tag", default="", help="with this tag alone")
        parser.add_argument("--most", type=int, help="at most so many prompts")
        parser.add_argument(
            "--cut",
            default=CutCompletions.LEAVE_OUT.value,
            choices=CutCompletions.values,
            help="what becomes of answers that are cut at their greatest length",
        )
        parser.add_argument("--spend-limit", type=Decimal, help="in the endpoints' currency")
        parser.add_argument("--estimate", action="store_true", help="only say what it would cost")
        parser.add_argument("--wait", action="store_true", help="do it here, not in a worker")

    def run(self, *, project: str, **options: Any) -> tuple[str, dict[str, Any]]:
        found = project_by_slug(project)
        asked: dict[str, Any] = {
            "project": found,
            "sources": _sources(found, options),
            "selection": Selection(options["import_id"], options["tag"], options["most"]),
        }
        if options["estimate"]:
            guess = estimate(**asked)
            likely, most = (
                in_words(cost, guess.currency) for cost in (guess.cost_likely, guess.cost_most)
            )
            sentence = f"{guess.n_prompts} prompts: about {likely}, at most {most} for one try."
            return sentence, vars(guess)
        limit = options["spend_limit"]
        row = queue_generation(
            **asked,
            requested_by=None,
            cut_completions=options["cut"],
            spend_limit=None if limit is None else amount_of(limit),
        )
        if not options["wait"]:
            return f"queued: {row.public_id}", {"id": row.public_id, "state": row.state}
        return self._done(row)

    def _done(self, row: Generation) -> tuple[str, dict[str, Any]]:
        with self.progress(lambda: f"{_fresh(row).n_done:,} answers"):
            while row.state in UNFINISHED:
                run_generation(generation_id=row.pk)
                row = _fresh(row)
        facts = {"id": row.public_id, **{name: getattr(row, name) for name in FACTS}}
        if row.state == GenerationState.FAILED:
            raise Failed(row.reason, facts)
        cost = in_words(row.spent, row.currency)
        sentence = f"{row.n_comparisons} comparisons of {row.n_prompts} prompts, for {cost}."
        return sentence, facts


def _fresh(row: Generation) -> Generation:
    return Generation.objects.get(pk=row.pk)


def _sources(project: Project, options: dict[str, Any]) -> list[Source]:
    usable = {endpoint.name: endpoint for endpoint in endpoints_for(project)}
    sources = []
    for place, text in enumerate(options["source"]):
        name, _colon, model = text.partition(":")
        if name not in usable:
            known = ", ".join(usable) or "none"
            raise CommandError(f"No endpoint is called {name!r}. There are: {known}.")
        sources.append(
            Source(
                endpoint=usable[name],
                model=model,
                max_tokens=options["max_tokens"],
                temperature=options["temperature"],
                top_p=options["top_p"],
                seed=options["seed"][place] if place < len(options["seed"]) else None,
            )
        )
    return sources
