"""A chat template that reads the clock is told one day, whatever the clock says."""

from datetime import date, datetime

import pytest
from transformers import AutoTokenizer

from alignment_core.data.template_date import KEPT_AS, keep_date, with_fixed_clock
from alignment_core.data.tokenization import ChatEncoder
from alignment_core.errors import ConfigError, LoadingError
from tests.alignment_core.tokenizer_families import FAMILIES

ASK = [{"role": "user", "content": "Which colour?"}]
DAY = date(2024, 7, 4)
TODAY = "Today is {{ strftime_now('%d %b %Y') }}.\n"


def tokenizer_with(beginning):
    tokenizer = FAMILIES["bytes, headers"]()
    tokenizer.chat_template = beginning + tokenizer.chat_template
    return tokenizer


@pytest.mark.parametrize(
    "beginning",
    [
        TODAY,  # as Llama 3.1
        "{%- set day = strftime_now('%Y-%m-%d') %}{{ day }}",  # as Mistral Small and gpt-oss
        "\n\n  {% if strftime_now is defined %}\n  {%- set day = strftime_now('%-d %B') %}\n"
        "{{ day }}{% endif %}\n",
        "{%- macro now() %}[{{ strftime_now('%A, %e %b %y') }}]{% endmacro %}{{ now() }}",
        "{{ strftime_now('') }}|{{ strftime_now('100%% of %Y%m%d') }}|{{ strftime_now('%Q %') }}",
    ],
)
def test_the_fixed_clock_writes_what_the_real_one_does(beginning):
    tokenizer = tokenizer_with(beginning)
    with_clock, given = with_fixed_clock(
        tokenizer.chat_template, datetime.now().astimezone().date()
    )
    plain = tokenizer.apply_chat_template(ASK, tokenize=False)
    fixed = tokenizer.apply_chat_template(ASK, tokenize=False, chat_template=with_clock, **given)
    assert fixed == plain


def test_an_encoder_tells_the_day_that_it_is_given_in_prompt_and_completion():
    encoder = ChatEncoder(tokenizer_with(TODAY), day=DAY)
    assert encoder.prompt_text(ASK).startswith("Today is 04 Jul 2024.\n")
    assert encoder.joint_text(ASK, "red").startswith(encoder.prompt_text(ASK))
    assert ChatEncoder(tokenizer_with(TODAY), day=DAY).prompt_ids(ASK) == encoder.prompt_ids(ASK)


def test_a_day_that_is_kept_goes_with_the_tokenizer_and_comes_first(tmp_path):
    tokenizer = tokenizer_with(TODAY)
    keep_date(tokenizer, DAY)
    for place in ("checkpoint", "copy of it"):
        tokenizer.save_pretrained(tmp_path / place)
        tokenizer = AutoTokenizer.from_pretrained(tmp_path / place)
    assert ChatEncoder(tokenizer, day=date(2030, 1, 1)).day == DAY


def test_nothing_is_kept_where_the_template_reads_no_clock():
    tokenizer = tokenizer_with("")
    keep_date(tokenizer, DAY)
    assert KEPT_AS not in tokenizer.init_kwargs


@pytest.mark.parametrize("kept", ["yesterday", 20240704, ["2024-07-04"]])
def test_a_kept_day_that_is_none_is_refused(kept):
    tokenizer = tokenizer_with(TODAY)
    tokenizer.init_kwargs[KEPT_AS] = kept
    with pytest.raises(LoadingError, match="must be a day"):
        ChatEncoder(tokenizer)


@pytest.mark.parametrize("value", ["4 July", "2024-7-4", "20240704", "2024-02-30"])
def test_a_setting_that_is_no_day_is_refused(value):
    from alignment_core.configs import SFTConfig

    with pytest.raises(ConfigError, match="template_date must be a day such as"):
        SFTConfig(template_date=value)
    assert SFTConfig(template_date="2024-07-04").template_date == "2024-07-04"
