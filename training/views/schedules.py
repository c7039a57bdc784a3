"""Schedules: when a recipe starts by itself, what was found each time, and what it would do."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.permissions import require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.sent import sent
from training.access.permissions import schedule_for, visible_schedules
from training.automation.back_test import back_test
from training.automation.condition_words import joined
from training.automation.dry_run import dry_run
from training.automation.hooks import make_hook_token
from training.automation.looking import press
from training.automation.schedule_words import (
    back_test_in_words,
    check_in_words,
    dry_run_in_words,
    round_in_words,
    schedule_in_words,
    shown_clauses,
)
from training.automation.schedules import (
    change_schedule,
    make_schedule,
    pause_schedule,
    unpause_schedule,
)
from training.automation.told_findings import told_checks, told_clauses
from training.forms.schedules import PRESETS, ScheduleForm
from training.models import Schedule, ScheduleTrigger
from training.views.desk import require_entry
from training.views.refusals import carry_out

MOST_CHECKS = 100


@login_required
@require_GET
def schedules(request: SignedInRequest) -> HttpResponse:
    require_entry(request.user)
    rows = visible_schedules(request.user).order_by("recipe__project__name", "name", "pk")
    context = {
        "schedules": [(row, schedule_in_words(row)) for row in rows],
        "is_admin": request.user.is_site_admin,
    }
    return render(request, "training/schedules.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_schedule(request: SignedInRequest) -> HttpResponse:
    require_site_admin(request.user)
    preset = request.GET.get("preset", "")
    initial = {**PRESETS[preset][1]} if preset in PRESETS else {}
    initial |= {"recipe": request.GET["recipe"]} if "recipe" in request.GET else {}
    form = ScheduleForm(sent(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = make_schedule(
                recipe=form.cleaned_data["recipe"],
                settings=form.settings(),
                made_by=request.user,
            )
        except AccordError as error:
            form.show(error.field or "", str(error.message))
        else:
            return redirect("training:schedule", public_id=made.public_id)
    presets = [(name, label) for name, (label, _initial) in PRESETS.items()]
    context = {
        "form": form,
        "presets": presets,
        "preset": preset,
        "recipe": request.GET.get("recipe", ""),
    }
    return render(request, "training/schedule_form.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    found = schedule_for(request.user, public_id)
    require_site_admin(request.user)
    form = ScheduleForm(sent(request), schedule=found)
    if request.method == "POST" and form.is_valid():
        try:
            change_schedule(
                schedule_id=public_id, settings=form.settings(), changed_by=request.user
            )
        except AccordError as error:
            form.show(error.field or "", str(error.message))
        else:
            return redirect("training:schedule", public_id=public_id)
    return render(request, "training/schedule_form.html", {"form": form, "schedule": found})


@login_required
@require_GET
def schedule(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    return render(request, "training/schedule.html", _context(request, public_id))


@login_required
@require_GET
def back_test_of(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    context = _context(request, public_id)
    found = context["schedule"]
    assert isinstance(found, Schedule)  # noqa: S101 - as `_context` makes it
    tested = back_test(found, now=timezone.now())
    context["back_test"] = back_test_in_words(tested, found.own_zone)
    return render(request, "training/schedule.html", context)


@login_required
@require_POST
def run_now(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    found = schedule_for(request.user, public_id)
    require_site_admin(request.user)
    check = press(found.pk, pressed_by=request.user, is_anyway="anyway" in request.POST)
    if check.has_started:
        messages.success(request, check_in_words(check))
    else:
        messages.warning(request, check_in_words(check))
    return redirect("training:schedule", public_id=public_id)


@login_required
@require_POST
def pause(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Pause it, or let it go on from now."""
    found = schedule_for(request.user, public_id)
    require_site_admin(request.user)
    if "go_on" in request.POST:
        carry_out(
            request,
            lambda: unpause_schedule(schedule_id=found.public_id, unpaused_by=request.user),
            said=_("It goes on from now; what it missed meanwhile is not made up for."),
        )
    else:
        carry_out(
            request,
            lambda: pause_schedule(schedule_id=found.public_id, paused_by=request.user),
            said=_("Paused. A round under way goes on."),
        )
    return redirect("training:schedule", public_id=public_id)


@login_required
@require_POST
@never_cache  # the answer shows the token, this once
def hook_token(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    found = schedule_for(request.user, public_id)
    require_site_admin(request.user)
    try:
        plain = make_hook_token(schedule_id=found.public_id, made_by=request.user)
    except AccordError as error:
        messages.error(request, str(error.message))
        return redirect("training:schedule", public_id=public_id)
    context = {**_context(request, public_id), "plain_token": plain}
    return render(request, "training/schedule.html", context, status=201)


def _context(request: SignedInRequest, public_id: uuid.UUID) -> dict[str, object]:
    found = schedule_for(request.user, public_id)
    run = dry_run(found)
    checks = found.checks.select_related("round__recipe", "round__version", "asked_by")
    newest = checks.prefetch_related("round__steps").order_by("-checked_at", "-pk")[:MOST_CHECKS]
    address = request.build_absolute_uri(f"/api/v1/schedules/{found.public_id}/hook/")
    return {
        "schedule": found,
        "sentence": schedule_in_words(found),
        "dry_run": run,
        "dry_run_words": joined(dry_run_in_words(run)),
        "clauses": shown_clauses(told_clauses(run.evaluated.clauses, request.user)),
        "checks": [
            (check, check_in_words(check), round_in_words(check.round) if check.round else [])
            for check in told_checks(newest, request.user)
        ],
        "is_webhook": found.trigger == ScheduleTrigger.WEBHOOK,
        "hook_address": address,
        "is_admin": request.user.is_site_admin,
    }
