"""What the stored documents of runs, evaluations, rounds and proposals are made of."""

from typing import Any

from training.models.stored_document import (
    anything,
    complete,
    count,
    each,
    number,
    or_none,
    parts,
    rows,
    text,
    with_figures,
)


def messages(found: Any) -> list[dict[str, Any]]:
    """Of a chat; nothing where one of them is none."""
    if not isinstance(found, list):
        return []
    is_whole = all(
        isinstance(one, dict) and isinstance(one.get("content"), (str, list)) for one in found
    )
    return found if is_whole else []


def _warnings(found: Any) -> list[dict[str, Any] | str]:
    """With their figures; as words alone, of a run before warnings kept those."""
    return [one for one in found if isinstance(one, (dict, str))] if isinstance(found, list) else []


SAMPLES = rows(parts(prompt=messages), "prompt")
LIVE_SAMPLES = rows(parts(prompt=messages, text=text), "prompt", "text")
SUMMARY = parts(
    evaluation=with_figures,
    baselines=with_figures,
    report=parts(sections=with_figures),
    wins_by_pair=each(number),
    wins_by_cohort=each(each(number)),
    by_prompt=parts(
        rewards=each(number),
        lengths=each(number),
        safety=each(each(number)),
        answers=each(or_none(complete(prompt=messages, answer=text))),
    ),
    alarms=rows(complete(name=text, message=text), "name"),
    seconds=each(number),
    tokens_per_second=number,
    peak_rss_mib=number,
)
PLAN = parts(world_size=count, device=text, device_name=text)
PREFLIGHT = parts(train=parts(), eval=parts(), warnings=_warnings, samples=rows(parts()))
ESTIMATE = or_none(
    complete(
        worker=text,
        steps=count,
        tokens=count,
        memory_mib=number,
        seconds=number,
        low=number,
        high=number,
        n_runs=lambda found: count(found) or 0,
    ),
    "steps",
    "tokens",
)
PEOPLE = or_none(
    complete(n_first=count, n_second=count, winner=count, n_more=number), "n_first", "n_second"
)
COMPARED = ("n_prompts", "first", "second", "difference", "low", "high")
_FIGURES = rows(
    complete(
        name=text,
        said=text,
        margin=number,
        passes=anything,
        is_scored_alike=anything,
        **dict.fromkeys(COMPARED, number),
    ),
    "name",
    "said",
    *COMPARED,
)
UNKNOWN_OBSTACLE = {"code": "not_whole"}


def _needs_second(found: Any) -> bool:
    return found is not False  # where nobody knows, the stricter


_EVIDENCE = complete(
    n_prompts=count,
    champion_number=count,
    gate=complete(better_on=text, needs_second=_needs_second),
    figures=_FIGURES,
    people=PEOPLE,
    partial_judges=lambda found: [text(one) for one in found] if isinstance(found, list) else [],
)


def EVIDENCE(found: Any) -> dict[str, Any]:  # one of the shapes
    """What stands against it is never lost: where that is not known, something does."""
    known = found if isinstance(found, dict) else {}
    evidence: dict[str, Any] = _EVIDENCE(known)
    evidence["rival"] = known.get("rival", "")
    against = known.get("obstacles")
    evidence["obstacles"] = against if _all_have_codes(against) else [UNKNOWN_OBSTACLE]
    asked = {*evidence} - {"partial_judges"}  # which older evidence has not
    if asked - known.keys() or any(evidence[name] != known[name] for name in ("figures", "people")):
        evidence["is_whole"] = False
    return evidence


def _all_have_codes(found: Any) -> bool:
    return isinstance(found, list) and all(
        isinstance(one, dict) and text(one.get("code")) for one in found
    )


OF_TWO = ("n", "first", "second", "difference", "low", "high")


def RESULT(found: Any) -> dict[str, Any]:  # one of the shapes
    """Of a step that decides: without a comparison or a count that is not whole."""
    result = dict(found) if isinstance(found, dict) else {}
    if any(number(result.get(name)) is None for name in OF_TWO):
        result.pop("difference", None)
    if "n_first" in result or "n_second" in result:
        people = PEOPLE(result)
        result = {**result, **people} if people else _without_people(result)
    return result


def _without_people(result: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name not in ("n_first", "n_second")}
