"""Pages travel compressed; a download streams as it is, and static files are compressed ahead.

What could be guessed from a page's compressed length (BREACH) is masked: the CSRF token is another
one in every answer, and Django adds random bytes to the file name within each answer.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressedPages(GZipMiddleware):
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if response.streaming or not is_page:
            return response
        return super().process_response(request, response)
