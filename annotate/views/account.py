"""Signing in and out, and one's own account: language, password, keys to the API."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language

from annotate.access.signed_in import SignedInRequest, signed_in
from annotate.forms.account import LanguageForm, TokenForm
from annotate.models import ApiToken
from annotate.people.members import issue_token, revoke_token
from annotate.signing_in.halfway import wait_for_code
from annotate.signing_in.identities import identity_of
from annotate.signing_in.provider import is_configured
from annotate.signing_in.second_factor import has_second_factor
from annotate.views.entering import enter, keep_language, remember_language


def sso_name() -> str:
    """The organisation's own sign-in, where there is one."""
    return settings.ACCORD_OIDC_NAME if is_configured() else ""


class SignIn(LoginView):
    template_name = "annotate/sign_in.html"
    redirect_authenticated_user = True
    extra_context = {"sso": sso_name}

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """In, or on to the second factor of whoever has one."""
        user = signed_in(form.get_user())
        if not has_second_factor(user):
            return enter(self.request, user, next_url=self.get_success_url())
        wait_for_code(self.request, user, self.get_success_url())
        return redirect("annotate:sign_in_code")


@login_required
@require_GET
def account(request: SignedInRequest) -> HttpResponse:
    return _account_page(request)


def switch_language(request: HttpRequest) -> HttpResponse:
    """The button on every page: for this browser, and for good where somebody is signed in."""
    response = set_language(request)
    if request.method == "POST" and request.user.is_authenticated:
        keep_language(request.user, request.POST.get("language", ""))
    return response


@login_required
@require_POST
def language(request: SignedInRequest) -> HttpResponse:
    form = LanguageForm(request.POST)
    if not form.is_valid():
        return _account_page(request, language_form=form, status=400)
    code = form.cleaned_data["language"]
    keep_language(request.user, code)
    with translation.override(code):
        messages.success(request, _("The language was changed."))
    response = redirect("annotate:account")
    remember_language(response, code)
    return response


@sensitive_post_parameters()
@never_cache
@login_required
@require_POST
def password(request: SignedInRequest) -> HttpResponse:
    form = PasswordChangeForm(request.user, request.POST)
    if not form.is_valid():
        return _account_page(request, password_form=form, status=400)
    form.save()
    update_session_auth_hash(request, form.user)  # stay signed in here; other sessions end
    messages.success(request, _("The password was changed."))
    return redirect("annotate:account")


@never_cache
@login_required
@require_POST
def new_token(request: SignedInRequest) -> HttpResponse:
    """Make a token and show its text, this once."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _account_page(request, token_form=form, status=400)
    days = form.cleaned_data["days"]
    _token, plain = issue_token(
        user=request.user,
        name=form.cleaned_data["name"],
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )
    return _account_page(request, plain_token=plain, status=201)


@login_required
@require_POST
def end_token(request: SignedInRequest, token_id: UUID) -> HttpResponse:
    token = get_object_or_404(ApiToken, public_id=token_id, user=request.user)
    revoke_token(token=token)
    messages.success(request, _("The token no longer opens anything."))
    return redirect("annotate:account")


def _account_page(request: SignedInRequest, *, status: int = 200, **given: object) -> HttpResponse:
    """The page with its three forms; `given` replaces a form by the one that was filled in."""
    password_form = PasswordChangeForm(request.user)
    del password_form.fields["old_password"].widget.attrs["autofocus"]  # it is not the first form
    context = {
        "language_form": LanguageForm(initial={"language": translation.get_language()}),
        "password_form": password_form,
        "token_form": TokenForm(),
        "sso": sso_name(),
        "identity": identity_of(request.user),
        "has_second_factor": has_second_factor(request.user),
        "tokens": ApiToken.objects.filter(user=request.user, revoked_at=None).order_by("-id"),
        **given,
    }
    return render(request, "annotate/account.html", context, status=status)
