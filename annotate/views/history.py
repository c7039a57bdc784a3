"""What I have judged: my own verdicts, by the sides I saw, and nobody else's."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotate.access.permissions import annotator_for, project_for
from annotate.access.signed_in import SignedInRequest
from annotate.database.paging import page_of
from annotate.forms.history import SearchForm
from annotate.judging.own_history import MOST_SEARCHED, own_judgements, with_words
from annotate.views.projects import project_context


@login_required
@require_GET
def history(request: SignedInRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug)
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    mine = own_judgements(annotator_for(request.user), project)
    found = with_words(mine, words).select_related("comparison__prompt", "ranking")
    context = project_context(request, project) | {
        "page": page_of(found, request),
        "form": form,
        "words": words,
        "most_searched": MOST_SEARCHED if mine.count() > MOST_SEARCHED else 0,
    }
    return render(request, "annotate/history.html", context)
