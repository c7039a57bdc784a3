"""Tags of the prompts that comparisons are of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotate.bulk_changes.actions.action import Action, Changed, Needs
from annotate.errors import InvalidInput
from annotate.listing.search_index import holds_mark, write_entries
from annotate.listing.searched_words import TAG
from annotate.models import Comparison, Project, Prompt
from annotate.text.free_text import refuse_unstorable

LONGEST_TAG = 100
Tags = list[str]


def _check(value: str) -> str:
    refuse_unstorable(value, field="value")
    tag = " ".join(value.split())
    if not tag or len(tag) > LONGEST_TAG:
        raise InvalidInput(
            _("“%(value)s” is no tag: give it 1 to %(most)d characters.")
            % {"value": value, "most": LONGEST_TAG},
            field="value",
            value=value,
        )
    return tag


def _add(tags: Tags, tag: str) -> Tags:
    return tags if tag in tags else [*tags, tag]


def _take(tags: Tags, tag: str) -> Tags:
    return [one for one in tags if one != tag]


def _applying(change: Callable[[Tags, str], Tags]) -> Callable[[Project, Sequence[int], str], Any]:
    def apply(_project: Project, ids: Sequence[int], value: str) -> Changed:
        """Of each prompt one comparison stands for all of them, which share its tags."""
        of_prompt: dict[int, int] = {}
        rows = Comparison.objects.filter(pk__in=ids).order_by("pk")
        for pk, prompt_id in rows.values_list("pk", "prompt_id"):
            of_prompt.setdefault(prompt_id, pk)
        changed: Changed = {}
        for prompt in _locked(of_prompt):
            before, prompt.tags = prompt.tags, change(prompt.tags, value)
            if before != prompt.tags:
                prompt.save(update_fields=["tags"])
                changed[of_prompt[prompt.pk]] = (before, prompt.tags)
        _index_again(changed)
        return changed

    return apply


def _undo(_project: Project, rows: Mapping[int, tuple[Any, Any]]) -> int:
    of_prompt = dict(Comparison.objects.filter(pk__in=rows).values_list("prompt_id", "pk"))
    back = []
    for prompt in _locked(of_prompt):
        was, now = rows[of_prompt[prompt.pk]]
        if prompt.tags == now:
            prompt.tags = was
            prompt.save(update_fields=["tags"])
            back.append(of_prompt[prompt.pk])
    _index_again(back)
    return len(back)


def _locked(prompt_ids: Mapping[int, int]) -> list[Prompt]:
    rows = Prompt.objects.filter(pk__in=prompt_ids).order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True))


def _index_again(comparison_ids: Any) -> None:
    """All comparisons of their prompts, as far as they have an entry; the others get one soon."""
    prompts = Comparison.objects.filter(pk__in=list(comparison_ids)).values("prompt")
    known = Comparison.objects.filter(prompt__in=prompts, search_entry__isnull=False)
    write_entries(known.values_list("pk", flat=True))


def _told(rows: QuerySet[Comparison]) -> Iterator[str]:
    prompts = rows.order_by().values("prompt").distinct()
    n = Comparison.objects.filter(prompt__in=prompts).exclude(pk__in=rows.values("pk")).count()
    if n:
        yield ngettext(
            "A tag belongs to the prompt: %(n)d other comparison of the same prompts has it too.",
            "A tag belongs to the prompt: %(n)d other comparisons of the same prompts have it too.",
            n,
        ) % {"n": n}


ADD_TAG = Action(
    "tag",
    gettext_lazy("Give them a tag"),
    gettext_lazy("Their prompts get the tag, beside those that they have."),
    check=_check,
    would_change=lambda tag: ~Q(search_entry__words__holds=holds_mark(TAG, tag)),
    apply=_applying(_add),
    undo=_undo,
    told=_told,
    needs=Needs.NAME,
    value_label=gettext_lazy("Tag"),
)
TAKE_TAG = Action(
    "untag",
    gettext_lazy("Take a tag from them"),
    gettext_lazy("Their prompts lose the tag."),
    check=_check,
    would_change=lambda tag: Q(search_entry__words__holds=holds_mark(TAG, tag)),
    apply=_applying(_take),
    undo=_undo,
    told=_told,
    needs=Needs.NAME,
    value_label=gettext_lazy("Tag"),
)
