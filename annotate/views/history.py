"""What I have judged: my own verdicts, by the sides I saw, and nobody else's."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotate.access.permissions import annotator_for, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.agreement.own_gold import share_as_expected
from annotate.database.paging import page_of
from annotate.forms.history import SearchForm
from annotate.judging.gold_feedback import told_judgements
from annotate.judging.own_history import MOST_SEARCHED, own_judgements, with_words
from annotate.models import Appeal
from annotate.views.gold_words import share_in_words
from annotate.views.projects import project_context


@login_required
@require_GET
def history(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug)
    form = SearchForm(request.GET, shows_gold=project.shows_gold)
    wanted = form.cleaned_data if form.is_valid() else {}
    words, is_gold_only = wanted.get("q", ""), wanted.get("gold", False)
    told = told_judgements(annotator_for(request.user), project)
    mine = told if is_gold_only else own_judgements(annotator_for(request.user), project)
    found = with_words(mine, words).select_related("comparison__prompt", "ranking")
    page = page_of(found, request)
    on_page = told.filter(pk__in=[judgement.pk for judgement in page.rows])
    context = project_context(request, project) | {
        "page": page,
        "form": form,
        "words": words,
        "is_gold_only": is_gold_only,
        "told": set(on_page.values_list("pk", flat=True)),
        "appeals": {one.judgement_id: one for one in Appeal.objects.filter(judgement__in=on_page)},
        "gold_share": share_in_words(share_as_expected(told)) if project.shows_gold else "",
        "most_searched": MOST_SEARCHED if mine.count() > MOST_SEARCHED else 0,
    }
    return render(request, "annotate/history.html", context)
