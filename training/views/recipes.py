"""Recipes: those that ship, one's own, and their rounds begun by hand."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.permissions import require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.sent import sent
from training.access.permissions import recipe_for
from training.automation.recipe_text import steps_as_text
from training.automation.recipes import (
    change_recipe,
    create_recipe,
    newest_version,
    pause_recipe,
    version_of,
)
from training.automation.rounds import start_round
from training.automation.schedule_words import settings_in_words
from training.automation.shipped import SHIPPED, Shipped, add_shipped
from training.forms.recipes import NewRecipeForm, RecipeForm, ShippedForm
from training.forms.refusal import show_refusal
from training.models import Recipe, RoundTrigger
from training.reports.rounds import recipe_detail, recipe_rows
from training.runs.time_zones import zone_names
from training.views.desk import require_entry
from training.views.refusals import carry_out


@login_required
@require_GET
def recipes(request: SignedInRequest) -> HttpResponse:
    require_entry(request.user)
    context = {"rows": recipe_rows(request.user), "is_admin": request.user.is_site_admin}
    return render(request, "training/recipes.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def add_recipe(request: SignedInRequest) -> HttpResponse:
    """One of those that ship, by one press; what it starts from suggests itself."""
    require_site_admin(request.user)
    first = {name: request.GET[name] for name in ("shipped", "project") if name in request.GET}
    form = ShippedForm(sent(request), initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            recipe = add_shipped(**form.request(), added_by=request.user)
        except AccordError as error:
            show_refusal(form, error)
        else:
            return redirect("training:recipe", public_id=recipe.public_id)
    zone = form["time_zone"].value() or "UTC"
    shipped = [(one, _schedule_in_words(one, zone)) for one in SHIPPED.values()]
    return render(request, "training/recipe_add.html", {"form": form, "shipped": shipped})


def _schedule_in_words(shipped: Shipped, zone: str) -> str:
    if shipped.schedule is None:
        return _("It brings no schedule: it starts when somebody presses “Run now”.")
    settings = shipped.schedule(zone if zone in zone_names() else "UTC")
    return _("Its schedule: %(sentence)s") % {"sentence": settings_in_words(settings)}


@login_required
@require_http_methods(["GET", "POST"])
def new_recipe(request: SignedInRequest) -> HttpResponse:
    require_site_admin(request.user)
    first = {"steps": steps_as_text([{"do": "freeze"}])}
    form = NewRecipeForm(sent(request), initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            recipe = create_recipe(**form.cleaned_data, created_by=request.user)
        except AccordError as error:
            show_refusal(form, error)
        else:
            return redirect("training:recipe", public_id=recipe.public_id)
    return render(request, "training/recipe_json.html", {"form": form})


@login_required
@require_GET
def recipe(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    detail = recipe_detail(recipe_for(request.user, public_id), request.user)
    context = {
        "detail": detail,
        "recipe": detail.recipe,
        "text": steps_as_text(detail.version.steps),
        "is_admin": request.user.is_site_admin,
    }
    return render(request, "training/recipe.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def recipe_json(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """The name and all steps at once, as JSON; to begin with, of the version in the address."""
    found = recipe_for(request.user, public_id)
    require_site_admin(request.user)
    version = newest_version(found)
    asked = version_of(found, request.GET.get("version", ""))
    first = {
        "name": found.name,
        "steps": steps_as_text((asked or version).steps),
        "seen": version.number,
        "seen_name": found.name,
    }
    form, newest = RecipeForm(sent(request), initial=first), None
    if request.method == "POST" and form.is_valid():
        try:
            change_recipe(recipe_id=found.public_id, **form.cleaned_data, changed_by=request.user)
        except AccordError as error:
            show_refusal(form, error)
            newest = _newest_for(form, found)
        else:
            messages.success(request, _("Kept. Rounds under way go on as they began."))
            return redirect("training:recipe", public_id=public_id)
    context = {"form": form, "recipe": found, "asked": asked, "newest": newest}
    return render(request, "training/recipe_json.html", context)


def _newest_for(form: RecipeForm, recipe: Recipe) -> dict[str, object] | None:
    """What somebody else has made of the recipe since the form was opened; None if nobody has."""
    recipe.refresh_from_db(fields=["name"])
    version, given = newest_version(recipe), form.cleaned_data
    if (version.number, recipe.name) == (given["seen"], given["seen_name"]):
        return None
    form.show_newest(recipe, version.number)
    return {"version": version, "text": steps_as_text(version.steps)}


@login_required
@require_POST
def recipe_start(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    found = recipe_for(request.user, public_id)
    require_site_admin(request.user)
    try:
        begun = start_round(
            version=newest_version(found), trigger=RoundTrigger.HAND, user=request.user
        )
    except AccordError as error:
        messages.error(request, str(error.message))
        return redirect("training:recipe", public_id=public_id)
    return redirect("training:round", public_id=begun.public_id)


@login_required
@require_POST
def recipe_pause(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Let it rest, or go on again, as the pressed button says."""
    found = recipe_for(request.user, public_id)
    require_site_admin(request.user)
    is_paused = request.POST.get("paused") == "yes"
    carry_out(
        request,
        lambda: pause_recipe(recipe_id=found.public_id, is_paused=is_paused, by=request.user),
        said=_("It starts no round until you let it go on.") if is_paused else _("It goes on."),
    )
    return redirect("training:recipe", public_id=public_id)
