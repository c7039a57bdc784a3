"""Rows of one pair that name its models, and rows that do not: they speak of the same completions.

Only what this import has staged is ever renamed.
"""

from collections import defaultdict

from django.db.models import Exists, OuterRef, QuerySet

from annotate.imports.texts import Digested
from annotate.models import Comparison, ComparisonState, Completion, Import

Names = dict[str, str]  # by the digest of the completion
Key = tuple[str, frozenset[str]]  # the prompt's digest, and those of both completions


def share_origins(
    digested: list[Digested],
    prompts: dict[str, int],
    *,
    new_prompts: set[int],
    source: Import | None,
) -> None:
    """Give rows without names those that another row gives to the same pair, if only one does."""
    named: dict[Key, list[Names]] = defaultdict(list)
    for entry in digested:
        names = _names(entry)
        if any(names.values()) and names not in named[_key(entry)]:
            named[_key(entry)].append(names)
    older = [entry for entry in digested if prompts[entry.prompt] not in new_prompts]
    staged = _staged(older, prompts, source) if older and source is not None else {}
    for entry in older:
        known, names = staged.get(_key(entry)), _names(entry)
        if known and any(names.values()) and not any(known.values()):
            _rename(prompts[entry.prompt], names, known, source)
        elif known and any(known.values()) and known not in named[_key(entry)]:
            named[_key(entry)].append(known)
    for entry in digested:
        found = named[_key(entry)]
        if len(found) == 1 and not any(_names(entry).values()):
            entry.name_origins(found[0])


def _key(entry: Digested) -> Key:
    return entry.prompt, frozenset(digest for _text, digest, _origin in entry.completions)


def _names(entry: Digested) -> Names:
    return {digest: origin for _text, digest, origin in entry.completions}


def _staged(
    entries: list[Digested], prompts: dict[str, int], source: Import | None
) -> dict[Key, Names]:
    """The pairs that this import has staged before, of the prompts in this batch."""
    digests = {prompts[entry.prompt]: entry.prompt for entry in entries}
    staged = Comparison.objects.filter(
        source=source, state=ComparisonState.STAGED, prompt__in=list(digests)
    ).values_list("prompt", "first__digest", "first__origin", "second__digest", "second__origin")
    return {
        (digests[prompt], frozenset((first, second))): {first: first_name, second: second_name}
        for prompt, first, first_name, second, second_name in staged
    }


def _rename(prompt: int, names: Names, known: Names, source: Import | None) -> None:
    """A later row says what the models of a staged pair are called.

    A completion that is in other comparisons, too, is theirs as it is.
    """
    free = set(_only_staged(source).filter(prompt=prompt).values_list("digest", flat=True))
    if not free >= {digest for digest, origin in names.items() if origin}:
        return
    for digest, origin in names.items():
        taken = Completion.objects.filter(prompt=prompt, digest=digest, origin=origin)
        if origin and not taken.exists():
            Completion.objects.filter(prompt=prompt, digest=digest, origin="").update(origin=origin)
            known[digest] = origin


def _only_staged(source: Import | None) -> QuerySet[Completion]:
    """Completions without a name that are in no comparison but those staged here."""
    others = Comparison.objects.exclude(source=source, state=ComparisonState.STAGED)
    return Completion.objects.filter(
        ~Exists(others.filter(first=OuterRef("pk"))),
        ~Exists(others.filter(second=OuterRef("pk"))),
        origin="",
    )
