"""What the library refuses, said in another language."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from django.utils.translation import gettext, override

from alignment_core import errors
from alignment_core.configs import METHODS, SampleConfig, method_config
from alignment_core.configs.evaluation import EvaluateConfig
from alignment_core.configs.options import Option, options_of
from alignment_core.configs.rewards import REWARDS
from alignment_core.errors import EXIT_REFUSED, ConfigError
from training.errors import RunRefused
from training.execution.child import EXIT_FAILED, Child
from training.runs.checks import complete_settings
from training.words.refusals import KNOWN, REASONS, refusal_in_words

LIBRARY = Path(errors.__file__).parent
ONLY_BY_HAND = {
    "command_line.py",
    "model_commands.py",
    "tiny.py",
}  # no run of an installation ends there
RAISERS = {"Refused", "ConfigError", "LoadingError", "ReferenceMismatch", "TrainingFailed"}
RAISERS |= {"_refused", "_cannot_use", "_cannot_load"}  # what makes one of those


def calls() -> Iterator[tuple[str, ast.Call]]:
    for file in sorted(LIBRARY.rglob("*.py")):
        if file.name not in ONLY_BY_HAND:
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    yield node.func.id, node


def constant_sentences() -> set[str]:
    """Sentences that the library gives whole, with or without places for their parts."""
    return {
        argument.value
        for name, call in calls()
        for argument in call.args
        if name in RAISERS and isinstance(argument, ast.Constant) and " " in str(argument.value)
    }


def reasons() -> set[str]:
    """Why settings do not go together."""
    return {
        keyword.value.value
        for name, call in calls()
        for keyword in call.keywords
        if name in {"refuse_unless", "refuse_together"}
        and keyword.arg == "why"
        and isinstance(keyword.value, ast.Constant)
    }


def options() -> list[Option]:
    configs = [
        *(method.config for method in METHODS.values()),
        *REWARDS.values(),
        SampleConfig,
        EvaluateConfig,
    ]
    return [option for config in configs for option in options_of(config)]


def template_of_refusal(option: Option, value: object) -> str | None:
    try:
        option.checked(value)
    except ConfigError as error:
        return error.template
    return None


def test_every_sentence_that_the_library_gives_whole_can_be_translated() -> None:
    assert constant_sentences() - KNOWN == set()


def test_every_reason_against_two_settings_can_be_translated() -> None:
    assert reasons() == set(REASONS)


@pytest.mark.parametrize("value", [object(), -1e9, 1e9, -(10**9), 10**9, "no such choice"])
def test_every_range_of_a_setting_can_be_translated(value: object) -> None:
    templates = {template_of_refusal(option, value) for option in options() if option.parse is None}
    assert templates - {None} <= KNOWN


@pytest.mark.parametrize("sentence", sorted(KNOWN))
def test_no_part_is_lost_in_translation(sentence: str) -> None:
    with override("zh-hans"):
        translated = gettext(sentence)
    assert translated != sentence
    assert places(translated) == places(sentence)


def places(sentence: str) -> set[str]:
    return {name for _text, name, _form, _conversion in Formatter().parse(sentence) if name}


def test_a_setting_out_of_range_is_refused_in_the_language_of_whoever_asks() -> None:
    with override("zh-hans"), pytest.raises(RunRefused) as refused:
        complete_settings("dpo", {"beta": -1.0})
    assert str(refused.value) == "beta 必须大于 0，至多为 100，而不是 -1.0"
    assert (refused.value.field, refused.value.value) == ("beta", -1.0)


def test_a_reason_inside_a_sentence_is_translated_too() -> None:
    with pytest.raises(ConfigError) as refused:
        method_config("dpo", {"tie_nu": 2.0})
    with override("zh-hans"):
        assert "ν" in refusal_in_words(refused.value)
        assert "model of ties" not in refusal_in_words(refused.value)
    with override("en"):
        assert refusal_in_words(refused.value) == refused.value.message


def test_what_is_not_known_stays_as_the_library_says_it() -> None:
    with override("zh-hans"):
        error = ConfigError("beta", 1, "beta is {odd}", parts={"odd": "odd"})
        assert refusal_in_words(error) == "beta is odd"


@pytest.mark.parametrize(
    ("code", "body", "english", "chinese"),
    [
        (
            EXIT_REFUSED,
            {
                "error": "no checkpoint directory at /x",
                "template": "no checkpoint directory at {path}",
                "parts": {"path": "/x"},
            },
            "Refused: no checkpoint directory at /x.",
            "被拒绝：/x 处没有检查点目录。",
        ),
        (
            EXIT_REFUSED,
            {"error": "there are no records to train on"},
            "Refused: there are no records to train on.",
            "被拒绝：没有可供训练的记录。",
        ),
        (
            EXIT_FAILED,
            {"error": "it blew up."},
            "Training broke down: it blew up.",
            "训练中断：it blew up。",
        ),
        (EXIT_REFUSED, {"error": "an older child"}, "Refused: an older child.", "被拒绝"),
    ],
)
def test_the_end_of_a_run_is_told_in_the_language_of_whoever_asked(
    tmp_path, monkeypatch, code, body, english, chinese
) -> None:
    lines = f"print({json.dumps(body)!r}); raise SystemExit({code})"
    monkeypatch.setattr("training.execution.child.COMMAND", ["python3", "-c", lines])
    with Child("train", tmp_path) as child:
        assert child.wait(20)
        with override("en"):
            assert child.reason() == english
        with override("zh-hans"):
            assert child.reason().startswith(chinese)
