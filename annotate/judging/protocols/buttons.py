"""The buttons of a judging screen: the verdicts offered, each with its strength where asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from annotate.judging.protocols.part_settings import ANSWER, Texts, in_my_language
from annotate.judging.protocols.ranking import Ranking
from annotate.judging.protocols.strength import steps_of
from annotate.models import Verdict

LETTERS = {"left": "A", "right": "B"}
STRONGER: dict[str, dict[int, str | Promise]] = {
    "left": {
        3: _("A is much better"),
        2: _("A is better"),
        1: _("A is slightly better"),
        0: _("A is negligibly better"),
    },
    "right": {
        3: _("B is much better"),
        2: _("B is better"),
        1: _("B is slightly better"),
        0: _("B is negligibly better"),
    },
}


@dataclass(frozen=True)
class Button:
    """value: as it is sent, "left" or "left 3". action: its name in the list of keys."""

    value: str
    usual_words: str | Promise
    keys: str  # as the browser names them; the first is shown
    worded: str  # how a protocol's own words name it
    own_words: Texts = field(default_factory=dict)

    @property
    def words(self) -> str | Promise:
        own = in_my_language(self.own_words)
        return own.replace(ANSWER, LETTERS.get(self.side, "")) if own else self.usual_words

    @property
    def side(self) -> str:
        return self.value.split(" ")[0]

    @property
    def action(self) -> str:
        return self.value.replace(" ", "_")

    @property
    def key(self) -> str:
        keys = self.keys.split()
        return next((key for key in keys if len(key) == 1), keys[0])

    @property
    def shortcuts(self) -> str:
        return " ".join(key.upper() if len(key) == 1 else key for key in self.keys.split())


def buttons_of(declaration: Mapping[str, Any]) -> list[Button]:
    """In the order of the screen: what is on the left stands left."""
    own = declaration.get("wording", {}).get("words", {})
    return [
        Button(value, words, keys, worded, own.get(worded, {}))
        for value, words, keys, worded in _usual(declaration)
    ]


Usual = tuple[str, str | Promise, str, str]


def _usual(declaration: Mapping[str, Any]) -> Iterator[Usual]:
    if Ranking.name in declaration:
        yield "ranked", _("Send the order"), "Enter", "ranked"
        return
    strength = declaration.get("strength")
    if strength is None:
        yield "left", _("A is better"), "ArrowLeft 1 a", "better"
        yield from _neither(declaration, tie_keys="0 t ArrowUp")
        yield "right", _("B is better"), "ArrowRight 2 b", "better"
        return
    steps = list(steps_of(strength))
    is_tie_between = Verdict.TIE in declaration["verdicts"]
    first_right = len(steps) + (2 if is_tie_between else 1)
    for place, step in enumerate(steps, start=1):
        yield f"left {step}", STRONGER["left"][step], str(place), str(step)
    yield from _neither(declaration, tie_keys=f"{len(steps) + 1} 0 t")
    for place, step in enumerate(reversed(steps), start=first_right):
        yield f"right {step}", STRONGER["right"][step], str(place), str(step)


def order_keys() -> list[Button]:
    """What puts answers in order by keys, beside the drag: nine answers at the most."""
    letters = "abcdefghi"
    return [
        *(
            _move(f"pick_{one}", format_lazy(_("Pick answer {name}"), name=one.upper()), one)
            for one in letters
        ),
        *(
            _move(f"place_{place}", format_lazy(_("Place {place}"), place=place), str(place))
            for place in range(1, 10)
        ),
        _move("earlier", _("A better place for the answer picked"), "ArrowLeft ArrowUp"),
        _move("later", _("A worse place for the answer picked"), "ArrowRight ArrowDown"),
        _move("tied", _("As good as the one before it, or no longer"), "= t"),
    ]


def _move(value: str, words: str | Promise, keys: str) -> Button:
    return Button(value, words, keys, value)


def _neither(declaration: Mapping[str, Any], *, tie_keys: str) -> Iterator[Usual]:
    if Verdict.TIE in declaration["verdicts"]:
        yield "tie", _("About the same"), tie_keys, "tie"
    if Verdict.BOTH_BAD in declaration["verdicts"]:
        yield "both_bad", _("Both bad"), "- ArrowDown", "both_bad"
