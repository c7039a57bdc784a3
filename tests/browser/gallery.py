"""The site with one page more, for the tests alone: all hard answers, as the screen shows them."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from annotate.judging.shown_pair import Pair
from config.urls import urlpatterns as of_the_site
from tests.hard_answers import HARD_ANSWERS

PAGE = """{% extends "base.html" %}{% block title %}Gallery{% endblock %}
{% block wide %}main--judge{% endblock %}{% block page_heading %}Gallery{% endblock %}
{% block content %}{% for pair in pairs %}{% include "annotate/_pair.html" with pair=pair only %}
{% endfor %}{% endblock %}"""


def gallery(request: HttpRequest) -> HttpResponse:
    answers = list(HARD_ANSWERS.items())
    pairs = [
        Pair(
            lease_id=uuid.uuid4(),
            protocol=None,
            key="",
            history=[],
            question={"role": "user", "content": f"{left[0]} / {right[0]}"},
            left=left[1],
            right=right[1],
            language="",
            is_plain=False,
        )
        for left, right in zip(answers[::2], answers[1::2], strict=True)
    ]
    template = engines["django"].from_string(PAGE)
    return HttpResponse(template.render({"pairs": pairs}, request))


urlpatterns = [*of_the_site, path("gallery/", gallery)]
