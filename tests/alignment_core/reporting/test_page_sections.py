from html.parser import HTMLParser

import numpy as np
import pytest

from alignment_core.evaluation.safety import read_safety_prompts, safety_report
from alignment_core.evaluation.sections import pairs_section, reward_section
from alignment_core.reporting import render_report
from alignment_core.reporting.page import in_words, page, table
from tests.alignment_core.reporting.full_report import FULL_REPORT
from tests.alignment_core.small_runs import make_record

SECTIONS = FULL_REPORT["sections"]
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'`</style><!--"


class Reader(HTMLParser):
    """What a browser would make of a page: its elements, and the text between them."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.attributes, self.texts, self.open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in {"meta", "line", "circle", "polyline"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.texts.append(data)


def hostile_report():
    records = [make_record(n, tags=(HOSTILE,)) for n in range(8)]
    margins = np.array([1.0, 1, 1, 1, 1, 1, -1, -1])
    prompts = read_safety_prompts()
    return {
        "kind": "policy",
        "models": {"checkpoint": {"name": HOSTILE, "digest": HOSTILE}},
        "data": {"name": HOSTILE, "n_read": 8, "n_used": 8, "dropped": {HOSTILE: 1}},
        "sections": {
            "pairs": pairs_section(margins, records, scored_by=HOSTILE),
            "reward_model": reward_section(np.stack([margins, np.zeros(8)]), records),
            "kl": {"undefined": HOSTILE},
            "safety": safety_report(prompts, ["Sure. " + HOSTILE for _ in prompts]),
        },
    }


def test_nothing_a_model_or_a_record_says_becomes_markup():
    reader = Reader(render_report(hostile_report()))
    assert not {"script", "img", "iframe", "link", "object"} & set(reader.elements)
    assert not [name for name, _ in reader.attributes if name.startswith("on")]
    assert not [name for name, _ in reader.attributes if name in {"src", "href"}]
    assert reader.open == []
    shown = "".join(reader.texts)
    assert "Sure. " + HOSTILE in shown


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_older_safety_suite_is_refused_in_one_sentence(language):
    old = {"n_prompts": 88, "complies": {"value": 0.0, "n": 64}, "limits": "…"}
    page = render_report(FULL_REPORT | {"sections": SECTIONS | {"safety": old}}, language=language)
    told = page[page.rindex("<section>") :]
    assert told.count("<p") == 1
    assert "<table" not in told


@pytest.mark.parametrize(("share", "is_said"), [(0.966, True), (0.02, False)])
def test_silence_is_said_beside_the_other_two_figures(share, is_said):
    nothing = {"value": share, "low": share, "high": share, "n": 88}
    safety = SECTIONS["safety"] | {"nothing_said": nothing}
    page = render_report(FULL_REPORT | {"sections": SECTIONS | {"safety": safety}})
    assert ("the other two figures do not speak for it" in page) is is_said


def test_the_page_forbids_scripts_and_loads_nothing():
    text = page("Title", [])
    assert "default-src &#x27;none&#x27;; style-src &#x27;unsafe-inline&#x27;" in text
    assert "http" not in text.replace("http-equiv", "")


def test_every_picture_has_a_table_behind_it():
    reader = Reader(render_report(hostile_report()))
    assert reader.elements.count("svg") == reader.elements.count("details") > 3


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (None, "not measured"),
        ({"undefined": "because it is so", "n": 1}, "undefined, because it is so"),
        ({"value": 0.5, "low": 0.25, "high": 0.75, "n": 9}, "0.5 (0.25 to 0.75)"),
        (
            {"value": 0.5, "low": None, "high": None, "interval_undefined": "because of it"},
            "0.5 (because of it)",
        ),
    ],
)
def test_a_figure_is_never_shown_bare(figure, words):
    assert in_words(figure) == words


def test_cells_of_a_table_are_escaped():
    assert "<td>&lt;i&gt;</td>" in table(["<i>"], [["<i>"]])


def test_a_cell_is_broken_inside_a_word_only_where_that_is_long():
    digest = "0123456789abcdef" * 4
    text = table(["Name", "n"], [[digest, "67"]])
    assert f'<td class="long">{digest}</td><td>67</td>' in text
