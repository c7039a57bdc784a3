"""Which trained weights are kept: the rules, what they would delete, and deleting it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from annotate.access.permissions import require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.forms.sent import sent
from training.checkpoints.kept import change_rules, delete_now, preview, rules
from training.forms.retention import RetentionForm

MOST_SHOWN = 1000  # of each; what would go is deleted as far as it is shown


@login_required
@require_http_methods(["GET", "POST"])
def retention(request: SignedInRequest) -> HttpResponse:
    """A POST keeps the rules, or with `look` only shows what they would do."""
    require_site_admin(request.user)
    form = RetentionForm(sent(request), instance=rules())
    shown = rules()
    if request.method == "POST" and form.is_valid():
        if "look" in request.POST:
            shown = form.save(commit=False)
        else:
            change_rules(**form.cleaned_data, changed_by=request.user)
            messages.success(request, _("These rules hold from now on."))
            return redirect("training:retention")
    context = {
        "form": form,
        "preview": preview(shown),
        "most_shown": MOST_SHOWN,
        "is_tried": "look" in request.POST,
    }
    return render(request, "training/retention.html", context)


@login_required
@require_POST
def retention_delete(request: SignedInRequest) -> HttpResponse:
    """Only what was shown is deleted, and of that only what the rules still do not keep."""
    require_site_admin(request.user)
    sent = request.POST.get("checkpoints", "").split(",")
    seen = {found for text in sent if (found := _uuid(text))}
    n_deleted = delete_now(only=seen, by=request.user)
    said = ngettext(
        "The files of %(n)d checkpoint were deleted.",
        "The files of %(n)d checkpoints were deleted.",
        n_deleted,
    )
    messages.success(request, said % {"n": n_deleted})
    return redirect("training:retention")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
