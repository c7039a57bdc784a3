"""Freeze preferences from the command line."""

from typing import Any

from django.core.management.base import CommandParser

from annotate.models import AnnotatorKind
from annotate.preferences.edits import Edits, in_words
from training.management.base import TrainingCommand, find_project
from training.models import Snapshot
from training.snapshots.freezing import freeze_snapshot
from training.snapshots.selection import USUAL_KINDS, Selection


class Command(TrainingCommand):
    help = "Freeze the preferences of some projects into a snapshot that never changes."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what people will call it")
        parser.add_argument("--project", action="append", required=True, metavar="SLUG")
        parser.add_argument(
            "--kind",
            action="append",
            choices=AnnotatorKind.values,
            help=f"kinds of annotator that count; {' and '.join(USUAL_KINDS)} if none is named",
        )
        parser.add_argument("--cohort", action="append", help="count these cohorts only")
        parser.add_argument("--min-agreement", type=float, default=0.0, help="share, 0 to 1")
        parser.add_argument("--since", help="resolved at or after this date")
        parser.add_argument("--until", help="resolved before this date")
        parser.add_argument("--no-ties", dest="include_ties", action="store_false")
        parser.add_argument("--both-bad", dest="include_both_bad", action="store_true")
        parser.add_argument(
            "--edits",
            choices=Edits.values,
            default=Edits.NONE.value,
            help="add pairs of what people made of the better answer",
        )
        parser.add_argument(
            "--arenas",
            dest="include_arenas",
            action="store_true",
            help="keep pairs that arenas asked, on the held-out side alone",
        )
        parser.add_argument("--eval-share", type=float, default=0.1, help="of prompts, held out")

    def act(self, **options: Any) -> tuple[str, dict[str, Any]]:
        names = (
            *("min_agreement", "since", "until", "include_ties", "include_both_bad", "edits"),
            "include_arenas",
        )
        selection = Selection.from_json(
            {
                "kinds": options["kind"],
                "cohorts": options["cohort"],
                "eval_share": options["eval_share"],
                **{name: options[name] for name in names},
            }
        )
        snapshot = freeze_snapshot(
            name=options["name"],
            projects=[find_project(slug) for slug in options["project"]],
            selection=selection,
        )
        line = (
            f"{snapshot.name}: {snapshot.n_pairs} rows ({snapshot.n_train} to train on, "
            f"{snapshot.n_eval} held out) from {snapshot.n_judgements} judgements, "
            f"{snapshot.n_simulated} of them simulated{_of_edits(snapshot)}"
            f"{_of_arenas(snapshot)}\n"
            f"id {snapshot.public_id}\nsha256 {snapshot.digest}"
        )
        return line, {
            "id": snapshot.public_id,
            "digest": snapshot.digest,
            "n_pairs": snapshot.n_pairs,
            "n_train": snapshot.n_train,
            "n_eval": snapshot.n_eval,
            "n_edits": snapshot.n_edits,
            "edits_left_out": snapshot.edits_left_out,
            "n_of_arenas_left_out": snapshot.n_of_arenas_left_out,
            "n_judgements": snapshot.n_judgements,
            "n_simulated": snapshot.n_simulated,
        }


def _of_arenas(snapshot: Snapshot) -> str:
    n = snapshot.n_of_arenas_left_out
    return f"\nleft out {n} judged in arenas, on prompts that are held out there" if n else ""


def _of_edits(snapshot: Snapshot) -> str:
    """What became of the edited answers, where there are any."""
    left_out = "".join(f"; left out {n}: {words}" for n, words in in_words(snapshot.edits_left_out))
    rows = f"\n{snapshot.n_edits} of the rows are pairs of edited answers"
    return f"{rows}{left_out}" if snapshot.n_edits or left_out else ""
