"""Rows whose columns and roles have names of their own, as LLaMA-Factory's dataset_info.json says.

They are read as rows of LLaMA-Factory's usual names; what is wrong with one is said by its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from alignment_core.formats import content, llama_factory
from alignment_core.formats.known import OF_ONE, Format, Given, format_named
from alignment_core.formats.row_errors import TOOL_TURN, UNREADABLE, FileError, RowError

ALPACA, SHAREGPT, OPENAI = "alpaca", "sharegpt", "openai"
USUAL = {  # what LLaMA-Factory calls a column, and its usual name in a file
    "prompt": "instruction",
    "query": "input",
    "response": "output",
    "history": "history",
    "messages": "conversations",
    "system": "system",
    "tools": "tools",
    "chosen": "chosen",
    "rejected": "rejected",
    "kto_tag": "kto_tag",
}
MEDIA = ("images", "videos", "audios")
WITHOUT_COLUMNS = ("prompt", "query", "response", "messages")  # read where no columns are named
ALWAYS = {ALPACA: ("prompt",), SHAREGPT: ("messages",), OPENAI: ("messages",)}
TAGS = {
    "role_tag": "from",
    "content_tag": "value",
    "user_tag": "human",
    "assistant_tag": "gpt",
    "observation_tag": "observation",
    "function_tag": "function_call",
    "system_tag": "system",
}
OPENAI_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "observation_tag": "tool",
    "function_tag": "function",
}
ROLES = {"user_tag": "user", "assistant_tag": "assistant", "system_tag": "system"}
OF_TOOLS = ("observation_tag", "function_tag")
ABOUT = ("id", "tags", "language")  # besides, under these names alone
SAYS_HOW = ("formatting", "ranking", "columns", "tags")
NOT_DONE = ("num_samples", "script_url")  # entries that change which rows there are


@dataclass(frozen=True, kw_only=True)
class NamedColumns:
    """The names of a file's columns, by what they hold, and of the roles in its messages."""

    name: str  # of the entry
    formatting: str = ALPACA
    ranking: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def entry(self) -> Mapping[str, Any]:
        """What it says, without its name."""
        return {
            "formatting": self.formatting,
            "ranking": self.ranking,
            "columns": dict(self.columns),
            "tags": dict(self.tags),
        }

    @property
    def format(self) -> Format:
        """How such rows are read."""
        usual = self._usual_format()
        own_tags = (self.tags["role_tag"], self.tags["content_tag"])
        return replace(
            usual,
            needs=(),
            parse=lambda row: self._parse(usual, row),
            read_within=(*usual.read_within, *own_tags),
        )

    def _usual_format(self) -> Format:
        """Where a label and a ranking are both named, the label is what is read."""
        is_pair = self.ranking and "kto_tag" not in self.columns
        if self.formatting == ALPACA:
            if is_pair:
                return format_named("llama_factory")
            if "response" in self.columns:
                return _of_one("llama_factory_single")
            return replace(_of_one("prompts"), needs=(), parse=llama_factory.parse_prompt)
        return format_named("llama_factory_chat") if is_pair else _of_one("sharegpt")

    def _parse(self, usual: Format, row: Mapping[str, Any]) -> Given:
        for kind in MEDIA:
            column = self.columns.get(kind, kind)
            content.refuse_unshown({column: row.get(column)}, (column,))
        try:
            return usual.read(self._with_usual_names(row))
        except RowError as error:
            error.field = self._own_name(error.field)
            raise

    def _with_usual_names(self, row: Mapping[str, Any]) -> dict[str, Any]:
        taken = self.columns.values()
        values = {name: row[name] for name in ABOUT if name in row and name not in taken}
        for what, column in self.columns.items():
            if what in USUAL:
                values[USUAL[what]] = self._with_usual_roles(column, row.get(column))
        return values

    def _with_usual_roles(self, name: str, value: Any) -> Any:
        """A message, or each of a list of them; anything else as it is."""
        if self.formatting == ALPACA:
            return value
        if isinstance(value, list):
            return [
                self._with_usual_roles(f"{name}[{place}]", one) for place, one in enumerate(value)
            ]
        if not isinstance(value, Mapping):
            return value
        tag = next((tag for tag, said in self.tags.items() if said == self._role(value)), None)
        if tag in OF_TOOLS or tag not in ROLES:
            raise RowError(
                f"{name}.{self.tags['role_tag']}",
                self._role(value),
                "This role is not known.",
                reason=TOOL_TURN if tag in OF_TOOLS else UNREADABLE,
            )
        said = value.get(self.tags["content_tag"])
        return {"role": ROLES[tag], "content": said, "weight": value.get("weight")}

    def _role(self, message: Mapping[str, Any]) -> object:
        return message.get(self.tags["role_tag"])

    def _own_name(self, found: str) -> str:
        """The name in the file of a field of the usual names."""
        own = {USUAL[what]: column for what, column in self.columns.items() if what in USUAL}
        if self.formatting != ALPACA:
            found = re.sub(
                r"\.(role|content)\b", lambda tag: f".{self.tags[f'{tag[1]}_tag']}", found
            )
        return re.sub(r"^\w+", lambda name: own.get(name[0], name[0]), found)


def named_columns(name: str, entry: Mapping[str, Any]) -> NamedColumns | None:
    """An entry of dataset_info.json, checked; None if it says nothing of columns.

    Raises: FileError for what is not known, or not done here.
    """
    for key in NOT_DONE:
        if entry.get(key) is not None:
            raise _wrong(entry[key], "%(key)s is not done here", key=key)
    if not any(key in entry for key in SAYS_HOW):
        return None
    formatting = entry.get("formatting", ALPACA)
    if formatting not in ALWAYS:
        raise _wrong(formatting, "formatting must be one of %(known)s", known=", ".join(ALWAYS))
    ranking = entry.get("ranking", False)
    if not isinstance(ranking, bool):
        raise _wrong(ranking, "ranking must be true or false")
    columns = {what: USUAL[what] for what in ALWAYS[formatting]}
    if "columns" in entry:
        columns |= _names(entry, "columns", known=(*USUAL, *MEDIA))
    else:
        columns |= {what: USUAL[what] for what in WITHOUT_COLUMNS}
    if ranking:
        columns = {"chosen": "chosen", "rejected": "rejected"} | columns
    usual_tags = TAGS | OPENAI_TAGS if formatting == OPENAI else TAGS
    return NamedColumns(
        name=name,
        formatting=formatting,
        ranking=ranking,
        columns=columns,
        tags=usual_tags | _names(entry, "tags", known=tuple(TAGS)),
    )


def _names(entry: Mapping[str, Any], key: str, *, known: tuple[str, ...]) -> dict[str, str]:
    """Names by what they name; one that is null is none."""
    value = entry.get(key) or {}
    if not isinstance(value, Mapping):
        raise _wrong(value, "%(key)s must be an object", key=key)
    for what, name in value.items():
        if what not in known or not isinstance(name, str | None):
            raise _wrong(name, "%(key)s.%(what)s is not known", key=key, what=what)
    return {what: name for what, name in value.items() if name}


def _wrong(value: object, sentence: str, **parts: object) -> FileError:
    error = FileError(sentence, parts)
    error.value = value
    return error


def _of_one(name: str) -> Format:
    return next(entry for entry in OF_ONE if entry.name == name)
