"""Exports of annotation tools: Label Studio's tasks and Argilla's records, with all their votes.

What a tool's models suggested (predictions, suggestions) is nobody's judgement and is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from alignment_core.formats import checks, content, naming
from alignment_core.formats.checks import RowError
from alignment_core.formats.prompts import about
from alignment_core.formats.rows import BOTH_BAD, FIRST, SECOND, TIE, NewComparison, Vote

STUDIO_NEEDS = ("data", "annotations")
ARGILLA_NEEDS = ("fields", "responses")
SIDES = {"left": FIRST, "right": SECOND}
NEITHER = {
    "tie": TIE, "same": TIE, "equal": TIE, "both": TIE, "about the same": TIE, "no preference": TIE,
    "both_bad": BOTH_BAD, "both bad": BOTH_BAD, "neither": BOTH_BAD, "none": BOTH_BAD,
}  # fmt: skip


def fits_studio(row: Mapping[str, Any]) -> bool:
    return isinstance(row["data"], Mapping) and isinstance(row["annotations"], list)


def fits_argilla(row: Mapping[str, Any]) -> bool:
    return isinstance(row["fields"], Mapping) and isinstance(row["responses"], (list, Mapping))


def parse_studio(row: Mapping[str, Any]) -> NewComparison:
    data = checks.fields_of("data", row["data"])
    sides = naming.answers_in("data", data)
    votes = []
    for place, annotation in enumerate(_list("annotations", row["annotations"])):
        at = f"annotations[{place}]"
        annotation = checks.fields_of(at, annotation)
        verdict = (
            None if annotation.get("was_cancelled") else _studio_verdict(at, annotation, sides)
        )
        if verdict is not None:
            name = _person(f"{at}.completed_by", annotation.get("completed_by"))
            votes.append(Vote(annotator=name, verdict=verdict))
    external = data if data.get("external_id") else {"external_id": row.get("id")}
    return _comparison("data", data, {**data, **external}, votes)


def _studio_verdict(at: str, annotation: Mapping[str, Any], sides: tuple[str, str]) -> str | None:
    """What an annotation says of the pair; None where it has no choice between them."""
    for place, result in enumerate(_list(f"{at}.result", annotation.get("result") or [])):
        found = checks.fields_of(f"{at}.result[{place}]", result)
        value = found.get("value")
        if found.get("type") == "pairwise" and isinstance(value, Mapping):
            return _verdict(f"{at}.result[{place}]", value.get("selected"), sides)
        if found.get("type") == "choices" and isinstance(value, Mapping):
            chosen = value.get("choices")
            only = chosen[0] if isinstance(chosen, list) and len(chosen) == 1 else chosen
            return _verdict(f"{at}.result[{place}]", only, sides)
    return None


def parse_argilla(row: Mapping[str, Any]) -> NewComparison:
    fields = checks.fields_of("fields", row["fields"])
    metadata = row.get("metadata")
    beside = metadata if isinstance(metadata, Mapping) else {}
    sides = naming.answers_in("fields", fields)
    given = list(_argilla_answers(row["responses"]))
    question = _question(given, sides)
    votes = [
        Vote(annotator=_person(f"{at}.user_id", user), verdict=_verdict(at, value, sides))
        for at, name, user, value in given
        if name == question and value not in (None, "")
    ]
    external = row.get("external_id") or row.get("id")
    return _comparison("fields", fields, {**beside, "external_id": external}, votes)


def _argilla_answers(responses: object) -> Iterator[tuple[str, str, object, object]]:
    """Where it stands, the question, who answered, and what, of every answer that was submitted."""
    if isinstance(responses, Mapping):  # of version 2: by question
        for question, answers in responses.items():
            for place, answer in enumerate(_list(f"responses.{question}", answers)):
                at = f"responses.{question}[{place}]"
                found = checks.fields_of(at, answer)
                if found.get("status", "submitted") == "submitted":
                    yield at, question, found.get("user_id"), found.get("value")
        return
    for place, response in enumerate(_list("responses", responses)):
        at = f"responses[{place}]"
        found = checks.fields_of(at, response)
        if found.get("status", "submitted") == "submitted":
            for question, value in checks.fields_of(f"{at}.values", found.get("values")).items():
                inner = checks.fields_of(f"{at}.values.{question}", value)
                yield at, question, found.get("user_id"), inner.get("value")


def _question(given: list[tuple[str, str, object, object]], sides: tuple[str, str]) -> str | None:
    """The question about the pair: the one with an answer that names a side of it."""
    asked = list(dict.fromkeys(question for _at, question, _user, _value in given))
    for _at, question, _user, value in given:
        if _side(value, sides) in (FIRST, SECOND):
            return question
    return asked[0] if len(asked) == 1 else None


def _verdict(at: str, value: object, sides: tuple[str, str]) -> str:
    verdict = _side(value, sides)
    if verdict is None:
        raise RowError(at, value, "This choice is not known; use a side, tie or both_bad.")
    return verdict


def _side(value: object, sides: tuple[str, str]) -> str | None:
    if isinstance(value, list):
        return _by_rank(value, sides)
    if not isinstance(value, (str, int)):
        return None
    said = str(value).strip()
    places = {sides[0]: FIRST, sides[1]: SECOND, "1": FIRST, "2": SECOND, **SIDES}
    return places.get(said) or NEITHER.get(said.lower())


def _by_rank(ranking: list[Any], sides: tuple[str, str]) -> str | None:
    """Of a ranking question: the side with the lower rank."""
    ranks = {
        entry.get("value"): entry.get("rank")
        for entry in ranking
        if isinstance(entry, Mapping) and isinstance(entry.get("value"), str)
    }
    first, second = (ranks.get(side) for side in sides)
    if not isinstance(first, int) or not isinstance(second, int):
        return None
    return TIE if first == second else FIRST if first < second else SECOND


def _person(field: str, value: object) -> str:
    """Whoever voted, by address or id. Raises: RowError where nobody is named."""
    if isinstance(value, Mapping):
        value = value.get("email") or value.get("username") or value.get("id")
    return checks.required_text({field: str(value) if isinstance(value, int) else value}, field)


def _list(field: str, value: object) -> list[Any]:
    if not isinstance(value, list):
        raise RowError(field, value, "This should be a list.")
    return value


def _comparison(
    at: str, fields: Mapping[str, Any], beside: Mapping[str, Any], votes: list[Vote]
) -> NewComparison:
    content.refuse_unshown(fields, at=f"{at}.")
    prompt, (first, second) = naming.prompt_in(at, fields), naming.answers_in(at, fields)
    texts = [content.text_or_nothing(f"{at}.{side}", fields[side]) for side in (first, second)]
    checks.different(f"{at}.{second}", *texts)
    models = dict(zip(("model_a", "model_b"), naming.models_in(beside), strict=True))
    return NewComparison(
        messages=checks.conversation(f"{at}.{prompt}", fields[prompt]),
        **about(beside, id_field="external_id"),
        first_text=texts[0],
        second_text=texts[1],
        first_origin=checks.optional_text(models, "model_a"),
        second_origin=checks.optional_text(models, "model_b"),
        votes=tuple(votes),
    )
