"""Single sign-on: away to the organisation's own sign-in, back from it, and connecting the two."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.people.invitations import invitation_of
from annotate.signing_in.departures import Return, remember, take
from annotate.signing_in.halfway import wait_for_code
from annotate.signing_in.identities import admit, connect, disconnect, shown_as, wanted_claims
from annotate.signing_in.provider import (
    Departure,
    address_to_leave_for,
    claims_of,
    is_configured,
)
from annotate.signing_in.second_factor import has_second_factor
from annotate.views.entering import enter

TO_CONNECT = "identity_to_connect"


@never_cache
@require_GET
def leave(request: HttpRequest) -> HttpResponse:
    """A link, not a form: the policy of this site lets no form lead to another one."""
    _require_provider()
    departure = Departure.new()
    try:
        address = address_to_leave_for(departure, _way_back(request))
    except AccordError as error:
        return _refused(request, error)
    next_url = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(
        next_url, {request.get_host()}, require_https=request.is_secure()
    ):
        next_url = "/"
    invitation = request.GET.get("invitation", "")
    remember(request, departure, next_url=next_url, invitation=invitation)
    return redirect(address)


@never_cache
@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    _require_provider()
    try:
        back = take(request, request.GET.get("state", ""))
        claims = claims_of(back.departure, request.GET.dict(), _way_back(request), wanted_claims())
        if request.user.is_authenticated:
            return _ask_whether_to_connect(request, claims)
        return _sign_in(request, back, claims)
    except AccordError as error:
        return _refused(request, error)


def _sign_in(request: HttpRequest, back: Return, claims: dict[str, Any]) -> HttpResponse:
    invitation = invitation_of(back.invitation) if back.invitation else None
    user = admit(claims=claims, invitation=invitation, language=translation.get_language() or "")
    next_url = back.next_url
    if invitation is not None:  # whoever was known before joins there; members are sent on
        next_url = reverse("annotate:join", args=[back.invitation])
    is_enough: bool = settings.ACCORD_OIDC_IS_SECOND_FACTOR
    if has_second_factor(user) and not is_enough:
        wait_for_code(request, user, next_url)
        return redirect("annotate:sign_in_code")
    return enter(request, user, next_url=next_url, has_answered=is_enough)


def _ask_whether_to_connect(request: HttpRequest, claims: dict[str, Any]) -> HttpResponse:
    """By a form of its own: else a foreign page could connect a foreign account to this one."""
    request.session[TO_CONNECT] = {"sub": claims["sub"], "preferred_username": shown_as(claims)}
    context = {"shown_as": shown_as(claims), "provider": settings.ACCORD_OIDC_NAME}
    return render(request, "annotate/connect_identity.html", context)


@login_required
@require_POST
def join_to_account(request: SignedInRequest) -> HttpResponse:
    _require_provider()
    claims = request.session.pop(TO_CONNECT, None)
    if claims is None:
        messages.error(request, _("There is nothing to connect: begin on this page."))
        return redirect("annotate:account")
    try:
        connect(user=request.user, claims=claims)
    except AccordError as error:
        messages.error(request, str(error))
    else:
        says = _("From now on you may sign in with %(name)s.") % {"name": settings.ACCORD_OIDC_NAME}
        messages.success(request, says)
    return redirect("annotate:account")


@login_required
@require_POST
def part_from_account(request: SignedInRequest) -> HttpResponse:
    _require_provider()
    try:
        disconnect(user=request.user)
    except AccordError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The two accounts are no longer connected."))
    return redirect("annotate:account")


def _require_provider() -> None:
    if not is_configured():
        raise Http404("This site has no single sign-on.")


def _way_back(request: HttpRequest) -> str:
    path = reverse("annotate:sso_back")
    address: str = settings.ACCORD_URL
    return f"{address}{path}" if address else request.build_absolute_uri(path)


def _refused(request: HttpRequest, error: AccordError) -> HttpResponse:
    context = {"says": str(error), "provider": settings.ACCORD_OIDC_NAME}
    return render(request, "annotate/sign_in_refused.html", context, status=error.status)
