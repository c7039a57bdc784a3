"""Prompts and completions by the digests of their texts: what is there already is used again."""

import hashlib

from alignment_core.canonical import digest_of_json
from annotate.bulk import insert
from annotate.importers.rows import NewComparison
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


def find_or_add_prompts(
    project: Project, digested: list[Digested]
) -> tuple[dict[str, Prompt], int]:
    """Prompts by digest, and how many of them are new."""
    by_digest: dict[str, NewComparison] = {}
    for entry in digested:
        by_digest.setdefault(entry.prompt, entry.row)
    found = {
        prompt.digest: prompt
        for prompt in Prompt.objects.filter(project=project, digest__in=list(by_digest)).only(
            "pk", "digest"
        )
    }
    new = [
        Prompt(
            project=project,
            messages=row.messages,
            digest=digest,
            tags=row.tags,
            language=row.language,
            external_id=row.external_id,
        )
        for digest, row in by_digest.items()
        if digest not in found
    ]
    insert(new)
    return found | {prompt.digest: prompt for prompt in new}, len(new)


def find_or_add_completions(
    digested: list[Digested], prompts: dict[str, Prompt]
) -> dict[tuple[int, str, str], Completion]:
    """Completions by prompt, digest and origin."""
    wanted: dict[tuple[int, str, str], Completion] = {}
    for entry in digested:
        prompt = prompts[entry.prompt]
        for text, digest, origin in entry.completions:
            wanted.setdefault(
                (prompt.pk, digest, origin),
                Completion(
                    prompt=prompt,
                    text=text,
                    digest=digest,
                    origin=origin,
                    sampling=entry.row.sampling,
                ),
            )
    found = {
        (completion.prompt_id, completion.digest, completion.origin): completion
        for completion in Completion.objects.filter(
            prompt__in={prompt for prompt, _digest, _origin in wanted},
            digest__in={digest for _prompt, digest, _origin in wanted},
        ).defer("text", "sampling")
    }
    new = {key: completion for key, completion in wanted.items() if key not in found}
    insert(list(new.values()))
    return found | new


def text_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
