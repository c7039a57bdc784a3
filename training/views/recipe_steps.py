"""A recipe's steps one by one: each change makes a version of the whole that works."""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from alignment_core.configs import METHODS
from annotate.access.permissions import require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.sent import sent
from training.access.permissions import recipe_for
from training.automation.chain import KINDS, stored_chain
from training.automation.recipe_edits import (
    Steps,
    with_step,
    with_step_after,
    with_step_earlier,
    without_step,
)
from training.automation.recipes import change_steps, changed_meanwhile, newest_version
from training.automation.step import Place
from training.forms.recipe_steps import step_form
from training.forms.refusal import show_refusal
from training.models import Recipe, RecipeVersion
from training.views.refusals import carry_out
from training.words.methods import METHODS_IN_WORDS, method_groups


@login_required
@require_http_methods(["GET", "POST"])
def new_step(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """A step of the kind, and the method, in the address; behind the last one if no other."""
    recipe, version = _version_to_change(request, public_id)
    after = _place(request.GET.get("after", ""), most=len(version.steps))
    do, method = request.GET.get("do", "train"), request.GET.get("method", "dpo")
    if do not in KINDS or method not in METHODS:
        raise Http404
    return _form_page(
        request,
        recipe,
        version,
        number=after + 1,
        kind=(do, method),
        stored={},
        change=lambda steps, step: with_step_after(steps, after, step),
    )


@login_required
@require_http_methods(["GET", "POST"])
def step(request: SignedInRequest, public_id: uuid.UUID, number: int) -> HttpResponse:
    recipe, version = _version_to_change(request, public_id)
    if not 1 <= number <= len(version.steps):
        if request.method == "GET":
            raise Http404
        messages.error(request, _("There is no step %(n)d.") % {"n": number})  # any more
        return redirect("training:recipe", public_id=public_id)
    stored = version.steps[number - 1]
    return _form_page(
        request,
        recipe,
        version,
        number=number,
        kind=(stored["do"], stored.get("method", "")),
        stored=stored,
        change=lambda steps, changed: with_step(steps, number, changed),
    )


@login_required
@require_POST
def step_remove(request: SignedInRequest, public_id: uuid.UUID, number: int) -> HttpResponse:
    return _changed(request, public_id, lambda steps: without_step(steps, number))


@login_required
@require_POST
def step_earlier(request: SignedInRequest, public_id: uuid.UUID, number: int) -> HttpResponse:
    """Change places with the step before."""
    return _changed(request, public_id, lambda steps: with_step_earlier(steps, number))


def _changed(
    request: SignedInRequest, public_id: uuid.UUID, change: Callable[[Steps], Steps]
) -> HttpResponse:
    recipe, version = _version_to_change(request, public_id)
    carry_out(
        request,
        lambda: change_steps(
            recipe_id=recipe.public_id,
            steps=change(version.steps),
            seen=_seen(request),
            changed_by=request.user,
        ),
        said=_("Kept. Rounds under way go on as they began."),
    )
    return redirect("training:recipe", public_id=public_id)


def _form_page(
    request: SignedInRequest,
    recipe: Recipe,
    version: RecipeVersion,
    *,
    number: int,
    kind: tuple[str, str],
    stored: dict[str, Any],
    change: Callable[[Steps, dict[str, Any]], Steps],
) -> HttpResponse:
    do, method = kind
    place = Place(recipe.project, stored_chain(version)[: number - 1])
    form = step_form(do, method, place, stored=stored, data=sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            change_steps(
                recipe_id=recipe.public_id,
                steps=change(version.steps, form.step()),
                seen=_seen(request),
                changed_by=request.user,
            )
        except AccordError as error:
            error.field = (error.field or "").rpartition(".")[2]
            show_refusal(form, error)
        else:
            messages.success(request, _("Kept. Rounds under way go on as they began."))
            return redirect("training:recipe", public_id=recipe.public_id)
    elif request.method == "POST" and (seen := _seen(request)) != version.number:
        # the step is of another kind by now, whose form cannot be filled in by what was sent
        show_refusal(form, changed_meanwhile(version, seen=seen))
    is_train = do == "train"
    context = {
        "form": form,
        "recipe": recipe,
        "seen": _seen(request) if request.method == "POST" else version.number,
        "number": number,
        "is_new": not stored,
        "after": number - 1,
        "query": urlencode({"do": do, "after": number - 1}),
        "do": do,
        "kinds": [(name, kind.title) for name, kind in KINDS.items()],
        "title": KINDS[do].title,
        "method": method if is_train else "",
        "method_groups": method_groups() if is_train and not stored else [],
        "sentence": METHODS_IN_WORDS[method].sentence if is_train else "",
    }
    return render(request, "training/recipe_step.html", context)


def _version_to_change(
    request: SignedInRequest, public_id: uuid.UUID
) -> tuple[Recipe, RecipeVersion]:
    """Raises: Http404, PermissionDenied."""
    recipe = recipe_for(request.user, public_id)
    require_site_admin(request.user)
    return recipe, newest_version(recipe)


def _seen(request: SignedInRequest) -> int:
    """The version that the form was made from; 0, which none is, where it does not say."""
    return _whole(request.POST.get("seen", "")) or 0


def _place(text: str, *, most: int) -> int:
    """A number from the address; what is none, or too great, is the last."""
    number = _whole(text)
    return most if number is None else min(number, most)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
