"""The page with all figures of an evaluation, to download."""

from io import BytesIO

from django.http import FileResponse
from django.utils.translation import get_language

from alignment_core.reporting import render_report
from training.artifacts.store import artifact_store
from training.models import Evaluation


def report_to_keep(evaluation: Evaluation) -> FileResponse:
    """In the reader's language, where the figures are at hand; else as the run wrote it.

    An attachment: what models write must not open as a page of this site.
    """
    page = _in_the_readers_language(evaluation)
    return FileResponse(
        artifact_store().open(evaluation.report) if page is None else BytesIO(page.encode()),
        as_attachment=True,
        filename=f"evaluation-{evaluation.recorded_at:%Y-%m-%d}.html",
        content_type="application/octet-stream",
    )


def _in_the_readers_language(evaluation: Evaluation) -> str | None:
    figures = (evaluation.run.summary or {}).get("report")
    if not figures:
        return None
    try:
        return render_report(figures, language=get_language() or "en")
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):  # of another version
        return None
