"""Pages are compressed where a browser takes it; downloads and the rest are not."""

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from config.compression import CompressedPages

PAGE = b"<p>page</p>" * 100


@pytest.mark.parametrize(
    ("response", "accepts", "is_compressed"),
    [
        (HttpResponse(PAGE), "gzip, br", True),
        (HttpResponse(PAGE), "", False),
        (HttpResponse(b"short"), "gzip", False),
        (HttpResponse(PAGE, content_type="application/json"), "gzip", False),
        (StreamingHttpResponse([PAGE]), "gzip", False),
    ],
    ids=["page", "not accepted", "short", "no page", "streamed"],
)
def test_what_is_compressed(response, accepts, is_compressed):
    request = RequestFactory().get("/", headers={"accept-encoding": accepts})
    answer = CompressedPages(lambda _request: response)(request)
    assert (answer.headers.get("Content-Encoding") == "gzip") is is_compressed
    if is_compressed:
        assert gzip.decompress(answer.content) == PAGE


def test_the_same_page_is_never_compressed_to_the_same_bytes():
    """What an attacker adds to a page must not show in the length of the answer."""
    request = RequestFactory().get("/", headers={"accept-encoding": "gzip"})
    answers = [CompressedPages(lambda _request: HttpResponse(PAGE))(request) for _n in range(8)]
    assert len({len(answer.content) for answer in answers}) > 1
