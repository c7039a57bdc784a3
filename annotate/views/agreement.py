"""How far people agree: the stored figures of a project, for those who review and lead it."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from annotate.access.permissions import project_for
from annotate.access.signed_in import SignedInRequest
from annotate.agreement import shown as figures
from annotate.agreement.contested_words import words_of_comparisons, words_of_contested
from annotate.agreement.plain_text import orders_of, percent, redundancy, shown
from annotate.agreement.reports import queue_refresh
from annotate.agreement.section_words import SECTION_FIGURES
from annotate.agreement.shown_asked import parts_of
from annotate.agreement.shown_models import models_of
from annotate.agreement.words import FIGURES
from annotate.dashboards.agreement_pictures import pictures_of
from annotate.dashboards.chart import csv_of
from annotate.dashboards.names import imports_of, people_of
from annotate.models import HUMAN_KINDS, AgreementReport, AnnotatorKind, Role
from annotate.views.projects import project_context

PEOPLE, ALL = "people", "all"
COHORTS = {PEOPLE: "without_simulated", ALL: "all"}
NOT_YET = "none"


@login_required
@require_http_methods(["GET", "POST"])
def agreement(request: SignedInRequest, slug: str) -> HttpResponse:
    """Reads what a worker stored, and never computes; a POST asks for fresh figures.

    After that, `after` in the address names the figures that are to be replaced, and the page
    asks for itself again until they are.
    """
    project = project_for(request.user, slug, Role.REVIEWER)
    stored = AgreementReport.stored_for(project)
    if request.method == "POST":
        queue_refresh(project=project)
        query = {"who": request.POST.get("who", ""), "after": _mark(stored)}
        return redirect(f"{reverse('annotate:agreement', args=[slug])}?{urlencode(query)}")
    newest = project.judgements.order_by("-judged_at").values_list("judged_at", flat=True).first()
    is_first = stored is None and newest is not None
    context = project_context(request, project) | {
        "stored": stored,
        "is_waiting": is_first or request.GET.get("after") == _mark(stored),
    }
    if stored is not None:
        is_lead = bool(context["is_lead"])
        people = people_of(project) if is_lead else {}
        figures_shown = _shown(request, stored, people)
        cohort = COHORTS[figures_shown["who"]]
        pictures = pictures_of(
            stored,
            cohort,
            is_lead=is_lead,
            people=people,
            imports=imports_of(project) if _has_imports(stored, cohort) else {},
            project=project,
        )
        if key := request.GET.get("csv"):
            return csv_of(pictures.all, key, name=f"{project.slug}-agreement")
        context |= figures_shown | {
            "pictures": pictures,
            "csv_query": f"who={figures_shown['who']}&",
            "against": _against(stored, cohort),
            "models": models_of(stored, cohort) if context["is_lead"] else None,
            "rankings": _rankings(stored, cohort),
            "strength_words": SECTION_FIGURES["strength"],
            "is_fresh": timezone.now() - stored.computed_at < timedelta(minutes=1),
            "has_newer": newest is not None
            and (stored.last_change_at is None or newest > stored.last_change_at),
        }
    template = "annotate/_agreement_live.html" if request.htmx else "annotate/agreement.html"
    return render(request, template, context)


def _rankings(stored: AgreementReport, cohort: str) -> dict[str, Any] | None:
    section = stored.report["sections"][cohort].get("rankings")
    return None if section is None else section | {"figures": orders_of(section)}


def _has_imports(stored: AgreementReport, cohort: str) -> bool:
    kinds = stored.report["sections"][cohort]["groups"]["kinds"]
    return any(kind["of"] == "import" for kind in kinds)


def _against(stored: AgreementReport, cohort: str) -> list[dict[str, Any]]:
    found = stored.report["sections"][cohort]["curves"]["able_against"]
    words = words_of_comparisons(entry["comparison"] for entry in found)
    return [entry | {"words": words.get(entry["comparison"], "")} for entry in found]


def _mark(stored: AgreementReport | None) -> str:
    return NOT_YET if stored is None else stored.computed_at.isoformat()


def _shown(
    request: SignedInRequest, stored: AgreementReport, people: figures.People
) -> dict[str, Any]:
    by_kind = stored.report["n_judgements_by_kind"]
    n_human = sum(by_kind[kind] for kind in HUMAN_KINDS)
    n_machine = sum(by_kind.values()) - n_human
    who = request.GET.get("who")
    if who not in COHORTS:
        who = PEOPLE if n_human or not n_machine else ALL
    report = stored.report[COHORTS[who]]
    return {
        "who": who,
        "counts": report["counts"],
        "n_human": n_human,
        "n_simulated": by_kind[AnnotatorKind.SIMULATED],
        "n_model": by_kind[AnnotatorKind.MODEL],
        "n_machine": n_machine,
        "machine_share": percent(n_machine / (n_human + n_machine)) if n_machine else "",
        "redundancy": redundancy(report["redundancy"]),
        "headline": figures.headline(report),
        "verdicts": figures.verdict_shares(report),
        "position": shown("position", report["position"]),
        "sides": figures.sides(report, people),
        "biases": figures.biases(report),
        "contested": figures.contested(report, words_of_contested(report)),
        "groups": figures.groups(stored.report),
        "annotators": figures.annotators(report, people),
        "matrix": figures.matrix(report, people),
        "pairs": figures.pairs(report, people),
        "n_sharing": report["pairs"]["n_sharing"],
        "kappa_words": FIGURES["cohen_kappa"],
        "reliability_words": FIGURES["reliability"],
        "depths": figures.depths(report),
        "asked": parts_of(stored.report["sections"][COHORTS[who]]["asked"]),
        "n_resamples": report["settings"]["n_resamples"],
    }
