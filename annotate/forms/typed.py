"""What was typed and picked on the judging screen: given back with a refusal, so none is lost."""

from dataclasses import dataclass

from django.http import QueryDict

HELD = ("lease", "side", "key", "note", "edited", "reason", "showing", "seconds")


@dataclass(frozen=True)
class Typed:
    """The fields of one form as they were sent. `lease` names the pair that they are about."""

    lease: str
    side: str  # the button: "left", or "left 3"
    note: str
    edited: str
    picked: frozenset[tuple[str, str]]  # a choice's name and value
    is_flag: bool = False

    @classmethod
    def of(cls, sent: QueryDict, *, is_flag: bool = False) -> "Typed":
        return cls(
            **{name: sent.get(name, "") for name in ("lease", "side", "note", "edited")},
            picked=frozenset(
                (name, one)
                for name in sent
                if name not in HELD
                for value in sent.getlist(name)
                for one in value.split("\n")  # as judge.js sends several
            ),
            is_flag=is_flag,
        )

    @property
    def words(self) -> list[str]:
        """What somebody would have to write again."""
        return [text for text in (self.note, self.edited) if text.strip()]
