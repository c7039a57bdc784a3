"""Which of the waiting prompts are meant: those of an import, of a tag, so many of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from annotate.imports.unanswered import unanswered_prompts
from annotate.models import UNFINISHED, Import, Project, Prompt, WantedCompletion

CHUNK = 500


@dataclass(frozen=True)
class Selection:
    """None or empty: all of them."""

    import_id: UUID | None = None
    tag: str = ""
    most: int | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        import_id = stored.get("import")
        return cls(
            import_id=UUID(import_id) if import_id else None,
            tag=stored.get("tag", ""),
            most=stored.get("most"),
        )

    def as_stored(self) -> dict[str, Any]:
        given = {
            "import": str(self.import_id) if self.import_id else None,
            "tag": self.tag,
            "most": self.most,
        }
        return {name: value for name, value in given.items() if value}

    def includes(self, prompt: Prompt) -> bool:
        """Whether a waiting prompt of the import is meant, too, by its tags."""
        return not self.tag or self.tag in prompt.tags


def waiting(project: Project, selection: Selection) -> QuerySet[Prompt]:
    """The prompts among which the selection chooses: no other generation has them in hand."""
    in_hand = WantedCompletion.objects.filter(
        prompt=OuterRef("pk"), generation__state__in=UNFINISHED
    )
    prompts = unanswered_prompts(project).filter(~Exists(in_hand))
    if selection.import_id is not None:
        prompts = prompts.filter(source__public_id=selection.import_id)
    return prompts.order_by("pk")


def chosen(project: Project, selection: Selection) -> Iterator[Prompt]:
    """The prompts that are meant, in their order."""
    n_chosen = 0
    for prompt in waiting(project, selection).iterator(chunk_size=CHUNK):
        if selection.most is not None and n_chosen >= selection.most:
            return
        if selection.includes(prompt):
            n_chosen += 1
            yield prompt


def imports_with_waiting(project: Project) -> QuerySet[Import]:
    """The imports some of whose prompts wait."""
    prompts = unanswered_prompts(project).filter(source=OuterRef("pk"))
    return Import.objects.filter(Exists(prompts), project=project).order_by("-pk")
