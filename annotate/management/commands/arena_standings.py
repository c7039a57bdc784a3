from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from annotate.arena.shown_standings import shown_standings
from annotate.arena.standings import refresh_standings
from annotate.management.base import AccordCommand
from annotate.models import Arena


class Command(AccordCommand):
    help = "Where the contestants of an arena stand, counted now; with --json, as data."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("arena", type=UUID, help="its id")

    def run(self, *, arena: UUID, **options: Any) -> tuple[str, dict[str, Any]]:
        found = Arena.objects.filter(public_id=arena).first()
        if found is None:
            raise CommandError(f"There is no arena {arena}.")
        refresh_standings(arena_id=found.pk)
        found.refresh_from_db()
        standings: dict[str, Any] = found.standings or {}
        facts = {"id": found.public_id, "state": found.state, "standings": standings}
        return _table(found.name, standings["overall"]), facts


def _table(name: str, standings: dict[str, Any]) -> str:
    shown = shown_standings(standings)
    lines = [f"{name}: {shown.n_judgements} judgements by {shown.n_annotators} people"]
    if shown.undefined:
        lines.append(f"undefined, {shown.undefined}")
    for one in shown.contestants:
        strength = one.strength
        interval = f" ({strength.low} to {strength.high})" if strength.low else ""
        lines.append(
            f"{one.name}: {strength.value or '–'}{interval}, best {one.best or '–'}, "
            f"won {one.n_wins}, tied {one.n_ties}, lost {one.n_losses}"
        )
    lines += [f"{pair.first} against {pair.second}: {pair.decision}" for pair in shown.pairs]
    lines += [line for line in (shown.leader, shown.fragility) if line]
    return "\n".join(lines)
