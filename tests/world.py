"""Two projects and everybody who may meet them, for tests of who may see and do what.

Words in capitals are what an annotator must never come across.
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from annotate.agreement.merged_reports import ask_for_merged
from annotate.judging.flags import flag_comparison
from annotate.models import (
    Annotator,
    Appeal,
    Arena,
    ArenaState,
    BulkChange,
    Comparison,
    Export,
    Generation,
    HubFetch,
    Import,
    Lease,
    Membership,
    Preference,
    Project,
    Role,
    SavedView,
    Upload,
    User,
    Verdict,
    WorkState,
)
from annotate.people.invitations import invite
from annotate.people.member_groups import make_group
from annotate.people.members import issue_token
from tests.factories import (
    everything_asked,
    hold,
    judge,
    make_admin,
    make_call,
    make_comparison,
    make_completion,
    make_endpoint,
    make_letter,
    make_member,
    make_notice,
    make_project,
    make_prompt,
    make_user,
    make_webhook,
)
from training.automation.recipes import create_recipe, newest_version
from training.automation.rounds import cancel_round, start_round
from training.models import (
    Alias,
    Checkpoint,
    CheckpointKind,
    Evaluation,
    Registration,
    Run,
    RunKind,
    RunState,
    Schedule,
    Snapshot,
    SnapshotPair,
    Sweep,
    Worker,
)
from training.promotion.proposals import propose

ROLES = ("anonymous", "stranger", "annotator", "reviewer", "lead", "admin")
SECRETS = (
    *("ORIGIN-LEFT", "ORIGIN-RIGHT", "NOTE-OF-ANOTHER", "EDIT-OF-ANOTHER", "SAMPLING-SECRET"),
    *("ARENA-SECRET", "CONTESTANT-LEFT", "CONTESTANT-RIGHT"),
)


@dataclass
class Ground:
    """One project with one of everything in it, by the names that addresses use."""

    project: Project
    beside: Project  # another one, which the same people may see as far
    judged: Comparison
    waiting: list[Comparison]
    ids: dict[str, uuid.UUID] = field(default_factory=dict)


@dataclass
class World:
    users: dict[str, User]
    own: Ground
    foreign: Ground
    sessions: dict[str, str] = field(default_factory=dict)

    def client(self, role: str, **options: Any) -> Client:
        """A new browser in which this role is signed in."""
        client = Client(**options)
        if role != "anonymous":
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[role]
        return client

    def sign_everybody_in(self) -> None:
        for role, user in self.users.items():
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            self.sessions[role] = client.cookies[settings.SESSION_COOKIE_NAME].value


@contextmanager
def standing_world(blocker: Any) -> Iterator[World]:
    """A world for many tests, none of which leaves a trace in it; for a module's fixture."""
    around = transaction.atomic()
    around._from_testcase = True  # code that must not stand within a transaction may in this one
    with blocker.unblock(), around:
        yield make_world()
        transaction.set_rollback(True)


def drained(answer: HttpResponse) -> bytes:
    """The whole body; a file that is streamed is closed with its end."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def make_world() -> World:
    users = {"stranger": make_user(username="stranger"), "admin": make_admin(username="admin")}
    for role in Role:
        users[role.value] = make_user(username=role.value)
    foreigner = make_user(username="foreigner")
    own = _make_ground("own", users["annotator"], users["admin"])
    foreign = _make_ground("foreign", foreigner, users["admin"])
    for role in (Role.REVIEWER, Role.LEAD):
        for project in (own.project, own.beside):
            make_member(project, user=users[role.value], role=role, guidelines_read=1)
    world = World(users=users, own=own, foreign=foreign)
    world.sign_everybody_in()
    return world


def _make_ground(slug: str, user: User, admin: User) -> Ground:
    """The annotator holds a pair, and has judged another one that somebody else judged first."""
    project = make_project(
        slug=slug,
        name=slug.title(),
        guidelines="Be kind.",
        overlap=3,
        asks=everything_asked(),
    )
    annotator = make_member(project, user=user, guidelines_read=1)
    judged = _make_comparison(project)
    other = make_member(project)
    judge(
        other,
        hold(other, project).current,
        note="NOTE-OF-ANOTHER",
        edited_text="EDIT-OF-ANOTHER",
    )
    flag_of_another = Lease.objects.get(annotator=other)
    flag = flag_comparison(
        annotator=other,
        lease_id=flag_of_another.public_id,
        reason="harmful",
        note="NOTE-OF-ANOTHER",
    )
    judgement = judge(annotator, hold(annotator, project).current, Verdict.SECOND)
    waiting = [_make_comparison(project) for _number in range(3)]
    lease = hold(annotator, project).current
    beside = make_project(slug=f"{slug}-beside", name=f"Beside {slug}", asks=everything_asked())
    make_member(beside, user=user, guidelines_read=1)
    ground = Ground(project=project, beside=beside, judged=judged, waiting=waiting)
    token, _plain = issue_token(user=user, name="theirs")
    member = Membership.objects.get(annotator=other, project=project)
    ground.ids = {
        "comparison": judged.public_id,
        "judgement": judgement.public_id,
        "appeal": Appeal.objects.create(judgement=judgement, text="APPEAL").public_id,
        "lease": lease.public_id,
        "flag": flag.public_id,
        "token": token.public_id,
        "member": member.public_id,
        "import": _make_import(project).public_id,
        "export": _make_export(project).public_id,
        "merged": ask_for_merged(projects=[project, beside], requested_by=None).public_id,
        "upload": _make_upload(project, other).public_id,
        "hub_fetch": _make_hub_fetch(project).public_id,
        "generation": Generation.objects.create(project=project, currency="USD").public_id,
        "endpoint": make_endpoint(project=project).public_id,
        "letter": make_letter().public_id,
        "notice": make_notice(project).public_id,
        "webhook": (webhook := make_webhook(project)).public_id,
        "called": make_call(webhook).public_id,
        "arena": _make_arena(project, [judged, *waiting]).public_id,
    }
    invitation, link = invite(project=project, invited_by=admin, most_uses=9)
    change = BulkChange.objects.create(project=project, action="archive", selection={"query": ""})
    view = SavedView.objects.create(project=project, name="Kept", query="")
    ground.ids |= {"bulk_change": change.public_id, "saved_view": view.public_id}
    ground.ids |= {"invitation": invitation.public_id, "link": link}
    group = make_group(project=project, name="North", made_by=admin)
    ground.ids["member_group"] = group.public_id
    ground.ids |= _make_training(project, admin)
    return ground


def _make_comparison(project: Project) -> Comparison:
    prompt = make_prompt(project)
    pair = sorted(
        (
            make_completion(prompt, origin=origin, sampling={"name": "SAMPLING-SECRET"})
            for origin in ("ORIGIN-LEFT", "ORIGIN-RIGHT")
        ),
        key=lambda completion: completion.public_id,
    )
    return make_comparison(
        project,
        prompt=prompt,
        first=pair[0],
        second=pair[1],
        gold_verdict=Verdict.FIRST,
        recorded_verdict=Verdict.SECOND,
    )


def _make_arena(project: Project, comparisons: list[Comparison]) -> Arena:
    """What waits, what is held and what was judged are meetings of it."""
    arena = Arena.objects.create(
        project=project, name="ARENA-SECRET", state=ArenaState.OPEN, target=10
    )
    left, right = (
        arena.contestants.create(
            number=number, name=f"CONTESTANT-{side}", origin=f"ORIGIN-{side}", answered_at=Now()
        )
        for number, side in enumerate(("LEFT", "RIGHT"))
    )
    for number, comparison in enumerate(comparisons):
        is_left = comparison.first.origin == left.origin
        first, second = (left, right) if is_left else (right, left)
        arena.meetings.create(
            number=number, comparison=comparison, first=first, second=second, probability=0.5
        )
    return arena


def _make_import(project: Project) -> Import:
    return Import.objects.create(
        project=project,
        file_name="rows.jsonl",
        state=WorkState.SUCCEEDED,
        errors=[{"row": 2, "field": "prompt", "value": "", "message": "It is empty."}],
    )


def _make_hub_fetch(project: Project) -> HubFetch:
    return HubFetch.objects.create(
        project=project, dataset="owner/name", revision="main", path="rows.jsonl", state="failed"
    )


def _make_upload(project: Project, annotator: Annotator) -> Upload:
    upload = Upload(project=project, uploaded_by=annotator, file_name="rows.csv")
    upload.file.save(f"{upload.public_id}.data", ContentFile(b"prompt\nQ\n"), save=False)
    upload.save()
    return upload


def _make_export(project: Project) -> Export:
    export = Export(
        project=project,
        format="judgements_jsonl",
        state=WorkState.SUCCEEDED,
        finished_at=timezone.now(),
    )
    export.file.save(f"{export.public_id}.jsonl", ContentFile(b"{}\n"), save=False)
    export.save()
    return export


def _make_training(project: Project, admin: User) -> dict[str, uuid.UUID]:
    digest = uuid.uuid4().hex * 2
    store = storages["artifacts"]
    snapshot = Snapshot.objects.create(
        name=f"from {project.slug}",
        selection={},
        cutoff_at=datetime(2026, 1, 1, tzinfo=UTC),
        split_salt="salt",
        eval_share=0.1,
        digest=digest,
        file=store.save(f"snapshots/{digest}/records.jsonl", ContentFile(b"{}\n")),
        n_pairs=1,
        n_train=1,
        n_eval=0,
    )
    snapshot.projects.set([project])
    header = {"cutoff_at": "", "projects": [], "rules": [], "schema": 1, "selection": {}}
    manifest = json.dumps({**header, "split_salt": "salt"}).encode()
    store.save(f"snapshots/{digest}/manifest.json", ContentFile(manifest))
    preference = Preference.objects.filter(comparison__project=project).first()
    if preference is not None:
        SnapshotPair.objects.create(
            snapshot=snapshot, preference=preference, position=0, split="train", digest=digest
        )
    folder = f"checkpoints/{digest}"
    store.save(f"{folder}/config.json", ContentFile(b"{}"))
    files = {"manifest": [{"path": "config.json", "size": 2, "sha256": digest}], "size_bytes": 2}
    base = Checkpoint.objects.create(
        kind=CheckpointKind.BASE, name="base", digest=digest, folder=folder, **files
    )
    run = Run.objects.create(
        kind=RunKind.TRAIN,
        method="dpo",
        name="first",
        snapshot=snapshot,
        base=base,
        requested_by=admin,
        state=RunState.SUCCEEDED,
    )
    waiting = Run.objects.create(
        kind=RunKind.TRAIN, method="dpo", name="second", snapshot=snapshot, base=base
    )
    cancelled = Run.objects.create(
        kind=RunKind.TRAIN,
        method="dpo",
        name="third",
        snapshot=snapshot,
        base=base,
        state=RunState.CANCELLED,
    )
    sweep = Sweep.objects.create(name="swept", method="dpo", varied={"beta": [0.1, 0.2]})
    Run.objects.create(
        kind=RunKind.TRAIN, method="dpo", name="swept", snapshot=snapshot, base=base, sweep=sweep
    )
    run.metrics.create(phase="train", step=1, logged_at=timezone.now(), values={"loss": 0.5})
    checkpoint = Checkpoint.objects.create(
        kind=CheckpointKind.POLICY, name="trained", digest=digest, folder=folder, run=run, **files
    )
    measured = Run.objects.create(
        kind=RunKind.EVALUATE,
        name="measure",
        snapshot=snapshot,
        base=checkpoint,
        state=RunState.SUCCEEDED,
    )
    evaluation = Evaluation.objects.create(
        checkpoint=checkpoint,
        snapshot=snapshot,
        run=measured,
        figures={},
        report=store.save(f"reports/{digest}.html", ContentFile(b"<!doctype html>")),
    )
    alias = Alias.objects.create(
        project=project, role="policy", name="stable", number=1, checkpoint=base, origin="hand"
    )
    Alias.objects.create(
        project=project,
        role="policy",
        name="stable",
        number=2,
        checkpoint=checkpoint,
        origin="hand",
    )
    proposal = propose(project=project, checkpoint=checkpoint, user=admin)
    return {
        "alias": alias.public_id,
        "proposal": proposal.public_id,
        "snapshot": snapshot.public_id,
        "run": run.public_id,
        "waiting_run": waiting.public_id,
        "cancelled_run": cancelled.public_id,
        "sweep": sweep.public_id,
        "checkpoint": checkpoint.public_id,
        "evaluation": evaluation.public_id,
        "worker": Worker.objects.create(
            name=f"training@{project.slug}", heartbeat_at=datetime(2026, 1, 1, tzinfo=UTC)
        ).public_id,
        "registration": Registration.objects.create(wanted="owner/large").public_id,
        "schedule": _make_schedule(project).public_id,
        **_make_recipes(project),
    }


def _make_recipes(project: Project) -> dict[str, uuid.UUID]:
    """One whose round is over, and one whose round is under way."""
    recipe, busy = (
        create_recipe(project=project, name=name, steps=[{"do": "freeze"}])
        for name in ("resting", "busy")
    )
    failed = start_round(version=newest_version(recipe), trigger="hand")
    cancel_round(round_id=failed.public_id)
    under_way = start_round(version=newest_version(busy), trigger="hand")
    return {
        "recipe": recipe.public_id,
        "failed_round": failed.public_id,
        "round": under_way.public_id,
    }


def _make_schedule(project: Project) -> Schedule:
    recipe = create_recipe(project=project, name="scheduled", steps=[{"do": "freeze"}])
    return Schedule.objects.create(recipe=recipe, name="asked for", trigger="webhook")
