"""What people do: estimate, ask for answers, stop, go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.access.audit import record_event
from annotate.endpoints.endpoints import endpoints_for
from annotate.endpoints.money import cost_of, likely_tokens_of, most_tokens_of
from annotate.errors import AccordError, InvalidInput
from annotate.generation.chosen_prompts import Selection, chosen
from annotate.generation.completion_sources import Source, check_sources
from annotate.models import (
    UNFINISHED,
    Annotator,
    Comparison,
    CutCompletions,
    Generation,
    GenerationSource,
    GenerationState,
    Project,
    Prompt,
    WantedCompletion,
    WantedState,
)
from annotate.work.claims import Work

GENERATIONS = Work(Generation, "annotate.tasks.run_generation")


class NotCancellable(AccordError):
    code = "not_cancellable"
    status = 409
    default_message = gettext_lazy("It is over already.")


class NotResumable(AccordError):
    code = "not_resumable"
    status = 409
    default_message = gettext_lazy("Only what failed or was cancelled can go on.")


@dataclass(frozen=True)
class Estimate:
    """What a generation would take: likely where answers end half-way to their length."""

    n_prompts: int
    n_tokens_likely: int
    cost_likely: int
    cost_most: int
    currency: str


def estimate(*, project: Project, selection: Selection, sources: Sequence[Source]) -> Estimate:
    """Raises: InvalidInput."""
    _check(project, sources)
    n_prompts = n_likely = n_most = 0
    for prompt in chosen(project, selection):
        n_prompts += 1
        n_likely += likely_tokens_of(prompt.messages)
        n_most += most_tokens_of(prompt.messages)
    cost_likely = cost_most = n_out = 0
    for source in sources:
        prices = source.endpoint.price_in, source.endpoint.price_out
        half, whole = n_prompts * source.max_tokens // 2, n_prompts * source.max_tokens
        cost_likely += cost_of(prices, n_tokens_in=n_likely, n_tokens_out=half)
        cost_most += cost_of(prices, n_tokens_in=n_most, n_tokens_out=whole)
        n_out += half
    return Estimate(
        n_prompts=n_prompts,
        n_tokens_likely=len(sources) * n_likely + n_out,
        cost_likely=cost_likely,
        cost_most=cost_most,
        currency=sources[0].endpoint.currency,
    )


@transaction.atomic
def queue_generation(
    *,
    project: Project,
    requested_by: Annotator | None,
    sources: Sequence[Source],
    selection: Selection = Selection(),  # noqa: B008  (it is frozen)
    cut_completions: str = CutCompletions.LEAVE_OUT,
    spend_limit: int | None = None,
    failed_share: float = 0.1,
) -> Generation:
    """Have models answer the prompts that wait now. Raises: InvalidInput."""
    _check(project, sources)
    if cut_completions not in CutCompletions.values:
        raise InvalidInput(
            _("This choice is not known."), field="cut_completions", value=cut_completions
        )
    if not 0 <= failed_share <= 1:
        raise InvalidInput(
            _("This should be a number from %(low)s to %(high)s.") % {"low": 0, "high": 1},
            field="failed_share",
            value=failed_share,
        )
    if selection.most is not None and selection.most < 1:
        raise InvalidInput(_("Choose at least one prompt."), field="most", value=selection.most)
    if next(chosen(project, selection), None) is None:
        raise InvalidInput(_("No prompt of this choice waits for answers."), field="import")
    newest = Prompt.objects.filter(project=project).order_by("-pk").values_list("pk")[0][0]
    row = Generation.objects.create(
        project=project,
        requested_by=requested_by,
        selection=selection.as_stored(),
        cut_completions=cut_completions,
        currency=sources[0].endpoint.currency,
        spend_limit=spend_limit,
        failed_share=failed_share,
        last_prompt=newest,
    )
    for place, source in enumerate(sources):
        GenerationSource.objects.create(
            generation=row,
            place=place,
            endpoint=source.endpoint,
            model=source.model,
            sampling=source.sampling,
        )
    facts = {"sources": [f"{one.model} @ {one.endpoint.name}" for one in sources]}
    _record(row, requested_by, "queued", {**facts, "spend_limit": spend_limit})
    GENERATIONS.ring_on_commit(row.pk)
    return row


@transaction.atomic
def cancel_generation(*, generation: Generation, cancelled_by: Annotator | None) -> None:
    """Nothing more is sent; what is on its way is still kept. Raises: NotCancellable."""
    of_it = Generation.objects.filter(pk=generation.pk)
    if of_it.filter(state=GenerationState.QUEUED).update(
        state=GenerationState.CANCELLED, finished_at=Now()
    ):
        _record(generation, cancelled_by, "cancelled")
        return
    if not of_it.filter(state=GenerationState.RUNNING).update(cancel_requested_at=Now()):
        raise NotCancellable
    _record(generation, cancelled_by, "cancelled")


@transaction.atomic
def resume_generation(
    *, generation: Generation, resumed_by: Annotator | None, spend_limit: int | None = None
) -> None:
    """Go on where it ended: what is written stays, what failed is asked again.

    Args:
        spend_limit: instead of the one there was; None keeps it.
    Raises: NotResumable.
    """
    if generation.forgotten_at is not None:
        raise NotResumable(
            _("What it had asked for was kept for %(n)d days. Have the models asked anew.")
            % {"n": settings.ACCORD_CALL_DAYS}
        )
    over = Generation.objects.filter(
        pk=generation.pk,
        state__in=[GenerationState.FAILED, GenerationState.CANCELLED],
        forgotten_at=None,
    )
    limit: dict[str, Any] = {} if spend_limit is None else {"spend_limit": spend_limit}
    if not over.update(
        state=GenerationState.QUEUED,
        attempt=0,
        n_failed=0,
        reason="",
        finished_at=None,
        cancel_requested_at=None,
        requested_at=Now(),
        **limit,
    ):
        raise NotResumable
    wanted = WantedCompletion.objects.filter(generation=generation)
    wanted.filter(state=WantedState.FAILED).update(
        state=WantedState.WAITING, n_tries=0, due_at=Now(), reason=""
    )
    answered = Comparison.objects.filter(prompt=OuterRef("prompt"))
    in_hand = WantedCompletion.objects.filter(
        prompt=OuterRef("prompt"), generation__state__in=UNFINISHED
    ).exclude(generation=generation)
    for elsewhere in (Exists(answered), Exists(in_hand)):
        n_elsewhere = wanted.filter(elsewhere, state=WantedState.WAITING).update(
            state=WantedState.USED, reason=_("Others answer this prompt.")
        )
        Generation.objects.filter(pk=generation.pk).update(n_total=F("n_total") - n_elsewhere)
    _record(generation, resumed_by, "resumed", limit)
    GENERATIONS.ring_on_commit(generation.pk)


def _check(project: Project, sources: Sequence[Source]) -> None:
    """Raises: InvalidInput."""
    check_sources(sources)
    usable = set(endpoints_for(project).values_list("pk", flat=True))
    for source in sources:
        if source.endpoint.pk not in usable:
            raise InvalidInput(
                _("The project may not use this endpoint."),
                field="endpoint",
                value=source.endpoint.name,
            )


def _record(
    row: Generation, actor: Annotator | None, act: str, after: dict[str, Any] | None = None
) -> None:
    record_event(
        actor=actor,
        action=f"generation.{act}",
        target=f"generation:{row.public_id}",
        project=row.project,
        after=after,
    )
