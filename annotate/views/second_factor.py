"""The second factor: asked for at the door, and set up, renewed and turned off in the account."""

from collections.abc import Callable

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.second_factor import CodeForm, FirstCodeForm, PasswordNowForm
from annotate.forms.sent import sent
from annotate.models import SecondFactor, User
from annotate.signing_in.halfway import HAS_ANSWERED, who_waits
from annotate.signing_in.second_factor import (
    NoFactorBegun,
    address_for_app,
    answer,
    begin,
    confirm,
    has_second_factor,
    must_have_second_factor,
    n_codes_left,
    new_recovery_codes,
    secret_begun,
    turn_off,
)
from annotate.views.entering import enter


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def code_page(request: HttpRequest) -> HttpResponse:
    """After a right password: the code, and then the page that was asked for."""
    waiting = who_waits(request)
    if waiting is None:
        return redirect("annotate:sign_in")
    user, next_url = waiting
    form = CodeForm(sent(request))
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            answer(user=user, code=form.cleaned_data["code"])
        except AccordError as error:
            form.add_error("code", str(error))
            status = error.status
        else:
            if not n_codes_left(user):
                messages.warning(request, _("That was your last recovery code: make new ones."))
            return enter(request, user, next_url=next_url, has_answered=True)
    return render(request, "annotate/sign_in_code.html", {"form": form}, status=status)


@never_cache
@login_required
@require_GET
def second_factor(request: SignedInRequest) -> HttpResponse:
    return _page(request)


@sensitive_post_parameters()
@never_cache
@login_required
@require_POST
def start(request: SignedInRequest) -> HttpResponse:
    """Draw a secret and show it, as a picture and as text, until a code has proven it."""
    form = PasswordNowForm(request.user, request.POST)
    if not form.is_valid():
        return _page(request, password_form=form, status=400)
    try:
        begin(user=request.user)
    except NoFactorBegun as error:
        messages.error(request, str(error))
    return redirect("annotate:second_factor")


@sensitive_post_parameters()
@never_cache
@login_required
@require_POST
def prove(request: SignedInRequest) -> HttpResponse:
    """Turn it on by its first code, and show the recovery codes, this once."""
    form = FirstCodeForm(request.POST)
    answered = _with_code(request, form, confirm)
    if isinstance(answered, list):
        request.session[HAS_ANSWERED] = True
        return _page(request, recovery_codes=answered, status=201)
    return answered or _page(request, first_form=form, status=400)


@sensitive_post_parameters()
@never_cache
@login_required
@require_POST
def draw_codes(request: SignedInRequest) -> HttpResponse:
    form = CodeForm(request.POST, auto_id="codes-%s")
    answered = _with_code(request, form, new_recovery_codes)
    if isinstance(answered, list):
        return _page(request, recovery_codes=answered, status=201)
    return answered or _page(request, codes_form=form, status=400)


@sensitive_post_parameters()
@never_cache
@login_required
@require_POST
def stop(request: SignedInRequest) -> HttpResponse:
    form = CodeForm(request.POST, auto_id="off-%s")
    if form.is_valid():
        try:
            turn_off(user=request.user, code=form.cleaned_data["code"])
        except AccordError as error:
            form.add_error("code", str(error))
        else:
            request.session.pop(HAS_ANSWERED, None)
            messages.success(request, _("Your password alone lets you in again."))
            return redirect("annotate:second_factor")
    return _page(request, off_form=form, status=400)


def _with_code(
    request: SignedInRequest,
    form: CodeForm | FirstCodeForm,
    act: Callable[..., list[str]],
) -> list[str] | HttpResponse | None:
    """The codes that an act gave; None where the form says what is wrong."""
    if not form.is_valid():
        return None
    try:
        return act(user=request.user, code=form.cleaned_data["code"])
    except NoFactorBegun as error:
        messages.error(request, str(error))
        return redirect("annotate:second_factor")
    except AccordError as error:
        form.add_error("code", str(error))
        return None


def _page(request: SignedInRequest, *, status: int = 200, **given: object) -> HttpResponse:
    user = request.user
    context: dict[str, object] = {"is_required": must_have_second_factor(user)}
    if has_second_factor(user):
        context |= {
            "factor": SecondFactor.objects.get(user=user),
            "n_codes_left": n_codes_left(user),
            "codes_form": CodeForm(auto_id="codes-%s"),
            "off_form": CodeForm(auto_id="off-%s"),
        }
    elif secret := secret_begun(user):
        context |= _to_scan(user, secret) | {"first_form": FirstCodeForm()}
    else:
        context["password_form"] = PasswordNowForm(user)
    return render(request, "annotate/second_factor.html", context | given, status=status)


def _to_scan(user: User, secret: str) -> dict[str, object]:
    address = address_for_app(user, secret)
    picture = segno.make(address, error="m").svg_inline(
        scale=5, svgclass="qr", lineclass=None, omitsize=True, border=4
    )
    groups = [secret[at : at + 4] for at in range(0, len(secret), 4)]
    return {
        "picture": mark_safe(picture),  # noqa: S308  (drawn here: squares and nothing of anybody)
        "secret": " ".join(groups),
        "address": address,
    }
