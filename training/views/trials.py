"""A small model that follows one's own votes: the page of the demonstration of customer replies."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from annotate.access.permissions import project_for, role_in
from annotate.access.signed_in import SignedInRequest
from annotate.demo.loader import language_of_replies
from annotate.demo.reply_styles import right_on_the_corpus
from annotate.errors import AccordError
from annotate.models import Project, Role
from training.access.permissions import visible_runs
from training.demo import small_model
from training.demo.before_after import before_after, pairs_of, tastes
from training.demo.preparing import failure
from training.demo.trials import (
    VOTES_WANTED,
    Trial,
    has_pairs,
    train_on_votes,
    trials_of,
    votes_for_next,
)
from training.reports.run_status import run_status
from training.runs.answers_to_read import answers_of


@login_required
@require_GET
def trial(request: SignedInRequest, slug: str) -> HttpResponse:
    project, language = _project(request, slug)
    trials = trials_of(request.user, project)
    shown = _chosen(trials, request.GET.get("trial", ""))
    n_votes = votes_for_next(request.user, project).count()
    model = small_model.present(language)
    context = {
        **_frame(request, project),
        "trials": trials,
        "trial": shown,
        "n_votes": min(n_votes, VOTES_WANTED),
        "n_wanted": VOTES_WANTED,
        "n_missing": max(VOTES_WANTED - n_votes, 0),
        "has_enough": n_votes >= VOTES_WANTED,
        "has_pairs": has_pairs(project),
        "model": model,
        "is_under_way": bool(trials) and not trials[0].is_over,
        "failure": None if model else failure(),
        **_progress(shown),
    }
    if shown is not None and shown.is_done:
        context |= _result(request, shown, language)
    template = "training/_trial.html" if request.htmx else "training/trial.html"
    return render(request, template, context)


@login_required
@require_POST
def train(request: SignedInRequest, slug: str) -> HttpResponse:
    project, _language = _project(request, slug)
    try:
        train_on_votes(user=request.user, project=project)
    except AccordError as error:
        messages.error(request, str(error.message))
    return redirect("training:trial", slug=slug)


def _project(request: SignedInRequest, slug: str) -> tuple[Project, str]:
    """For every member: it is a demonstration, and each trial takes twenty votes of their own.

    Raises: Http404 where it is no demonstration of replies, too.
    """
    project = project_for(request.user, slug)
    language = language_of_replies(project)
    if language is None:
        raise Http404("There is no such demonstration.")
    return project, language


def _frame(request: SignedInRequest, project: Project) -> dict[str, Any]:
    """What the navigation of a project shows."""
    role = role_in(request.user, project)
    return {
        "project": project,
        "role": role,
        "is_lead": role == Role.LEAD,
        "is_reviewer": role in (Role.LEAD, Role.REVIEWER),
    }


def _chosen(trials: list[Trial], asked: str) -> Trial | None:
    """The trial that was asked for by the id of its training, else the newest."""
    try:
        public_id = uuid.UUID(asked)
    except ValueError:
        return trials[0] if trials else None
    return next((one for one in trials if one.training.public_id == public_id), None)


def _progress(trial: Trial | None) -> dict[str, Any]:
    if trial is None or trial.is_done:
        return {}
    return {
        "training_status": run_status(trial.training),
        "reading_status": run_status(trial.reading),
    }


def _result(request: SignedInRequest, trial: Trial, language: str) -> dict[str, Any]:
    result = before_after(answers_of(trial.reading), language)
    by_axis = {taste.axis: taste for taste in tastes(pairs_of(trial.snapshot), language)}
    return {
        "language": language,
        "result": result,
        "changes": [(change, by_axis[change.axis]) for change in result.changes],
        "right": right_on_the_corpus(language),
        "may_look": visible_runs(request.user).filter(pk=trial.training.pk).exists(),
    }
