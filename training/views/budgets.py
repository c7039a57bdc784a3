"""How much of the machines each project has used, and may use."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from annotate.access.permissions import require_site_admin
from annotate.access.signed_in import SignedInRequest
from annotate.errors import AccordError
from annotate.forms.sent import sent
from annotate.models import Project
from training.forms.budgets import BudgetForm
from training.forms.refusal import show_refusal
from training.models import Budget
from training.reports.budgets import budget_rows
from training.runs.budgets import budget_use, set_budget
from training.views.desk import require_entry


@login_required
@require_GET
def budgets(request: SignedInRequest) -> HttpResponse:
    require_entry(request.user)
    context = {"rows": budget_rows(request.user), "is_admin": request.user.is_site_admin}
    return render(request, "training/budgets.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def budget(request: SignedInRequest, slug: str) -> HttpResponse:
    require_site_admin(request.user)
    project = get_object_or_404(Project, slug=slug)
    present = Budget.objects.filter(project=project).first() or Budget(project=project)
    form = BudgetForm(sent(request), budget=present)
    if request.method == "POST" and form.is_valid():
        try:
            set_budget(project=project, **form.request(), set_by=request.user)
        except AccordError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Kept. It holds from the next run on."))
            return redirect("training:budgets")
    context = {"form": form, "project": project, "use": budget_use(project)}
    return render(request, "training/budget.html", context)
