"""The page in the reader's language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import alignment_core
from alignment_core.evaluation import safety
from alignment_core.reporting import LANGUAGES, render_report
from alignment_core.reporting.language import WORDS, say, speaking, told
from alignment_core.reporting.zh_hans import SAID
from alignment_core.reporting.zh_hans_told import LIMITS, NAMES, REASONS
from tests.alignment_core.reporting.full_report import FULL_REPORT, undefined
from tests.alignment_core.reporting.test_page_sections import Reader

LIBRARY = Path(alignment_core.__file__).parent
NAMING = ("evaluation", "tasks/evaluate.py", "data", "errors.py", "runs")
CHINESE = re.compile("[\u4e00-\u9fff]")


def nodes(*places: str) -> Iterator[ast.AST]:
    for place in places:
        path = LIBRARY / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            yield from ast.walk(ast.parse(file.read_text()))


def calls_of_say() -> list[ast.Call]:
    return [
        node
        for node in nodes("reporting")
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "say"
    ]


def parts_of(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def recorded_reasons() -> set[str]:
    """Why a figure is undefined, as the library writes it, with 7 in the place of each part."""
    calls = [
        node.args[0]
        for node in nodes("evaluation", "tasks/evaluate.py")
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "undefined"
    ]
    names = {node.id for node in calls if isinstance(node, ast.Name)}
    assigned = [
        node.value
        for node in nodes("evaluation")
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in names
    ]
    found = [node for node in [*calls, *assigned] if not isinstance(node, ast.Name)]
    for node in nodes("evaluation"):
        if isinstance(node, ast.Dict):
            keyed = zip(node.keys, node.values, strict=True)
            found += [value for key, value in keyed if is_text(key, "interval_undefined")]
    return {in_full(node).removeprefix("because ") for node in found}


def is_text(node: ast.expr | None, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def units() -> set[str]:
    """What figures count, in the plural."""
    calls = [node for node in nodes("evaluation") if isinstance(node, ast.Call)]
    named = [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "what"]
    named += [
        call.args[1]
        for call in calls
        if ast.unparse(call.func) in {"too_few", "share_of_group"} and len(call.args) > 1
    ]
    return {node.value for node in named if isinstance(node, ast.Constant)}


def in_full(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(in_full(value) for value in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else "7"


def test_the_page_says_exactly_what_can_be_said_in_chinese():
    said = {ast.literal_eval(call.args[0]) for call in calls_of_say()}
    assert said == set(SAID)


def test_every_sentence_is_given_the_parts_it_names():
    for call in calls_of_say():
        given = {keyword.arg for keyword in call.keywords}
        wanted = parts_of(ast.literal_eval(call.args[0]))
        assert given == wanted or None in given, ast.unparse(call)  # None: parts by **


@pytest.mark.parametrize(("english", "chinese"), [*SAID.items(), *WORDS["zh-hans"].told.items()])
def test_no_part_is_lost_in_translation(english, chinese):
    assert parts_of(chinese) == parts_of(english)
    words = re.sub(r"\{\w+\}", "", english)
    assert CHINESE.search(chinese) or not re.search("[a-z]{3}", words), english


def test_the_library_records_exactly_the_reasons_that_can_be_told_in_chinese():
    known = {re.sub(r"\{\w+\}", "7", reason) for reason in REASONS} - {"because 7"}
    assert recorded_reasons() == known


def test_the_library_calls_things_by_the_names_that_are_known():
    suite = safety.read_safety_prompts()
    categories = {prompt.category for prompt in suite}
    constants = {node.value for node in nodes(*NAMING) if isinstance(node, ast.Constant)}
    assert categories | units() <= set(NAMES)
    assert set(NAMES) <= categories | {prompt.language for prompt in suite} | constants
    assert set(LIMITS) == {safety.LIMITS}


def test_a_reason_keeps_its_numbers():
    with speaking("zh-hans"):
        assert told("because there are 3 ties and preferences, fewer than 5") == (
            "因为只有 3 条“差不多”或偏好记录，不足 5"
        )
        assert told("because 2 of 9 pairs have no number as their margin") == (
            "因为共 9 个偏好对，其中 2 个的差值不是数"
        )


def test_what_is_not_known_stays_as_it_was_recorded():
    with speaking("zh-hans"):
        assert told("because a later version says so") == "因为a later version says so"
        assert told("{odd} (text") == "{odd} (text"


def test_a_full_page_in_chinese_has_no_english_left():
    reader = Reader(render_report(FULL_REPORT, language="zh-hans"))
    assert ("lang", "zh-hans") in reader.attributes
    labels = [value for name, value in reader.attributes if name == "aria-label"]
    shown = [text for text in reader.texts if "{" not in text]  # the style
    assert len(shown) > 300
    assert [text for text in labels + shown if re.search(r"[a-z]+ [a-z]+", text, re.I)] == []


def test_a_page_without_figures_says_why_in_chinese():
    sections = {
        **dict.fromkeys(FULL_REPORT["sections"], undefined("nothing was sampled")),
        "sampling": FULL_REPORT["sections"]["sampling"],
    }
    report = {**FULL_REPORT, "kind": "reward_model", "sections": sections}
    page = render_report(report, language="zh-hans")
    assert page.count("无法计算，因为没有采样。") == 7
    assert "<h1>奖励模型评估报告</h1>" in page


def test_one_page_does_not_change_the_language_of_the_next():
    before = render_report(FULL_REPORT)
    assert '<html lang="en">' in before
    render_report(FULL_REPORT, language="zh-hans")
    with pytest.raises(KeyError):
        render_report({}, language="zh-hans")
    assert render_report(FULL_REPORT) == before


def test_parts_are_never_read_as_places():
    for language in LANGUAGES:
        with speaking(language):
            assert "{n}" in say("tag: {name}", name="{n}")


def test_a_language_that_nobody_speaks_here_is_refused():
    with pytest.raises(ValueError, match="must be one of en, zh-hans, not 'fr'"):
        render_report(FULL_REPORT, language="fr")
