"""Points in time: how they are said, and that nobody says them in another way."""

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import models
from django.template import Context, Template
from django.utils import timezone, translation

from annotate.text.moments import (
    clock_in_words,
    day_in_words,
    moment_elsewhere,
    moment_in_words,
    moments_elsewhere,
    named_moment,
)

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
WHEN = datetime(2026, 11, 30, 18, 30, tzinfo=UTC)
FILTERS = ("moment", "moment_in", "day", "clock", "elapsed")


def rendered(source: str, **context: object) -> str:
    return Template("{% load i18n accord %}" + source).render(Context(context))


def test_they_are_said_where_the_reader_is():
    assert moment_in_words(WHEN) == "30 Nov 2026, 18:30"
    assert day_in_words(WHEN) == "30 Nov 2026"
    with timezone.override(SHANGHAI):
        assert moment_in_words(WHEN) == "1 Dec 2026, 02:30"
        assert (day_in_words(WHEN), clock_in_words(WHEN)) == ("1 Dec 2026", "02:30")
        assert named_moment(WHEN) == "1 Dec 2026, 02:30 Asia/Shanghai"
    assert day_in_words(date(2026, 2, 3)) == "3 Feb 2026"


def test_in_chinese():
    with translation.override("zh-hans"):
        assert moment_in_words(WHEN) == "2026-11-30 18:30"
        assert day_in_words(WHEN) == "2026-11-30"


def test_another_zone_is_named_and_the_reader_told_theirs_where_clocks_differ():
    assert moment_elsewhere(WHEN, None) == "30 Nov 2026, 18:30"
    assert moment_elsewhere(WHEN, ZoneInfo("UTC")) == "30 Nov 2026, 18:30 UTC"
    assert (
        moment_elsewhere(WHEN, SHANGHAI)
        == "1 Dec 2026, 02:30 Asia/Shanghai (30 Nov 2026, 18:30 UTC)"
    )
    with timezone.override(ZoneInfo("Asia/Singapore")):  # the same clock by another name
        assert moment_elsewhere(WHEN, SHANGHAI) == "1 Dec 2026, 02:30 Asia/Shanghai"
    with timezone.override(ZoneInfo("Europe/London")):  # apart in summer alone
        summer = WHEN.replace(month=7)
        assert moment_elsewhere(WHEN, ZoneInfo("UTC")) == "30 Nov 2026, 18:30 UTC"
        assert "19:30 Europe/London" in moment_elsewhere(summer, ZoneInfo("UTC"))


def test_several_name_their_zone_once():
    both = [WHEN, WHEN.replace(month=10, day=1)]
    assert moments_elsewhere(both, None) == "30 Nov 2026, 18:30; 1 Oct 2026, 18:30"
    assert (
        moments_elsewhere(both, BERLIN) == "30 Nov 2026, 19:30; 1 Oct 2026, 20:30 (Europe/Berlin)"
    )


def test_pages_say_them_to_machines_too():
    page = rendered("{{ at|moment }} {{ at|day }} {{ at|clock }}", at=WHEN)
    assert page == (
        '<time datetime="2026-11-30T18:30:00+00:00">30 Nov 2026, 18:30</time> '
        '<time datetime="2026-11-30">30 Nov 2026</time> '
        '<time datetime="2026-11-30T18:30:00+00:00">18:30</time>'
    )
    elsewhere = rendered("{{ at|moment_in:zone }}", at=WHEN, zone=SHANGHAI)
    assert 'datetime="2026-11-30T18:30:00+00:00">1 Dec 2026, 02:30 Asia/Shanghai (' in elsewhere
    assert rendered("{{ at|clock }}", at=time(9, 5)) == '<time datetime="09:05">09:05</time>'
    assert rendered("{{ at|moment }}{{ at|moment_in:at }}{{ at|day }}{{ at|clock }}", at=None) == ""


def test_how_long_ago_is_exact_for_who_points_at_it_or_comes_by_key():
    page = rendered("{{ at|elapsed }}", at=timezone.now() - timedelta(minutes=3))
    assert re.fullmatch(
        r'<time class="elapsed" datetime="[^"]+" title="\d+ \w+ \d{4}, \d\d:\d\d" tabindex="0">'
        r"3\xa0minutes</time>",
        page,
    )


# --- nobody else does it -------------------------------------------------------------------------
TEMPLATES = sorted(
    path for kind in ("html", "txt") for path in (ROOT / "templates").rglob(f"*.{kind}")
)
OWN_FORMAT = re.compile(r"\|\s*(date|time|timesince|timeuntil|natural\w+)\b|{%\s*now\b")
# What a tag shows or hands on: {{ … }} whole, and what a translated sentence takes.
PLACES = "resumes_at|low_at|high_at"  # a step, and two on a scale: no time
SHOWN = re.compile(r"{{(.+?)}}|{%\s*blocktrans(?:late)?\b(.+?)%}")


def moments_of_models() -> set[str]:
    """Names of fields that hold points in time. Times of a day go by a rule, not by a moment."""
    of_ours = [
        *apps.get_app_config("annotate").get_models(),
        *apps.get_app_config("training").get_models(),
    ]
    return {
        field.name
        for model in of_ours
        for field in model._meta.get_fields()
        if isinstance(field, models.DateField)  # and with it DateTimeField
    }


@pytest.fixture(scope="module")
def bare() -> re.Pattern[str]:
    """A point in time, of a model or by its name, that goes through no filter of ours."""
    names = "|".join(sorted(moments_of_models()))
    return re.compile(
        rf"\.(?!(?:{PLACES})\b)(?:{names}|\w+_at)\b(?!\.)(?!\s*\|\s*(?:{'|'.join(FILTERS)})\b)"
    )


def test_no_template_says_a_moment_by_itself(bare):
    found = {}
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        shown = ["".join(groups) for groups in SHOWN.findall(text)]
        found[str(path.relative_to(ROOT))] = [
            *(match.group() for match in OWN_FORMAT.finditer(text)),
            *(one for one in shown if bare.search(one)),
        ]
    assert {path: ways for path, ways in found.items() if ways} == {}


def test_a_moment_that_is_shown_bare_would_be_found(bare):
    assert bare.search(" run.queued_at ") and bare.search(" run.queued_at|escape ")
    assert not bare.search(" run.queued_at|moment ") and not bare.search(
        "at=run.queued_at | day n=1"
    )
    assert OWN_FORMAT.search('{{ x|date:"Y" }}') and OWN_FORMAT.search("{% now 'Y' %}")


OUTSIDE = [
    path
    for package in ("annotate", "training", "config")
    for path in sorted((ROOT / package).rglob("*.py"))
    if path.relative_to(ROOT) != Path("annotate/text/moments.py")
    and "date_formats" not in path.parts
]
SAID = re.compile(r"\bdate_format\(|\btime_format\(|\bstrftime\(|\w*DATE\w*_FORMAT\b|\btimesince\b")


def test_no_sentence_says_a_moment_by_itself():
    found = {
        str(path.relative_to(ROOT)): lines
        for path in OUTSIDE
        if (lines := SAID.findall(path.read_text(encoding="utf-8")))
    }
    assert found == {}
