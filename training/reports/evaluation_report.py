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
    figures = (evaluation.run.summary or {}).get("report")
    return FileResponse(
        BytesIO(render_report(figures, language=get_language() or "en").encode())
        if figures
        else artifact_store().open(evaluation.report),
        as_attachment=True,
        filename=f"evaluation-{evaluation.recorded_at:%Y-%m-%d}.html",
        content_type="application/octet-stream",
    )
