"""Addresses of the `training` pages."""

from django.urls import path

from training.views import (
    arenas,
    checkpoints,
    compare,
    desk,
    evaluations,
    lineage,
    promotion,
    proposals,
    recipe_steps,
    recipes,
    retention,
    rounds,
    runs,
    schedules,
    snapshots,
    sweeps,
    workers,
)

app_name = "training"

recipe = "recipes/<uuid:public_id>/"

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
    path(
        "snapshots/<uuid:public_id>/archive/", snapshots.snapshot_archive, name="snapshot_archive"
    ),
    path("runs/", runs.runs, name="runs"),
    path("runs/new/", runs.new_run, name="run_new"),
    path("runs/<uuid:public_id>/", runs.run, name="run"),
    path("runs/<uuid:public_id>/live/", runs.run_live, name="run_live"),
    path("runs/<uuid:public_id>/tensorboard/", runs.run_events, name="run_events"),
    path("runs/<uuid:public_id>/cancel/", runs.run_cancel, name="run_cancel"),
    path("runs/<uuid:public_id>/resume/", runs.run_resume, name="run_resume"),
    path("compare/", compare.compare, name="compare"),
    path("compare/curves/", compare.compare_curves, name="compare_curves"),
    path("compare/download/", compare.compare_download, name="compare_download"),
    path("sweeps/", sweeps.sweeps, name="sweeps"),
    path("sweeps/new/", sweeps.new_sweep, name="sweep_new"),
    path("sweeps/<uuid:public_id>/", sweeps.sweep, name="sweep"),
    path("sweeps/<uuid:public_id>/cancel/", sweeps.sweep_cancel, name="sweep_cancel"),
    path("recipes/", recipes.recipes, name="recipes"),
    path("recipes/add/", recipes.add_recipe, name="recipe_add"),
    path("recipes/new/", recipes.new_recipe, name="recipe_new"),
    path(recipe, recipes.recipe, name="recipe"),
    path(f"{recipe}json/", recipes.recipe_json, name="recipe_json"),
    path(f"{recipe}start/", recipes.recipe_start, name="recipe_start"),
    path(f"{recipe}pause/", recipes.recipe_pause, name="recipe_pause"),
    path(f"{recipe}rounds/", rounds.rounds_of_recipe, name="recipe_rounds"),
    path(f"{recipe}steps/new/", recipe_steps.new_step, name="recipe_step_new"),
    path(f"{recipe}steps/<int:number>/", recipe_steps.step, name="recipe_step"),
    path(
        f"{recipe}steps/<int:number>/remove/",
        recipe_steps.step_remove,
        name="recipe_step_remove",
    ),
    path(
        f"{recipe}steps/<int:number>/earlier/",
        recipe_steps.step_earlier,
        name="recipe_step_earlier",
    ),
    path("rounds/", rounds.rounds, name="rounds"),
    path("rounds/<uuid:public_id>/", rounds.round_page, name="round"),
    path("rounds/<uuid:public_id>/cancel/", rounds.round_cancel, name="round_cancel"),
    path("rounds/<uuid:public_id>/resume/", rounds.round_resume, name="round_resume"),
    path("schedules/", schedules.schedules, name="schedules"),
    path("schedules/new/", schedules.new_schedule, name="schedule_new"),
    path("schedules/<uuid:public_id>/", schedules.schedule, name="schedule"),
    path("schedules/<uuid:public_id>/change/", schedules.change, name="schedule_change"),
    path(
        "schedules/<uuid:public_id>/back-test/", schedules.back_test_of, name="schedule_back_test"
    ),
    path("schedules/<uuid:public_id>/run/", schedules.run_now, name="schedule_run"),
    path("schedules/<uuid:public_id>/pause/", schedules.pause, name="schedule_pause"),
    path("schedules/<uuid:public_id>/token/", schedules.hook_token, name="schedule_token"),
    path("sample/new/", runs.new_sample, name="sample_new"),
    path("arenas/new/", arenas.new_arena, name="arena_new"),
    path("evaluations/new/", evaluations.new_evaluation, name="evaluation_new"),
    path("evaluations/<uuid:public_id>/report/", evaluations.report, name="evaluation_report"),
    path("workers/", workers.workers, name="workers"),
    path("workers/<uuid:public_id>/drain/", workers.worker_drain, name="worker_drain"),
    path("workers/<uuid:public_id>/go-on/", workers.worker_go_on, name="worker_go_on"),
    path("checkpoints/", checkpoints.checkpoints, name="checkpoints"),
    path("retention/", retention.retention, name="retention"),
    path("retention/delete/", retention.retention_delete, name="retention_delete"),
    path("checkpoints/new/", checkpoints.new_base, name="base_new"),
    path("checkpoints/<uuid:public_id>/", checkpoints.checkpoint, name="checkpoint"),
    path(
        "checkpoints/<uuid:public_id>/download/",
        checkpoints.checkpoint_download,
        name="checkpoint_download",
    ),
    path(
        "checkpoints/<uuid:public_id>/merge/",
        checkpoints.checkpoint_merge,
        name="checkpoint_merge",
    ),
    path("checkpoints/<uuid:public_id>/use/", checkpoints.checkpoint_use, name="checkpoint_use"),
    path(
        "checkpoints/<uuid:public_id>/propose/",
        proposals.propose_checkpoint,
        name="checkpoint_propose",
    ),
    path("checkpoints/<uuid:public_id>/votes/", lineage.votes_behind, name="votes_behind"),
    path(
        "votes/<slug:slug>/<uuid:comparison_id>/", lineage.what_votes_made, name="what_votes_made"
    ),
    path("in-use/", promotion.index, name="in_use"),
    path("in-use/<slug:slug>/", promotion.project, name="in_use_of"),
    path("in-use/<slug:slug>/gate/", promotion.gate, name="in_use_gate"),
    path("in-use/<slug:slug>/back/<uuid:alias_id>/", promotion.back, name="in_use_back"),
    path("proposals/<uuid:public_id>/", proposals.proposal, name="proposal"),
    path("proposals/<uuid:public_id>/accept/", proposals.proposal_accept, name="proposal_accept"),
    path("proposals/<uuid:public_id>/reject/", proposals.proposal_reject, name="proposal_reject"),
]
