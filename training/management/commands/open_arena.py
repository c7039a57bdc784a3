"""Have checkpoints and imported models meet, from the command line."""

from typing import Any

from django.core.management.base import CommandParser

from training.management.base import TrainingCommand, find, find_project
from training.models import Checkpoint
from training.runs.arena_runs import open_checkpoint_arena


class Command(TrainingCommand):
    help = "Open an arena: its contestants' answers to held-out prompts are judged blind."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--checkpoint", action="append", default=[], help="its id, digest or name; repeatable"
        )
        parser.add_argument(
            "--model", action="append", default=[], help="whose answers are there; repeatable"
        )
        parser.add_argument(
            "--copy", action="store_true", help="enter the first checkpoint twice, as a control"
        )
        parser.add_argument("--prompts", type=int, default=100, help="how many; default 100")
        parser.add_argument("--target", type=int, default=300, help="judgements in all")
        parser.add_argument("--wanted", type=int, default=1, help="judgements of each meeting")
        parser.add_argument("--eval-share", type=float, default=0.1, help="held out of training")
        parser.add_argument("--go-on", action="store_true", help="even once all pairs are decided")
        parser.add_argument("--max-new-tokens", type=int, default=256)
        parser.add_argument("--temperature", type=float, default=1.0)
        parser.add_argument("--seed", type=int, default=0)

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        finals = Checkpoint.objects.filter(is_final=True)
        arena, runs = open_checkpoint_arena(
            project=find_project(options["project"]),
            name=options["name"],
            checkpoints=[find(finals, named) for named in options["checkpoint"]],
            origins=options["model"],
            with_copy=options["copy"],
            n_prompts=options["prompts"],
            target=options["target"],
            wanted=options["wanted"],
            eval_share=options["eval_share"],
            stops_when_decided=not options["go_on"],
            settings={name: options[name] for name in ("max_new_tokens", "temperature", "seed")},
        )
        queued = [run.public_id for run in runs]
        return f"{arena.public_id}: {len(queued)} runs queued", {
            "id": arena.public_id,
            "state": arena.state,
            "runs": queued,
        }
