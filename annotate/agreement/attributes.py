"""What comparisons, annotators and judgements are grouped by, out of the database."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from annotate.agreement.taking_part import TAKES_PART, comparisons_that_count
from annotate.models import Import, Judgement, Membership, Project

CHUNK = 5000
Groups = dict[str, npt.NDArray[np.int64]]  # sorted keys of what belongs to each, by name


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """tags, languages: of prompts. imports: of comparisons. cohorts: of annotators. guidelines: of
    judgements, by version; empty where there is one version alone.
    """

    tags: Groups = field(default_factory=dict)
    languages: Groups = field(default_factory=dict)
    imports: Groups = field(default_factory=dict)
    cohorts: Groups = field(default_factory=dict)
    guidelines: Groups = field(default_factory=dict)


def read_attributes(project: Project) -> Attributes:
    tags, languages = _of_prompts(project)
    return Attributes(
        tags=tags,
        languages=languages,
        imports=_imports(project),
        cohorts=_cohorts(project),
        guidelines=_guidelines(project) if project.guidelines_version > 1 else {},
    )


def _of_prompts(project: Project) -> tuple[Groups, Groups]:
    tags: dict[str, list[int]] = {}
    languages: dict[str, list[int]] = {}
    rows = project.prompts.order_by("pk").values_list("pk", "tags", "language")
    for key, of_prompt, language in rows.iterator(chunk_size=CHUNK):
        for tag in set(map(str, of_prompt)) if isinstance(of_prompt, list) else ():
            tags.setdefault(tag, []).append(key)
        if language:
            languages.setdefault(language, []).append(key)
    return _arrays(tags), _arrays(languages)


def _imports(project: Project) -> Groups:
    """By the public id of each: two may be of files with one name."""
    names = dict(Import.objects.filter(project=project).values_list("pk", "public_id"))
    found: dict[str, list[int]] = {}
    judged = comparisons_that_count(project).filter(n_counted__gt=0, source__isnull=False)
    for key, source in judged.order_by("pk").values_list("pk", "source").iterator(CHUNK):
        found.setdefault(str(names[source]), []).append(key)
    return _arrays(found)


def _cohorts(project: Project) -> Groups:
    found: dict[str, list[int]] = {}
    members = Membership.objects.filter(project=project).exclude(cohort="").order_by("annotator")
    for annotator, cohort in members.values_list("annotator", "cohort"):
        found.setdefault(cohort, []).append(annotator)
    return _arrays(found)


def _guidelines(project: Project) -> Groups:
    found: dict[str, list[int]] = {}
    rows = Judgement.objects.filter(TAKES_PART, project=project).order_by("pk")
    for key, version in rows.values_list("pk", "guidelines_version").iterator(CHUNK):
        found.setdefault(str(version), []).append(key)
    return _arrays(found)


def _arrays(found: dict[str, list[int]]) -> Groups:
    return {name: np.array(keys, dtype=np.int64) for name, keys in found.items()}
