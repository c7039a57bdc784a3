"""What somebody has judged, and the words by which they find it again."""

from collections.abc import Iterator

from django.db.models import QuerySet

from annotate.models import Annotator, Judgement, Project

MOST_SEARCHED = 5_000  # of one's own, the newest


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
        "note",
        "comparison__first__text",
        "comparison__second__text",
        "comparison__prompt__messages",
    )[:MOST_SEARCHED]
    found = [
        key
        for key, *said, messages in texts.iterator(chunk_size=500)
        if _holds_all("\n".join([*said, *_strings(messages)]), wanted)
    ]
    return judgements.filter(pk__in=found)


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
