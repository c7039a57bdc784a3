"""The e-mail of the installation: whether any can be sent, what was, and what was given up."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotate.access.permissions import annotator_for, require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.database.paging import page_of
from annotate.errors import AccordError
from annotate.models import Channel, Delivery
from annotate.notices.mail import has_mail_server, queue_trial
from annotate.notices.outbox import send_again


@login_required
@require_GET
def mail(request: SignedInRequest) -> HttpResponse:
    require_site_admin(request.user)
    letters = Delivery.objects.filter(channel=Channel.EMAIL)
    context = {
        "page": page_of(letters, request),
        "has_server": has_mail_server(),
        "server": f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}",
        "sender": settings.DEFAULT_FROM_EMAIL,
    }
    return render(request, "annotate/mail.html", context)


@login_required
@require_GET
def letter(request: SignedInRequest, delivery_id: UUID) -> HttpResponse:
    return render(request, "annotate/letter.html", {"delivery": _letter(request, delivery_id)})


@login_required
@require_POST
def trial(request: SignedInRequest) -> HttpResponse:
    require_site_admin(request.user)
    try:
        delivery = queue_trial(user=request.user)
    except AccordError as error:
        messages.error(request, str(error))
        return redirect("annotate:mail")
    messages.success(request, _("A letter to you is on its way."))
    return redirect("annotate:letter", delivery_id=delivery.public_id)


@login_required
@require_POST
def again(request: SignedInRequest, delivery_id: UUID) -> HttpResponse:
    delivery = _letter(request, delivery_id)
    try:
        send_again(delivery=delivery, asked_by=annotator_for(request.user))
    except AccordError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It is sent again."))
    return redirect("annotate:letter", delivery_id=delivery_id)


def _letter(request: SignedInRequest, delivery_id: UUID) -> Delivery:
    require_site_admin(request.user)
    letters = Delivery.objects.filter(channel=Channel.EMAIL).prefetch_related("tries")
    return get_object_or_404(letters, public_id=delivery_id)
