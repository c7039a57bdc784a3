"""Chat templates of the instruct models in common use: their shapes, on small tokenizers.

Retyped from what is known of them, not copied: who writes what around a turn, whether a system
message has a place, and what is asked of the order of roles. Tools and images are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from transformers import PreTrainedTokenizerFast

from tests.alignment_core.tokenizer_families import byte_level, unigram

EOS = "<|end|>"
ALTERNATE = (
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}{% endfor %}"
)
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
PARTED = (  # a leading system message apart from the turns
    "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}"
    "{% set messages = messages[1:] %}{% else %}{% set system = '' %}{% endif %}"
)
TODAY = "{{ strftime_now('%d %b %Y') }}"


def turns(before: str, after: str, ask: str, *, content: str = "m['content']") -> str:
    """Turns that are all written alike, and the beginning of the assistant's."""
    return (
        f"{{% for m in messages %}}{before}{{{{ {content} }}}}{after}{{% endfor %}}"
        f"{{% if add_generation_prompt %}}{ask}{{% endif %}}"
    )


def named(user: str, assistant: str, end: str, *, system: str = "", ask: str = "") -> str:
    """Turns of which each role has marks of its own."""
    of_system = (
        f"{{% if m['role'] == 'system' %}}{system}{{{{ m['content'] }}}}\n{{% endif %}}"
        if system
        else ""
    )
    return (
        f"{{% for m in messages %}}{of_system}"
        f"{{% if m['role'] == 'user' %}}{user}{{{{ m['content'] }}}}"
        f"{{% elif m['role'] == 'assistant' %}}{assistant}{{{{ m['content'] }}}}{end}{{% endif %}}"
        f"{{% endfor %}}{{% if add_generation_prompt %}}{ask or assistant}{{% endif %}}"
    )


ROLE = "{{ m['role'] }}"
CHATML = turns(f"<|im_start|>{ROLE}\n", "<|im_end|>\n", "<|im_start|>assistant\n")
HEADERS = turns(
    f"<|start|>{ROLE}<|stop|>\n\n",
    "<|eot|>",
    "<|start|>assistant<|stop|>\n\n",
    content="m['content'] | trim",
)
GEMMA = (
    "{% for m in messages %}<start_of_turn>{{ 'model' if m['role'] == 'assistant' else 'user' }}\n"
    "{{ m['content'] | trim }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
INSTRUCT = (
    "{% for m in messages %}{% if m['role'] == 'user' %}[INST] SYSTEM{{ m['content'] }} [/INST]"
    "{% else %} {{ m['content'] | trim }}{{ eos_token }}{% endif %}{% endfor %}"
)
FOLDED = "{% if loop.first and system %}{{ system }}\n\n{% endif %}"
THOUGHTS_DROPPED = "m['content'].split('</think>')[-1] | trim"
HARMONY = (
    f"<|start|>system<|message|>Current date: {TODAY}<|eom|>"
    "{% for m in messages %}{% if m['role'] == 'assistant' %}<|start|>assistant<|channel|>final"
    "<|message|>{{ m['content'] }}{{ '<|return|>' if loop.last else '<|eom|>' }}{% else %}"
    f"<|start|>{ROLE}<|message|>{{{{ m['content'] }}}}<|eom|>{{% endif %}}{{% endfor %}}"
    "{% if add_generation_prompt %}<|start|>assistant{% endif %}"
)
QWEN_3 = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
    "{% if m['role'] == 'assistant' and loop.last and '</think>' not in m['content'] %}"
    "<think>\n\n</think>\n\n{% endif %}{% if m['role'] == 'assistant' and not loop.last %}"
    "{{ m['content'].split('</think>')[-1] | trim }}{% else %}{{ m['content'] }}{% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@dataclass(frozen=True, kw_only=True)
class ChatFamily:
    """A template's shape, the control tokens it writes, and models that use it."""

    template: str
    special: tuple[str, ...] = ()
    models: str
    make: Callable[..., PreTrainedTokenizerFast] = field(default=byte_level)

    def tokenizer(self) -> PreTrainedTokenizerFast:
        """A small tokenizer with these control tokens and this template."""
        if self.make is byte_level:
            return byte_level(list(self.special), chat_template=self.template)
        tokenizer = unigram(self.template)
        if self.special:
            tokenizer.add_special_tokens({"additional_special_tokens": list(self.special)})
        return tokenizer


IM = ("<|im_start|>", "<|im_end|>")
HEADER = ("<|start|>", "<|stop|>", "<|eot|>")
CHAT_FAMILIES = {
    "ChatML": ChatFamily(template=CHATML, special=IM, models="Yi, InternLM, Hermes, OLMo 3"),
    "ChatML, default system": ChatFamily(
        template="{% if messages[0]['role'] != 'system' %}<|im_start|>system\nBe helpful."
        "<|im_end|>\n{% endif %}" + CHATML,
        special=IM,
        models="Qwen 2, Qwen 2.5, SmolLM2, DBRX",
    ),
    "ChatML, thoughts": ChatFamily(template=QWEN_3, special=IM, models="Qwen 3, SmolLM3"),
    "ChatML, opens a thought": ChatFamily(
        template=CHATML.replace("assistant\n{%", "assistant\n<think>\n{%").replace(
            "{{ m['content'] }}", "{{ " + THOUGHTS_DROPPED + " }}"
        ),
        special=IM,
        models="QwQ",
    ),
    "ChatML, separator": ChatFamily(
        template=turns(
            f"<|im_start|>{ROLE}<|im_sep|>", "<|im_end|>", "<|im_start|>assistant<|im_sep|>"
        ),
        special=(*IM, "<|im_sep|>"),
        models="Phi-4, Kimi",
    ),
    "headers": ChatFamily(template=HEADERS, special=HEADER, models="Llama 3, Llama 4, Apertus"),
    "headers, clock": ChatFamily(
        template=PARTED
        + "<|start|>system<|stop|>\n\nToday Date: "
        + TODAY
        + "\n\n{{ system }}<|eot|>"
        + HEADERS,
        special=HEADER,
        models="Llama 3.1, Llama 3.2, Llama 3.3",
    ),
    "roles, clock": ChatFamily(
        template="{% if messages[0]['role'] != 'system' %}<|start|>system<|stop|>Today's Date: "
        + TODAY
        + ".<|eot|>\n{% endif %}"
        + turns(f"<|start|>{ROLE}<|stop|>", "<|eot|>\n", "<|start|>assistant<|stop|>"),
        special=HEADER,
        models="Granite 3",
    ),
    "[INST], <<SYS>>": ChatFamily(
        template=PARTED
        + ALTERNATE
        + INSTRUCT.replace(
            "SYSTEM", "{% if loop.first and system %}<<SYS>>\n{{ system }}\n<</SYS>>\n\n{% endif %}"
        ),
        models="Llama 2, Code Llama",
        make=unigram,
    ),
    "[INST], no system": ChatFamily(
        template=ALTERNATE + INSTRUCT.replace("SYSTEM", ""),
        models="Mistral 7B, Mixtral",
        make=unigram,
    ),
    "[INST] as tokens": ChatFamily(
        template=PARTED + ALTERNATE + INSTRUCT.replace("SYSTEM", FOLDED),
        special=("[INST]", "[/INST]"),
        models="Mistral 7B v0.3, Mistral Nemo, Mathstral",
        make=unigram,
    ),
    "[INST] as tokens, clock": ChatFamily(
        template=PARTED
        + ALTERNATE
        + "[SYSTEM_PROMPT]Today is "
        + TODAY
        + ". {{ system }}[/SYSTEM_PROMPT]"
        + INSTRUCT.replace(" SYSTEM", "").replace(" [/", "[/"),
        special=("[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
        models="Mistral Small 3, Magistral",
    ),
    "turns of user and model": ChatFamily(
        template=NO_SYSTEM + ALTERNATE + GEMMA,
        special=("<start_of_turn>", "<end_of_turn>"),
        models="Gemma, Gemma 2",
        make=unigram,
    ),
    "turns of user and model, folded": ChatFamily(
        template=PARTED + ALTERNATE + GEMMA.replace("{{ m['content']", FOLDED + "{{ m['content']"),
        special=("<start_of_turn>", "<end_of_turn>"),
        models="Gemma 3",
        make=unigram,
    ),
    "role tokens": ChatFamily(
        template=turns(f"<|{ROLE}|>\n", "<|done|>\n", "<|assistant|>\n"),
        special=("<|user|>", "<|assistant|>", "<|system|>", "<|done|>"),
        models="Phi-3, Phi-3.5",
    ),
    "role tokens, left out system": ChatFamily(
        template=named("<|user|>\n", "<|done|>\n<|assistant|>\n", "<|done|>\n"),
        special=("<|user|>", "<|assistant|>", "<|done|>"),
        models="Phi-3 medium",
    ),
    "role words": ChatFamily(
        template=turns(f"<|{ROLE}|>\n", "{{ eos_token }}\n", "<|assistant|>\n"),
        models="Zephyr, TinyLlama, StableLM 2, Tülu, OLMo 2",
    ),
    "role words, no end": ChatFamily(
        template="[gMASK]<sop>" + turns(f"<|{ROLE}|>\n", "", "<|assistant|>\n"),
        special=("[gMASK]", "<sop>", "<|user|>", "<|assistant|>", "<|system|>"),
        models="GLM-4",
    ),
    "USER and ASSISTANT": ChatFamily(
        template=named("USER: ", " ASSISTANT: ", "{{ eos_token }}", system=" "),
        models="Vicuna, LLaVA, WizardLM",
        make=unigram,
    ),
    "User and Assistant": ChatFamily(
        template=named(
            "User: ", "\n\nAssistant: ", "{{ eos_token }}", system=" ", ask="\n\nAssistant:"
        ),
        models="DeepSeek V2, Falcon",
    ),
    "user and assistant tokens": ChatFamily(
        template="{% if messages[0]['role'] == 'system' %}{{ messages[0]['content'] }}{% endif %}"
        + named("<|User|>", "<|Assistant|>", "{{ eos_token }}"),
        special=("<|User|>", "<|Assistant|>"),
        models="DeepSeek V3",
    ),
    "user and assistant tokens, opens a thought": ChatFamily(
        template="{% if messages[0]['role'] == 'system' %}{{ messages[0]['content'] }}{% endif %}"
        + named(
            "<|User|>", "<|Assistant|>", "{{ eos_token }}", ask="<|Assistant|><think>\n"
        ).replace("<|Assistant|>{{ m['content'] }}", "<|Assistant|>{{ " + THOUGHTS_DROPPED + " }}"),
        special=("<|User|>", "<|Assistant|>"),
        models="R1-distill",
    ),
    "user and assistant tokens, drops thoughts": ChatFamily(
        template="{% if messages[0]['role'] == 'system' %}{{ messages[0]['content'] }}{% endif %}"
        + named("<|User|>", "<|Assistant|>", "{{ eos_token }}").replace(
            "<|Assistant|>{{ m['content'] }}",
            "<|Assistant|>{{ m['content'].split('</think>')[-1] }}",
        ),
        special=("<|User|>", "<|Assistant|>"),
        models="R1-distill, first template",
    ),
    "turn and role tokens": ChatFamily(
        template=turns(
            "<|TURN|><|{{ 'CHATBOT' if m['role'] == 'assistant' else m['role'] | upper }}|>",
            "<|END_OF_TURN|>",
            "<|TURN|><|CHATBOT|>",
            content="m['content'] | trim",
        ),
        special=("<|TURN|>", "<|END_OF_TURN|>", "<|USER|>", "<|CHATBOT|>", "<|SYSTEM|>"),
        models="Command R, Aya",
    ),
    "channels, clock": ChatFamily(
        template=HARMONY,
        special=("<|start|>", "<|message|>", "<|channel|>", "<|eom|>", "<|return|>"),
        models="gpt-oss",
    ),
    "### headings": ChatFamily(
        template=named(
            "### User:\n", "\n\n### Assistant:\n", "{{ eos_token }}\n\n", system="### System:\n"
        ),
        models="Alpaca, Solar, Orca",
        make=unigram,
    ),
    "turn ends alone": ChatFamily(
        template=turns(
            "{{ 'GPT4 Correct ' + m['role'].title() }}: ",
            "<|end_of_turn|>",
            "GPT4 Correct Assistant:",
        ),
        special=("<|end_of_turn|>",),
        models="OpenChat, Starling",
    ),
    "bracketed roles": ChatFamily(
        template=turns(f"[|{ROLE}|]", "[|endofturn|]\n", "[|assistant|]"),
        special=("[|user|]", "[|assistant|]", "[|system|]", "[|endofturn|]"),
        models="EXAONE",
    ),
}
