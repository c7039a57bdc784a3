"""What somebody has judged, and the words by which they find it again."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from django.db.models import QuerySet

from annotate.models import Annotator, Judgement, Project, SetMember

MOST_SEARCHED = 5_000  # of one's own, the newest
CHUNK = 500


def own_judgements(annotator: Annotator, project: Project) -> QuerySet[Judgement]:
    """Theirs that stand; a ranking is there once, by the judgement that stands for it."""
    return Judgement.objects.filter(
        project=project, annotator=annotator, withdrawn_at=None, is_derived=False
    )


def with_words(judgements: QuerySet[Judgement], words: str) -> QuerySet[Judgement]:
    """Those whose prompt, answers or note hold every one of the words, in any case.

    Texts are read here and not by the database: it knows messages as JSON, with all but ASCII
    escaped, and compares other alphabets by case or not as it happens to be built.
    """
    wanted = words.casefold().split()
    if not wanted:
        return judgements
    texts = judgements.order_by("-pk").values_list(
        "pk",
        "ranking__completion_set",
        "note",
        "comparison__first__text",
        "comparison__second__text",
        "comparison__prompt__messages",
    )[:MOST_SEARCHED]
    found = []
    rows = texts.iterator(chunk_size=CHUNK)
    while some := list(islice(rows, CHUNK)):
        ranked = _ranked_texts({row[1] for row in some} - {None})
        found += [
            key
            for key, of_set, *said, messages in some
            if _holds_all("\n".join([*said, *ranked[of_set], *_strings(messages)]), wanted)
        ]
    return judgements.filter(pk__in=found)


def _ranked_texts(set_ids: Collection[int]) -> Mapping[int | None, list[str]]:
    """All answers of sets, by the set."""
    texts: dict[int | None, list[str]] = defaultdict(list)
    members = SetMember.objects.filter(completion_set__in=set_ids)
    for key, text in members.values_list("completion_set", "completion__text"):
        texts[key].append(text)
    return texts


def _holds_all(text: str, wanted: list[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in wanted)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
    elif isinstance(value, dict):
        yield from _strings([part for key, part in value.items() if key not in ("role", "type")])
