"""Addresses of the `training` pages."""

from django.urls import path

from training.views import checkpoints, desk, evaluations, runs, snapshots

app_name = "training"

urlpatterns = [
    path("", desk.index, name="index"),
    path("snapshots/", snapshots.snapshots, name="snapshots"),
    path("snapshots/new/", snapshots.new_snapshot, name="snapshot_new"),
    path("snapshots/<uuid:public_id>/", snapshots.snapshot, name="snapshot"),
    path(
        "snapshots/<uuid:public_id>/download/",
        snapshots.snapshot_download,
        name="snapshot_download",
    ),
    path("runs/", runs.runs, name="runs"),
    path("runs/new/", runs.new_run, name="run_new"),
    path("runs/<uuid:public_id>/", runs.run, name="run"),
    path("runs/<uuid:public_id>/live/", runs.run_live, name="run_live"),
    path("runs/<uuid:public_id>/cancel/", runs.run_cancel, name="run_cancel"),
    path("runs/<uuid:public_id>/resume/", runs.run_resume, name="run_resume"),
    path("sample/new/", runs.new_sample, name="sample_new"),
    path("evaluations/new/", evaluations.new_evaluation, name="evaluation_new"),
    path("evaluations/<uuid:public_id>/report/", evaluations.report, name="evaluation_report"),
    path("checkpoints/", checkpoints.checkpoints, name="checkpoints"),
    path("checkpoints/new/", checkpoints.new_base, name="base_new"),
    path("checkpoints/<uuid:public_id>/", checkpoints.checkpoint, name="checkpoint"),
    path(
        "checkpoints/<uuid:public_id>/download/",
        checkpoints.checkpoint_download,
        name="checkpoint_download",
    ),
    path(
        "checkpoints/<uuid:public_id>/promote/",
        checkpoints.checkpoint_promote,
        name="checkpoint_promote",
    ),
]
