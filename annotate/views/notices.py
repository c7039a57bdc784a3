"""What is told to whoever is signed in: the bell, the list, and how they hear of what."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.signed_in import SignedInRequest
from annotate.database.paging import page_of
from annotate.errors import AccordError
from annotate.forms.notices import ChoicesForm
from annotate.forms.sent import sent
from annotate.models import Notice
from annotate.notices.acknowledging import (
    choices_of,
    choose,
    find,
    mark_all_read,
    mark_read,
    mute,
    snooze,
    with_readings,
)
from annotate.notices.audience import notices_for, unread_by, without_muted
from annotate.notices.mail import has_mail_server

SHOWN = 20
ALL = "all"


@login_required
@require_GET
def notices(request: SignedInRequest) -> HttpResponse:
    """What is so now; `?show=all` has what is over and what is muted as well."""
    mine = notices_for(request.user)
    shows_all = request.GET.get("show") == ALL
    if not shows_all:
        mine = without_muted(mine.filter(resolved_at=None), request.user)
    context = {
        "page": page_of(with_readings(mine, request.user), request, size=SHOWN),
        "shows_all": shows_all,
        "n_unread": unread_by(request.user).count(),
        "now": timezone.now(),
    }
    return render(request, "annotate/notices.html", context)


@login_required
@require_GET
def bell(request: SignedInRequest) -> HttpResponse:
    """The count alone, for pages that stay open; nothing where it is still what is shown."""
    n_unread = unread_by(request.user).count()
    if request.GET.get("shown") == str(n_unread):
        return HttpResponse(status=204)
    return render(request, "annotate/_bell.html", {"n_unread": n_unread})


@login_required
@require_POST
def read(request: SignedInRequest, notice_id: UUID) -> HttpResponse:
    mark_read(user=request.user, notice=_notice(request, notice_id))
    return redirect("annotate:notices")


@login_required
@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    n = mark_all_read(user=request.user)
    messages.success(
        request, ngettext("%(n)d notice is read.", "%(n)d notices are read.", n) % {"n": n}
    )
    return redirect("annotate:notices")


@login_required
@require_POST
def put_off(request: SignedInRequest, notice_id: UUID) -> HttpResponse:
    notice = _notice(request, notice_id)
    days = request.POST.get("days", "")
    try:
        snooze(user=request.user, notice=notice, days=int(days) if days.isdecimal() else 0)
    except AccordError as error:
        messages.error(request, str(error))
    return redirect("annotate:notices")


@login_required
@require_POST
def silence(request: SignedInRequest, notice_id: UUID) -> HttpResponse:
    """Its kind, in its project, and back again."""
    notice = _notice(request, notice_id)
    is_muted = request.POST.get("is_muted") == "1"
    mute(user=request.user, kind=notice.kind, project=notice.project, is_muted=is_muted)
    said = (
        _("Muted: of this kind you hear nothing more here. The list of all still has it.")
        if is_muted
        else _("You hear of this kind again.")
    )
    messages.success(request, said)
    return redirect("annotate:notices")


@login_required
@require_http_methods(["GET", "POST"])
def settings(request: SignedInRequest) -> HttpResponse:
    form = ChoicesForm(sent(request), choices=choices_of(request.user))
    if request.method == "POST" and form.is_valid():
        choose(user=request.user, **form.cleaned_data)
        messages.success(request, _("The settings were saved."))
        return redirect("annotate:notice_settings")
    context = {
        "form": form,
        "has_mail_server": has_mail_server(),
        "muted": request.user.notice_choices.filter(
            project__isnull=False, on_page=False
        ).select_related("project"),
    }
    return render(request, "annotate/notice_settings.html", context)


@login_required
@require_POST
def hear_again(request: SignedInRequest) -> HttpResponse:
    choice = request.POST.get("choice", "")
    number = int(choice) if choice.isdecimal() and len(choice) < 19 else 0
    request.user.notice_choices.filter(pk=number, project__isnull=False).delete()
    messages.success(request, _("You hear of this kind again."))
    return redirect("annotate:notice_settings")


def _notice(request: SignedInRequest, notice_id: UUID) -> Notice:
    notice = find(request.user, notice_id)
    if notice is None:
        raise Http404
    return notice
