"""Addresses of the `training` part of the API."""

from django.urls import path

from training.api.viewsets.arenas import CheckpointArenaViewSet
from training.api.viewsets.budgets import BudgetViewSet
from training.api.viewsets.checkpoints import (
    CheckpointViewSet,
    EvaluationViewSet,
    RegistrationViewSet,
)
from training.api.viewsets.compare import CompareViewSet
from training.api.viewsets.lineage import VoteLineageViewSet
from training.api.viewsets.promotion import AliasViewSet, GateViewSet, ProposalViewSet
from training.api.viewsets.recipes import RecipeVersionViewSet, RecipeViewSet, RoundViewSet
from training.api.viewsets.retention import RetentionViewSet
from training.api.viewsets.runs import RunMetricViewSet, RunViewSet
from training.api.viewsets.schedules import HookViewSet, ScheduleCheckViewSet, ScheduleViewSet
from training.api.viewsets.snapshots import SnapshotPairViewSet, SnapshotViewSet
from training.api.viewsets.sweeps import SweepViewSet
from training.api.viewsets.workers import WorkerViewSet

snapshot = "snapshots/<uuid:public_id>/"
run = "runs/<uuid:public_id>/"
sweep = "sweeps/<uuid:public_id>/"
checkpoint = "checkpoints/<uuid:public_id>/"
recipe = "recipes/<uuid:public_id>/"
round_ = "rounds/<uuid:public_id>/"
project = "projects/<slug:slug>/"
proposal = "proposals/<uuid:public_id>/"
schedule = "schedules/<uuid:public_id>/"
worker = "workers/<uuid:public_id>/"

urlpatterns = [
    path(
        "snapshots/",
        SnapshotViewSet.as_view({"get": "list", "post": "create"}),
        name="snapshots",
    ),
    path(snapshot, SnapshotViewSet.as_view({"get": "retrieve"}), name="snapshot"),
    path(f"{snapshot}pairs/", SnapshotPairViewSet.as_view({"get": "list"}), name="snapshot-pairs"),
    path(f"{snapshot}advice/", SnapshotViewSet.as_view({"get": "advice"}), name="snapshot-advice"),
    path(
        f"{snapshot}lineage/", SnapshotViewSet.as_view({"get": "lineage"}), name="snapshot-lineage"
    ),
    path(
        f"{snapshot}download/",
        SnapshotViewSet.as_view({"get": "download"}),
        name="snapshot-download",
    ),
    path(
        f"{snapshot}archive/", SnapshotViewSet.as_view({"get": "archive"}), name="snapshot-archive"
    ),
    path("runs/", RunViewSet.as_view({"get": "list", "post": "create"}), name="runs"),
    path(run, RunViewSet.as_view({"get": "retrieve"}), name="run"),
    path(f"{run}metrics/", RunMetricViewSet.as_view({"get": "list"}), name="run-metrics"),
    path(f"{run}tensorboard/", RunViewSet.as_view({"get": "events"}), name="run-events"),
    path(f"{run}log/", RunViewSet.as_view({"get": "log"}), name="run-log"),
    path(f"{run}cancel/", RunViewSet.as_view({"post": "cancel"}), name="run-cancel"),
    path(f"{run}resume/", RunViewSet.as_view({"post": "resume"}), name="run-resume"),
    path("compare/", CompareViewSet.as_view({"get": "retrieve"}), name="compare"),
    path("compare/curves/", CompareViewSet.as_view({"get": "curves"}), name="compare-curves"),
    path("sweeps/", SweepViewSet.as_view({"get": "list", "post": "create"}), name="sweeps"),
    path(sweep, SweepViewSet.as_view({"get": "retrieve"}), name="sweep"),
    path(f"{sweep}cancel/", SweepViewSet.as_view({"post": "cancel"}), name="sweep-cancel"),
    path(
        "checkpoints/",
        CheckpointViewSet.as_view({"get": "list", "post": "create"}),
        name="checkpoints",
    ),
    path(checkpoint, CheckpointViewSet.as_view({"get": "retrieve"}), name="checkpoint"),
    path(
        f"{checkpoint}lineage/",
        CheckpointViewSet.as_view({"get": "lineage"}, pagination_class=None),
        name="checkpoint-lineage",
    ),
    path(
        f"{checkpoint}download/",
        CheckpointViewSet.as_view({"get": "download"}),
        name="checkpoint-download",
    ),
    path(
        "comparisons/<uuid:public_id>/lineage/",
        VoteLineageViewSet.as_view({"get": "retrieve"}),
        name="comparison-lineage",
    ),
    path(
        f"{project}aliases/",
        AliasViewSet.as_view({"get": "list", "post": "create"}),
        name="aliases",
    ),
    path(
        f"{project}aliases/<uuid:public_id>/restore/",
        AliasViewSet.as_view({"post": "restore"}),
        name="alias-restore",
    ),
    path(
        f"{project}gate/",
        GateViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="gate",
    ),
    path(
        "proposals/", ProposalViewSet.as_view({"get": "list", "post": "create"}), name="proposals"
    ),
    path(proposal, ProposalViewSet.as_view({"get": "retrieve"}), name="proposal"),
    path(f"{proposal}accept/", ProposalViewSet.as_view({"post": "accept"}), name="proposal-accept"),
    path(f"{proposal}reject/", ProposalViewSet.as_view({"post": "reject"}), name="proposal-reject"),
    path("registrations/", RegistrationViewSet.as_view({"get": "list"}), name="registrations"),
    path(
        "registrations/<uuid:public_id>/",
        RegistrationViewSet.as_view({"get": "retrieve"}),
        name="registration",
    ),
    path("evaluations/", EvaluationViewSet.as_view({"get": "list"}), name="evaluations"),
    path(
        "evaluations/<uuid:public_id>/",
        EvaluationViewSet.as_view({"get": "retrieve"}),
        name="evaluation",
    ),
    path(
        "evaluations/<uuid:public_id>/report/",
        EvaluationViewSet.as_view({"get": "report"}),
        name="evaluation-report",
    ),
    path("recipes/", RecipeViewSet.as_view({"get": "list", "post": "create"}), name="recipes"),
    path(
        recipe,
        RecipeViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="recipe",
    ),
    path(
        f"{recipe}versions/",
        RecipeVersionViewSet.as_view({"get": "list"}),
        name="recipe-versions",
    ),
    path(f"{recipe}start/", RecipeViewSet.as_view({"post": "start"}), name="recipe-start"),
    path(
        "projects/<slug:slug>/budget/",
        BudgetViewSet.as_view({"get": "retrieve", "put": "update"}),
        name="budget",
    ),
    path("rounds/", RoundViewSet.as_view({"get": "list"}), name="rounds"),
    path(round_, RoundViewSet.as_view({"get": "retrieve"}), name="round"),
    path(f"{round_}cancel/", RoundViewSet.as_view({"post": "cancel"}), name="round-cancel"),
    path(f"{round_}resume/", RoundViewSet.as_view({"post": "resume"}), name="round-resume"),
    path("arenas/", CheckpointArenaViewSet.as_view({"post": "create"}), name="checkpoint-arenas"),
    path(
        "schedules/",
        ScheduleViewSet.as_view({"get": "list", "post": "create"}),
        name="schedules",
    ),
    path(
        schedule,
        ScheduleViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="schedule",
    ),
    path(
        f"{schedule}checks/", ScheduleCheckViewSet.as_view({"get": "list"}), name="schedule-checks"
    ),
    path(
        f"{schedule}dry-run/", ScheduleViewSet.as_view({"get": "dry_run"}), name="schedule-dry-run"
    ),
    path(
        f"{schedule}back-test/",
        ScheduleViewSet.as_view({"get": "back_test"}),
        name="schedule-back-test",
    ),
    path(f"{schedule}run/", ScheduleViewSet.as_view({"post": "press"}), name="schedule-run"),
    path(f"{schedule}pause/", ScheduleViewSet.as_view({"post": "pause"}), name="schedule-pause"),
    path(
        f"{schedule}unpause/", ScheduleViewSet.as_view({"post": "unpause"}), name="schedule-unpause"
    ),
    path(f"{schedule}token/", ScheduleViewSet.as_view({"post": "token"}), name="schedule-token"),
    path(f"{schedule}hook/", HookViewSet.as_view({"post": "call"}), name="schedule-hook"),
    path(
        "retention/",
        RetentionViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="retention",
    ),
    path(
        "retention/preview/",
        RetentionViewSet.as_view({"get": "look"}),
        name="retention-preview",
    ),
    path(
        "retention/delete/",
        RetentionViewSet.as_view({"post": "carry_out"}),
        name="retention-delete",
    ),
    path("workers/", WorkerViewSet.as_view({"get": "list"}), name="workers"),
    path(worker, WorkerViewSet.as_view({"get": "retrieve"}), name="worker"),
    path(f"{worker}drain/", WorkerViewSet.as_view({"post": "drain"}), name="worker-drain"),
    path(f"{worker}go-on/", WorkerViewSet.as_view({"post": "go_on"}), name="worker-go-on"),
]
