"""Webhooks of a project, what was sent to them, and sending it again."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.access.permissions import annotator_for, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.database.paging import page_of
from annotate.errors import AccordError
from annotate.forms.notices import RulesForm
from annotate.forms.sent import sent
from annotate.forms.webhooks import WebhookForm
from annotate.models import Delivery, Project, Role, Webhook, WebhookFormat
from annotate.notices.changed_rules import change_rules
from annotate.notices.notice_rules.known_rules import rules_in_force
from annotate.notices.outbox import send_again
from annotate.notices.webhooks import (
    change_webhook,
    delete_webhook,
    make_webhook,
    new_secret,
    queue_trial_of,
)
from annotate.views.projects import project_context

OPEN_SHOWN = 20


@login_required
@require_http_methods(["GET", "POST"])
def project_notices(request: SignedInRequest, slug: str) -> HttpResponse:
    """What the project tells of, and to which addresses."""
    project = project_for(request.user, slug, Role.LEAD)
    form = RulesForm(sent(request), in_force=rules_in_force(project))
    if request.method == "POST" and form.is_valid():
        change_rules(project=project, changed_by=annotator_for(request.user), rules=form.values())
        messages.success(request, _("The settings were saved."))
        return redirect("annotate:project_notices", slug=slug)
    open_here = project.notices.filter(resolved_at=None).order_by("-pk")[:OPEN_SHOWN]
    context = project_context(request, project) | {
        "form": form,
        "webhooks": project.webhooks.order_by("name"),
        "open_notices": open_here,
    }
    return render(request, "annotate/project_notices.html", context)


@sensitive_post_parameters("url", "secret")
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    form = WebhookForm(sent(request), language=get_language() or "")
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        drawn = (
            new_secret() if given["format"] == WebhookFormat.JSON and not given["secret"] else ""
        )
        given["secret"] = given["secret"] or drawn
        try:
            webhook = make_webhook(project=project, made_by=annotator_for(request.user), **given)
        except AccordError as error:
            _show_at_its_field(form, error)
        else:
            messages.success(request, _("The webhook is kept. Try it now."))
            if not drawn:
                return redirect("annotate:webhook", slug=slug, webhook_id=webhook.public_id)
            return _page(request, project, webhook, drawn=drawn, status=201)
    context = project_context(request, project) | {"form": form}
    return render(request, "annotate/webhook.html", context)


@sensitive_post_parameters("url", "secret")
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, slug: str, webhook_id: UUID) -> HttpResponse:
    webhook = _webhook(request, slug, webhook_id)
    form = WebhookForm(sent(request), webhook=webhook, language=webhook.language)
    if request.method == "POST" and form.is_valid():
        try:
            change_webhook(
                webhook=webhook, changed_by=annotator_for(request.user), **form.cleaned_data
            )
        except AccordError as error:
            _show_at_its_field(form, error)
        else:
            messages.success(request, _("The change was saved."))
            return redirect("annotate:webhook", slug=slug, webhook_id=webhook_id)
    return _page(request, webhook.project, webhook, form=form)


@login_required
@require_POST
def attempt(request: SignedInRequest, slug: str, webhook_id: UUID) -> HttpResponse:
    webhook = _webhook(request, slug, webhook_id)
    delivery = queue_trial_of(webhook=webhook)
    return redirect("annotate:delivery", slug=slug, delivery_id=delivery.public_id)


@login_required
@require_POST
def delete(request: SignedInRequest, slug: str, webhook_id: UUID) -> HttpResponse:
    webhook = _webhook(request, slug, webhook_id)
    delete_webhook(webhook=webhook, deleted_by=annotator_for(request.user))
    messages.success(request, _("The webhook is gone, with what was sent to it."))
    return redirect("annotate:project_notices", slug=slug)


@login_required
@require_GET
def delivery(request: SignedInRequest, slug: str, delivery_id: UUID) -> HttpResponse:
    """The page asks for its own live part until it has arrived or was given up."""
    found = _delivery(request, slug, delivery_id)
    template = "annotate/_delivery_live.html" if request.htmx else "annotate/delivery.html"
    context = project_context(request, found.webhook.project) if found.webhook else {}
    return render(request, template, context | {"delivery": found})


@login_required
@require_POST
def again(request: SignedInRequest, slug: str, delivery_id: UUID) -> HttpResponse:
    found = _delivery(request, slug, delivery_id)
    try:
        send_again(delivery=found, asked_by=annotator_for(request.user))
    except AccordError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It is sent again."))
    return redirect("annotate:delivery", slug=slug, delivery_id=delivery_id)


def _webhook(request: SignedInRequest, slug: str, webhook_id: UUID) -> Webhook:
    project = project_for(request.user, slug, Role.LEAD)
    rows = Webhook.objects.select_related("project")
    return get_object_or_404(rows, project=project, public_id=webhook_id)


def _delivery(request: SignedInRequest, slug: str, delivery_id: UUID) -> Delivery:
    project = project_for(request.user, slug, Role.LEAD)
    rows = Delivery.objects.select_related("webhook__project").prefetch_related("tries")
    return get_object_or_404(rows, project=project, webhook__isnull=False, public_id=delivery_id)


def _page(
    request: SignedInRequest,
    project: Project,
    webhook: Webhook,
    *,
    form: WebhookForm | None = None,
    drawn: str = "",
    status: int = 200,
) -> HttpResponse:
    context = project_context(request, project) | {
        "webhook": webhook,
        "form": form or WebhookForm(webhook=webhook, language=webhook.language),
        "drawn": drawn,
        "page": page_of(webhook.deliveries.all(), request, size=20),
    }
    return render(request, "annotate/webhook.html", context, status=status)


def _show_at_its_field(form: WebhookForm, error: AccordError) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error))
