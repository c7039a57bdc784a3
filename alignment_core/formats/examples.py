"""One row of each format as it lies in a file, to show what is read."""

from __future__ import annotations

from typing import Any

QUESTION = "How do I boil an egg?"
GOOD = "Put it into boiling water for seven minutes."
BAD = "With heat."
WORSE = "I do not eat eggs."
ASKED = {"role": "user", "content": QUESTION}
ANSWERED = {"role": "assistant", "content": GOOD}
ANSWERED_BADLY = {"role": "assistant", "content": BAD}
PAIR = {"prompt": QUESTION, "response_a": GOOD, "response_b": BAD}
TRANSCRIPT = f"\n\nHuman: {QUESTION}\n\nAssistant: "
STUDIO_RESULT = {"type": "pairwise", "from_name": "better", "value": {"selected": "left"}}

EXAMPLES: dict[str, dict[str, Any]] = {
    "judgements": {
        "prompt": [ASKED],
        "first": {"text": GOOD, "origin": "model-1"},
        "second": {"text": BAD, "origin": "model-2"},
        "annotator": "kxw7q2",
        "verdict": "first",
    },
    "judgements_table": {
        **PAIR,
        "annotator": "kxw7q2",
        "annotator_kind": "person",
        "choice": "a",
        "is_counted": "1",
    },
    "preferences": {
        "prompt": [ASKED],
        "chosen": GOOD,
        "rejected": BAD,
        "outcome": "preference",
        "verdicts": {"chosen": 3, "rejected": 1, "tie": 1, "both_bad": 0},
    },
    "preferences_table": {
        "prompt": QUESTION,
        "chosen": GOOD,
        "rejected": BAD,
        "outcome": "preference",
        "n_chosen": "3",
        "n_rejected": "1",
        "n_tie": "1",
        "n_both_bad": "0",
    },
    "votes": {
        **PAIR,
        "votes": [
            {"annotator": "anna", "choice": "a"},
            {"annotator": "ben", "choice": "tie"},
        ],
    },
    "votes_csv": {**PAIR, "annotator": "anna", "choice": "a"},
    "label_studio": {
        "data": {"prompt": QUESTION, "answer1": GOOD, "answer2": BAD},
        "annotations": [{"completed_by": 1, "result": [STUDIO_RESULT]}],
    },
    "argilla": {
        "fields": {"prompt": QUESTION, "response-1": GOOD, "response-2": BAD},
        "responses": {"preference": [{"user_id": "anna", "value": "response-1"}]},
    },
    "arena": {**PAIR, "winner": "model_a", "model_a": "model-1", "model_b": "model-2"},
    "arena_chat": {
        "conversation_a": [ASKED, ANSWERED],
        "conversation_b": [ASKED, ANSWERED_BADLY],
        "winner": "model_a",
    },
    "pandalm": {
        "instruction": QUESTION,
        "response1": GOOD,
        "response2": BAD,
        "annotator1": 1,
        "annotator2": 0,
    },
    "ultrafeedback_raw": {
        "instruction": QUESTION,
        "completions": [
            {"model": f"model-{place}", "response": text, "fine-grained_score": score}
            for place, (text, score) in enumerate([(GOOD, 4.5), (BAD, 2.0), (WORSE, 2.0)], 1)
        ],
    },
    "ranked": {"prompt": QUESTION, "completions": [GOOD, BAD, WORSE], "ranks": [1, 2, 2]},
    "accord": {"prompt": QUESTION, "completions": [GOOD, BAD]},
    "accord_columns": {"prompt": QUESTION, "completion_a": GOOD, "completion_b": BAD},
    "llama_factory": {"instruction": QUESTION, "chosen": GOOD, "rejected": BAD},
    "llama_factory_chat": {
        "conversations": [{"from": "human", "value": QUESTION}],
        "chosen": {"from": "gpt", "value": GOOD},
        "rejected": {"from": "gpt", "value": BAD},
    },
    "llama_factory_v1": {
        "chosen_messages": [ASKED, ANSWERED],
        "rejected_messages": [ASKED, ANSWERED_BADLY],
    },
    "scored_pair": {"text": [TRANSCRIPT + GOOD, TRANSCRIPT + BAD], "score": [1.0, 0.0]},
    "openai": {
        "input": {"messages": [ASKED]},
        "preferred_output": [ANSWERED],
        "non_preferred_output": [ANSWERED_BADLY],
    },
    "trl_implicit": {"chosen": [ASKED, ANSWERED], "rejected": [ASKED, ANSWERED_BADLY]},
    "trl_explicit": {"prompt": [ASKED], "chosen": [ANSWERED], "rejected": [ANSWERED_BADLY]},
    "hh": {"chosen": TRANSCRIPT + GOOD, "rejected": TRANSCRIPT + BAD},
    "pairs": {"prompt": QUESTION, "chosen": GOOD, "rejected": BAD},
    "llama_factory_single": {"instruction": QUESTION, "input": "", "output": GOOD},
    "chat": {"messages": [ASKED, ANSWERED]},
    "sharegpt": {
        "conversations": [{"from": "human", "value": QUESTION}, {"from": "gpt", "value": GOOD}]
    },
    "scored": {"text": TRANSCRIPT + GOOD, "score": 1.0},
    "trl_completion": {"prompt": QUESTION, "completion": GOOD, "label": True},
    "prompts": {"prompt": QUESTION},
}
