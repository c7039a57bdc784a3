"""From a selection to one row for each completion that is wanted, in short transactions."""

from django.db import transaction
from django.db.models import F

from annotate.generation.chosen_prompts import Selection, waiting
from annotate.models import Generation, Project, WantedCompletion
from annotate.work.claims import Claim

BATCH = 500


def plan(held: Claim[Generation]) -> None:
    """Want a completion of each source for each prompt; what was planned before is not repeated."""
    while _plan_batch(held):
        pass


@transaction.atomic
def _plan_batch(held: Claim[Generation]) -> bool:
    """Whether there may be more. The project's row keeps two generations from one prompt."""
    held.write()
    row = held.held.get()
    Project.objects.select_for_update(no_key=True).get(pk=row.project_id)  # who judges goes on
    selection = Selection.of(row.selection)
    left = None if selection.most is None else selection.most - row.n_prompts
    if row.planned_to >= row.last_prompt or left == 0:
        return False
    following = waiting(row.project, selection).filter(
        pk__gt=row.planned_to, pk__lte=row.last_prompt
    )
    looked_at = list(following[:BATCH])
    chosen = [prompt for prompt in looked_at if selection.includes(prompt)][:left]
    is_cut_short = left is not None and len(chosen) == left
    sources = list(row.sources.order_by("place"))
    WantedCompletion.objects.bulk_create(
        WantedCompletion(generation=row, source=source, prompt=prompt)
        for prompt in chosen
        for source in sources
    )
    is_last = is_cut_short or len(looked_at) < BATCH
    held.write(
        planned_to=row.last_prompt if is_last else looked_at[-1].pk,
        n_prompts=F("n_prompts") + len(chosen),
        n_total=(row.n_total or 0) + len(chosen) * len(sources),
    )
    return not is_last
