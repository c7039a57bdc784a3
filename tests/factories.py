"""Rows for tests: each function makes one, with what it needs, and takes any field by name."""

import hashlib
import itertools
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from annotate.comparisons.sets import gather_sets
from annotate.endpoints.encryption import Secret, encrypt
from annotate.judging.answers import Answer
from annotate.judging.leases import Held, lease_next
from annotate.judging.protocols.versions import add_version
from annotate.judging.recording import Recorded
from annotate.judging.round_trip import judge_and_hold_next
from annotate.judging.screen_order import as_shown
from annotate.models import (
    Annotator,
    Channel,
    Comparison,
    Completion,
    CompletionSet,
    Delivery,
    Endpoint,
    Lease,
    Membership,
    Notice,
    NoticeKind,
    Project,
    Prompt,
    Role,
    User,
    Verdict,
    Webhook,
    WorkState,
)
from annotate.models.protocol import usual_declaration

_numbers = itertools.count(1)


def make_project(*, asks: dict[str, Any] | None = None, **fields: Any) -> Project:
    """A project whose protocol offers all four verdicts; `asks` is another declaration."""
    number = next(_numbers)
    project = Project.objects.create(
        **{"slug": f"project-{number}", "name": f"Project {number}", "overlap": 2, **fields}
    )
    add_version(project, usual_declaration() if asks is None else asks)
    return project


def everything_asked(**parts: Any) -> dict[str, Any]:
    """A declaration that takes all that can be said, and requires nothing but the verdict."""
    return {
        **usual_declaration(),
        "strength": {"scale": "four"},
        "acceptability": {},
        "criteria": {"names": ["helpfulness"]},
        "reasons": {"choices": ["clearer"]},
        "note": {},
        "edit": {},
        **parts,
    }


def ranking_asked(**parts: Any) -> dict[str, Any]:
    return {"verdicts": ["first", "second", "tie"], "ranking": {}, **parts}


def make_letter(**fields: Any) -> Delivery:
    """An e-mail that was given up."""
    values = {
        "channel": Channel.EMAIL,
        "address": "somebody@example.org",
        "title": "A letter",
        "content_encrypted": encrypt(Secret("Its text")),
        "state": WorkState.FAILED,
        "attempt": 8,
        "reason": "The mail server refused it: 550 no such user",
        "finished_at": timezone.now(),
    }
    return Delivery.objects.create(**{**values, **fields})


def make_notice(project: Project | None, **fields: Any) -> Notice:
    values = {"kind": NoticeKind.IMPORT_FAILED, "subject": str(uuid4()), **fields}
    values.setdefault("facts", {"name": "rows.jsonl", "reason": "It is empty."})
    return Notice.objects.create(project=project, **values)


def make_webhook(
    project: Project, *, url: str = "https://hook.test/secret", **fields: Any
) -> Webhook:
    number = next(_numbers)
    values = {"name": f"webhook {number}", "format": "json", "host": "hook.test", **fields}
    return Webhook.objects.create(project=project, url_encrypted=encrypt(Secret(url)), **values)


def make_call(webhook: Webhook, **fields: Any) -> Delivery:
    """What a webhook was told."""
    values = {
        "channel": Channel.WEBHOOK,
        "webhook": webhook,
        "project": webhook.project,
        "title": "A title",
        "document": {"type": "trial", "text": "A text", "url": "https://accord.test/"},
        "state": WorkState.SUCCEEDED,
        "attempt": 1,
        "finished_at": timezone.now(),
    }
    return Delivery.objects.create(**{**values, **fields})


def make_user(**fields: Any) -> User:
    """A user who can sign in with the password "a good password"."""
    values = {"username": f"user-{next(_numbers)}", "password": "a good password", **fields}
    return User.objects.create_user(**values)


def make_admin(**fields: Any) -> User:
    return make_user(**{"is_superuser": True, "is_staff": True, **fields})


def make_annotator(**fields: Any) -> Annotator:
    return Annotator.objects.create(**fields)


def make_member(
    project: Project, *, role: Role = Role.ANNOTATOR, user: User | None = None, **fields: Any
) -> Annotator:
    """An annotator who is a member of the project; with a user, they can sign in."""
    if user is None:
        annotator = make_annotator()
    else:
        annotator, _is_new = Annotator.objects.get_or_create(user=user)
    Membership.objects.create(annotator=annotator, project=project, role=role, **fields)
    return annotator


def make_prompt(project: Project, *, text: str | None = None, **fields: Any) -> Prompt:
    text = f"Question {next(_numbers)}?" if text is None else text
    values = {
        "project": project,
        "messages": [{"role": "user", "content": text}],
        "digest": _digest(text),
        **fields,
    }
    return Prompt.objects.create(**values)


def make_completion(prompt: Prompt, *, text: str | None = None, **fields: Any) -> Completion:
    text = f"Answer {next(_numbers)}." if text is None else text
    values = {"prompt": prompt, "text": text, "digest": _digest(text), **fields}
    return Completion.objects.create(**values)


def make_comparison(project: Project, *, prompt: Prompt | None = None, **fields: Any) -> Comparison:
    """An open comparison that wants as many judgements as the project's overlap says."""
    prompt = make_prompt(project) if prompt is None else prompt
    pair = sorted([make_completion(prompt), make_completion(prompt)], key=_public_id)
    values = {
        "project": project,
        "prompt": prompt,
        "first": pair[0],
        "second": pair[1],
        "wanted": project.overlap,
        **fields,
    }
    comparison = Comparison.objects.create(**values)
    comparison.refresh_from_db()
    return comparison


def make_comparisons(project: Project, n: int, **fields: Any) -> list[Comparison]:
    return [make_comparison(project, **fields) for _number in range(n)]


def make_set(project: Project, size: int = 3, **fields: Any) -> CompletionSet:
    """Completions of a prompt to be ranked together, and a comparison for each pair of them."""
    prompt = make_prompt(project)
    completions = [make_completion(prompt) for _number in range(size)]
    pairs = itertools.combinations(sorted(completions, key=_public_id), 2)
    group = [
        Comparison.objects.create(
            project=project,
            prompt=prompt,
            first=first,
            second=second,
            **{"wanted": project.overlap, **fields},
        )
        for first, second in pairs
    ]
    with transaction.atomic():
        return CompletionSet.objects.get(pk=gather_sets([group])[0])


def send_ranking(
    annotator: Annotator, lease: Lease, ranks: list[int], *, key: str | None = None, **fields: Any
) -> Recorded:
    """Rank a leased set: `ranks` of its completions in the order of their public ids."""
    shown = [member.completion for member in as_shown(lease)]
    by_id = dict(zip(sorted(shown, key=_public_id), ranks, strict=True))
    judged = judge_and_hold_next(
        annotator=annotator,
        project=lease.project,
        lease_id=lease.public_id,
        answer=Answer(ranks=[by_id[completion] for completion in shown], **fields),
        key=f"key-{next(_numbers)}" if key is None else key,
        n_next=0,
    )
    return judged.recorded


def hold(annotator: Annotator, project: Project, *, ahead: bool = False) -> Held:
    return lease_next(annotator=annotator, project=project, ahead=ahead)


def judge(annotator: Annotator, lease: Lease, verdict: str = Verdict.FIRST, **fields: Any):
    """Judge what a lease is about, by the service that everybody uses, and hold nothing next."""
    return send_judgement(annotator, lease, verdict, **fields).judgement


def send_judgement(
    annotator: Annotator, lease: Lease, verdict: str, *, key: str | None = None, **fields: Any
) -> Recorded:
    """As `judge`, with whether it was a replay. An unknown verdict is sent as it is."""
    judged = judge_and_hold_next(
        annotator=annotator,
        project=lease.project,
        lease_id=lease.public_id,
        answer=Answer(side=side_of(verdict, lease), **fields),
        key=f"key-{next(_numbers)}" if key is None else key,
        n_next=0,
    )
    return judged.recorded


def side_of(verdict: str, lease: Lease) -> str:
    """Where on the screen a verdict is chosen."""
    left, right = ("first", "second") if lease.first_is_left else ("second", "first")
    return {left: "left", right: "right"}.get(verdict, verdict)


def judge_comparison(comparison: Comparison, *verdicts: str, **fields: Any) -> list:
    """New members of the project judge this comparison, one verdict each, in this order.

    They are led straight to it, so other comparisons of the project may be waiting before it.
    """
    judgements = []
    for verdict in verdicts:
        annotator = make_member(comparison.project)
        Membership.objects.filter(annotator=annotator, project=comparison.project).update(
            queue_epoch=comparison.project.queue_epoch, cursor=comparison.queue_key - 1
        )
        lease = hold(annotator, comparison.project).current
        if lease is None or lease.comparison_id != comparison.pk:
            raise LookupError(f"comparison {comparison} is not open to a new judgement")
        judgements.append(judge(annotator, lease, verdict, **fields))
    return judgements


def make_endpoint(**fields: Any) -> Endpoint:
    """An endpoint that is not called in this test, with two models and a key that opens nothing."""
    values = {
        "name": f"endpoint-{next(_numbers)}",
        "base_url": "https://models.test/v1",
        "model_names": ["small", "large"],
        "key_encrypted": "nothing that could be decrypted",
        "key_tail": "tail",
        **fields,
    }
    return Endpoint.objects.create(**values)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _public_id(row: Model) -> Any:
    return row.public_id
