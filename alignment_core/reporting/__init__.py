"""An evaluation as one page that needs nothing else: no script, no font, no network.

Internal: serves the evaluate task and the web app's pages; light.
"""

from alignment_core.reporting.language import LANGUAGES
from alignment_core.reporting.page_sections import render_report

__all__ = ["LANGUAGES", "render_report"]
