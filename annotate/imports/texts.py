"""Prompts and completions by the digests of their texts: what is there already is used again."""

import hashlib
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from alignment_core.canonical import digest_of_json
from alignment_core.formats.rows import NewComparison
from annotate.database.bulk_insert import insert
from annotate.imports.given_votes import derived_id
from annotate.models import Completion, Project, Prompt


class Digested:
    """A row with the digests of its texts, each made once; a completion is text, digest, origin."""

    def __init__(self, row: NewComparison) -> None:
        self.row = row
        self.prompt = digest_of_json(row.messages)
        self.completions = (
            (row.first_text, text_digest(row.first_text), row.first_origin),
            (row.second_text, text_digest(row.second_text), row.second_origin),
        )

    def name_origins(self, names: dict[str, str]) -> None:
        """Say where the completions come from, by their digests, as another row does."""
        (first, digest, _), (second, other, _) = self.completions
        self.completions = ((first, digest, names[digest]), (second, other, names[other]))

    @property
    def samplings(self) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """How each completion was sampled."""
        exported = self.row.exported
        if exported is None:
            return self.row.samplings
        return exported.first_sampling, exported.second_sampling

    def new_ids(self, project: Project) -> tuple[UUID, UUID]:
        """Public ids for completions that are new: which is lower says nothing, unless it must."""
        exported = self.row.exported
        if exported is None:
            return uuid4(), uuid4()
        if exported.keeps_order:
            lower, higher = sorted((uuid4(), uuid4()))
            return lower, higher
        first, second = self.completions
        return (
            derived_id(project, exported.first_id, self.prompt, first[1:]),
            derived_id(project, exported.second_id, self.prompt, second[1:]),
        )


class Stored(NamedTuple):
    """A completion that is in the table now."""

    pk: int
    public_id: UUID
    is_new: bool


def find_or_add_prompts(
    project: Project, digested: list[Digested]
) -> tuple[dict[str, int], set[int]]:
    """The primary keys of prompts by digest, and those that are new."""
    by_digest: dict[str, NewComparison] = {}
    for entry in digested:
        by_digest.setdefault(entry.prompt, entry.row)
    there = Prompt.objects.filter(project=project, digest__in=list(by_digest))
    found = dict(there.values_list("digest", "pk"))
    new = [
        {
            "project_id": project.pk,
            "messages": row.messages,
            "digest": digest,
            "tags": row.tags,
            "language": row.language,
            "external_id": row.external_id,
        }
        for digest, row in by_digest.items()
        if digest not in found
    ]
    keys = insert(Prompt, new)
    found |= {str(values["digest"]): key for values, key in zip(new, keys, strict=True)}
    return found, set(keys)


def find_or_add_completions(
    project: Project, digested: list[Digested], prompts: dict[str, int], *, new_prompts: set[int]
) -> dict[tuple[int, str, str], Stored]:
    """Completions by prompt, digest and origin; nobody else can have one of a new prompt."""
    wanted: dict[tuple[int, str, str], dict[str, Any]] = {}
    for entry in digested:
        prompt = prompts[entry.prompt]
        of_both = zip(entry.completions, entry.samplings, entry.new_ids(project), strict=True)
        for (text, digest, origin), sampling, public_id in of_both:
            wanted.setdefault(
                (prompt, digest, origin),
                {
                    "public_id": public_id,
                    "prompt_id": prompt,
                    "text": text,
                    "digest": digest,
                    "origin": origin,
                    "sampling": sampling,
                },
            )
    older = [place for place in wanted if place[0] not in new_prompts]
    there = Completion.objects.filter(
        prompt__in={prompt for prompt, _digest, _origin in older},
        digest__in={digest for _prompt, digest, _origin in older},
    )
    found = {
        (prompt, digest, origin): Stored(pk, public_id, is_new=False)
        for prompt, digest, origin, pk, public_id in there.values_list(
            "prompt", "digest", "origin", "pk", "public_id"
        )
    }
    new = {place: values for place, values in wanted.items() if place not in found}
    for (place, values), key in zip(
        new.items(), insert(Completion, list(new.values())), strict=True
    ):
        found[place] = Stored(key, values["public_id"], is_new=True)
    return found


def text_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
