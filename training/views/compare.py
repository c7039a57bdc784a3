"""Several runs or checkpoints beside one another."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotate.access.signed_in import SignedInRequest
from training.contrast.answers_beside import answers_beside
from training.contrast.compared import Compared, compared, offered
from training.contrast.curve_rows import csv_lines
from training.contrast.differing import costs, differing
from training.contrast.other_figures import other_figures
from training.contrast.overlaid import overlay
from training.contrast.sentences import all_in_words
from training.contrast.told_apart import standings, told_apart
from training.errors import CompareRefused, NotFound
from training.forms.compare import CompareForm
from training.forms.told_apart import labels_for
from training.views.desk import require_entry

FEW_TWOS = 3  # up to which each is shown at once


@login_required
@require_GET
def compare(request: SignedInRequest) -> HttpResponse:
    """The page, and what is chosen for it; without a choice, what there is to choose from."""
    form, rows = _read(request)
    runs, bases = offered(request.user)
    named_run, named_base = labels_for(runs), labels_for(bases)
    chosen = {str(public_id) for ids in form.chosen().values() for public_id in ids}
    twos = told_apart(rows)
    context = {
        "form": form,
        "rows": rows,
        "runs": [(run, named_run(run)) for run in runs],
        "bases": [(base, named_base(base)) for base in bases],
        "chosen": chosen,
        "twos": twos,
        "n_told": sum(two.shared is not None for two in twos),
        "told": all_in_words(twos),
        "many": len(twos) > FEW_TWOS,
        "standings": standings(rows, twos),
        "others": other_figures(rows),
        "differences": differing(rows),
        "costs": costs(rows),
        "prompted": answers_beside(rows),
        **_curves(form, rows),
    }
    return render(request, "training/compare.html", context)


@login_required
@require_GET
def compare_curves(request: SignedInRequest) -> HttpResponse:
    """The curves alone: asked for when the view changes, and while a run goes on."""
    form, rows = _read(request)
    return render(request, "training/_compare_curves.html", _curves(form, rows))


@login_required
@require_GET
def compare_download(request: SignedInRequest) -> StreamingHttpResponse:
    _form, rows = _read(request)
    return StreamingHttpResponse(
        csv_lines(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="curves.csv"'},
    )


def _read(request: SignedInRequest) -> tuple[CompareForm, list[Compared]]:
    """Raises: PermissionDenied, or Http404 where the user may not see one of them."""
    require_entry(request.user)
    form = CompareForm(request.GET)
    form.is_valid()
    try:
        return form, compared(request.user, **form.chosen())
    except CompareRefused as error:
        form.add_error(None, str(error.message))
        return form, []
    except NotFound as error:
        raise Http404(str(error.message)) from error


def _curves(form: CompareForm, rows: list[Compared]) -> dict[str, object]:
    view = form.view()
    return {
        "rows": rows,
        "view": view,
        "overlay": overlay(rows, view),
        "query": urlencode([row.query for row in rows]),
        "is_live": any(row.is_unfinished for row in rows),
    }
