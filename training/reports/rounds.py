"""Recipes and rounds as pages show them: every step in a sentence, with what it made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from annotate.arena.counted_votes import peoples_votes
from annotate.models import User
from training.access.permissions import (
    visible_checkpoints,
    visible_proposals,
    visible_recipes,
    visible_rounds,
    visible_runs,
    visible_snapshots,
)
from training.automation.chain import Chain, stored_chain
from training.automation.recipes import newest_version, with_newest_version
from training.automation.step import Step
from training.automation.step_sources import NAMES_IN_WORDS, Origin, Source
from training.automation.told_reasons import told
from training.models import (
    Checkpoint,
    Recipe,
    RecipeVersion,
    Round,
    RoundState,
    RoundStep,
    Run,
    Snapshot,
)
from training.reports.run_status import RunStatus, run_status

ROUNDS_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class ShownStep:
    """A step in words; in a round, with its row and as much of what it made as the reader sees."""

    number: int
    title: str | Promise
    sentence: SafeString
    row: RoundStep | None = None
    snapshot: Snapshot | None = None
    run: Run | None = None
    status: RunStatus | None = None
    shows_proposal: bool = False
    n_judged: int = 0  # by people, in its arena


@dataclass(frozen=True, kw_only=True)
class RecipeRow:
    recipe: Recipe
    titles: list[str | Promise]  # of its steps
    last: Round | None


@dataclass(frozen=True, kw_only=True)
class RecipeDetail:
    recipe: Recipe
    version: RecipeVersion
    steps: list[ShownStep]
    versions: list[RecipeVersion]
    rounds: list[Round]
    n_rounds: int
    is_under_way: bool


@dataclass(frozen=True, kw_only=True)
class RoundDetail:
    round: Round
    steps: list[ShownStep]
    is_over: bool
    can_resume: bool


def recipe_rows(user: User) -> list[RecipeRow]:
    newest = Prefetch("rounds", Round.objects.order_by("-number")[:1], to_attr="newest_rounds")
    recipes = with_newest_version(visible_recipes(user)).select_related("project")
    return [
        RecipeRow(
            recipe=recipe,
            titles=[step.label for step in stored_chain(newest_version(recipe))],
            last=next(iter(recipe.newest_rounds), None),
        )
        for recipe in recipes.prefetch_related(newest).order_by("project__name", "name")
    ]


def recipe_detail(recipe: Recipe, user: User) -> RecipeDetail:
    version = newest_version(recipe)
    rounds = rounds_of(recipe)
    return RecipeDetail(
        recipe=recipe,
        version=version,
        steps=shown_steps(stored_chain(version), user),
        versions=list(recipe.versions.select_related("created_by").order_by("-number")),
        rounds=told(rounds[:ROUNDS_SHOWN], user),
        n_rounds=rounds.count(),
        is_under_way=rounds.filter(state=RoundState.RUNNING).exists(),
    )


def rounds_of(recipe: Recipe) -> QuerySet[Round]:
    return with_what_pages_need(recipe.rounds.all())


def round_list(user: User) -> QuerySet[Round]:
    """Every round that the user may see, the newest first."""
    return with_what_pages_need(visible_rounds(user))


def with_what_pages_need(rounds: QuerySet[Round]) -> QuerySet[Round]:
    related = ("recipe__project", "version", "requested_by", "cancelled_by")
    steps = Prefetch("steps", RoundStep.objects.order_by("number"))
    return rounds.select_related(*related).prefetch_related(steps).order_by("-started_at", "-pk")


def round_detail(shown: Round, user: User) -> RoundDetail:
    steps = RoundStep.objects.select_related("run__after", "snapshot", "arena").order_by("number")
    prefetch_related_objects([shown], Prefetch("steps", steps))
    told([shown], user)
    return RoundDetail(
        round=shown,
        steps=_steps_of(shown, user),
        is_over=shown.state != RoundState.RUNNING,
        can_resume=shown.state in (RoundState.FAILED, RoundState.CANCELLED),
    )


def shown_steps(chain: Chain, user: User) -> list[ShownStep]:
    words = _SourceWords(chain, user, names={})
    return [
        ShownStep(number=number, title=step.label, sentence=words.sentence(step))
        for number, step in enumerate(chain, start=1)
    ]


def _steps_of(shown: Round, user: User) -> list[ShownStep]:
    chain = stored_chain(shown.version)
    words = _SourceWords(chain, user, names=shown.names)
    rows = list(shown.steps.all())
    n_judged = {row.pk: peoples_votes(row.arena).count() for row in rows if row.arena is not None}
    runs = set(
        visible_runs(user)
        .filter(pk__in=[row.run_id for row in rows if row.run_id])
        .values_list("pk", flat=True)
    )
    snapshots = set(
        visible_snapshots(user)
        .filter(pk__in=[row.snapshot_id for row in rows if row.snapshot_id])
        .values_list("pk", flat=True)
    )
    proposed = [row.result["proposal"] for row in rows if "proposal" in row.result]
    proposals = visible_proposals(user).filter(public_id__in=proposed)
    seen = {str(public_id) for public_id in proposals.values_list("public_id", flat=True)}
    return [
        ShownStep(
            number=row.number,
            title=chain[row.number - 1].label,
            sentence=words.sentence(chain[row.number - 1]),
            row=row,
            snapshot=row.snapshot if row.snapshot_id in snapshots else None,
            run=row.run if row.run_id in runs else None,
            status=run_status(row.run) if row.run and row.run_id in runs else None,
            shows_proposal=row.result.get("proposal") in seen,
            n_judged=n_judged.get(row.pk, 0),
        )
        for row in rows
    ]


class _SourceWords:
    """Sources in words, with links where the reader may follow them."""

    def __init__(self, chain: Chain, user: User, *, names: Mapping[str, str | None]) -> None:
        sources = [wanted.read() for step in chain for wanted in step.sources()]
        self._names = names
        ids = [source.name for source in sources if source.origin is Origin.CHECKPOINT]
        ids += [public_id for public_id in names.values() if public_id]
        self._checkpoints = _by_id(visible_checkpoints(user).filter(public_id__in=ids))
        frozen = [source.name for source in sources if source.origin is Origin.SNAPSHOT]
        self._snapshots = _by_id(visible_snapshots(user).filter(public_id__in=frozen))

    def sentence(self, step: Step) -> SafeString:
        """The step's own words are ours; names are other people's, and escaped."""
        words = {wanted.field: self._words(wanted.read()) for wanted in step.sources()}
        return (
            format_html(step.sentence(), **words) if words else format_html("{}", step.sentence())
        )

    def _words(self, source: Source) -> str | SafeString:
        if source.origin is Origin.STEP:
            return format_html(
                '<a href="#step-{0}">{1}</a>', source.name, _("step %(n)s") % {"n": source.name}
            )
        if source.origin is Origin.ALIAS:
            return self._name(source.name)
        if source.origin is Origin.SNAPSHOT:
            return self._link(self._snapshots.get(source.name), "snapshot", _("a snapshot"))
        return self._link(self._checkpoints.get(source.name), "checkpoint", _("a checkpoint"))

    def _name(self, name: str) -> str | SafeString:
        words = NAMES_IN_WORDS.get(name) or _("“%(name)s”") % {"name": name}
        bearer = self._checkpoints.get(self._names.get(name) or "")
        if bearer is None:
            return str(words)
        link = self._link(bearer, "checkpoint", "")
        return format_html("{} ({})", words, link)

    def _link(self, row: Any, view: str, unseen: str) -> str | SafeString:
        if row is None:
            return unseen
        address = reverse(f"training:{view}", args=[row.public_id])
        return format_html('<a href="{}">{}</a>', address, row.name)


def _by_id(rows: Iterable[Checkpoint] | Iterable[Snapshot]) -> dict[str, Any]:
    return {str(row.public_id): row for row in rows}
