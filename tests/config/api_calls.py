"""Calls that the API's description allows, and calls that it forbids, drawn by chance.

A small fuzzer of our own: it reads the description alone, so that whatever is described is tried.
"""

import random
import string
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.authorisation_table import API, DOCS, TABLE, Row

Schema = Mapping[str, Any]
SKIPPED = {f"{API}schema/", DOCS}
HARD_TEXTS = (
    "",
    "0",
    "\0",
    "\ud800",
    "None",
    "a" * 5_000,
    "😀",
    "../..",
    "'; --",
    "{}",
    "2026-13-45",
)


@dataclass(frozen=True)
class Operation:
    """One method of one address, as described, and the row that says whose ids it means."""

    route: str
    method: str
    described: Schema
    row: Row

    @property
    def parameters(self) -> dict[str, Schema]:
        """The filters, by name."""
        listed = self.described.get("parameters", [])
        return {one["name"]: one["schema"] for one in listed if one["in"] == "query"}

    @property
    def body(self) -> Schema | None:
        """The schema of the body in JSON."""
        content = self.described.get("requestBody", {}).get("content", {})
        found: Schema | None = content.get("application/json", {}).get("schema")
        return found

    def answer(self, status: int) -> Schema | None:
        content = self.described["responses"].get(str(status), {}).get("content", {})
        found: Schema | None = content.get("application/json", {}).get("schema")
        return found


@dataclass(frozen=True)
class Call:
    operation: Operation
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    forbidden: str = ""  # what the description forbids about it; empty where it allows it

    def __str__(self) -> str:
        where = f"{self.operation.method} {self.operation.route}"
        return f"{where} {self.query} {self.body!r} ({self.forbidden or 'allowed'})"


@dataclass
class Fuzzer:
    """Draws calls from a description; the same seed draws the same ones."""

    description: Schema
    seed: int
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    @cached_property
    def operations(self) -> list[Operation]:
        return [
            Operation(route, method, self._described(route, method), row)
            for route, rows in TABLE.items()
            if route.startswith(API) and route not in SKIPPED
            for method, row in rows.items()
        ]

    def calls(self, rounds: int) -> Iterator[Call]:
        """In each round an allowed call, then one that is forbidden, of every operation."""
        for _round in range(rounds):
            for operation in self.chance.sample(self.operations, len(self.operations)):
                yield self.allowed(operation)
                forbidden = list(self.forbidden(operation))
                if forbidden:
                    yield self.chance.choice(forbidden)

    def allowed(self, operation: Operation) -> Call:
        query = tuple(
            (name, _in_address(self.value(schema)))
            for name, schema in operation.parameters.items()
            if name != "cursor" and self.chance.random() < 0.3
        )
        body = None
        if operation.body is not None:
            given = operation.row.body if isinstance(operation.row.body, dict) else {}
            kind = self._one_of(operation.body)
            some = {
                name: self.value(schema)
                for name, schema in self._properties(kind).items()
                if name in kind.get("required", []) or self.chance.random() < 0.3
            }
            body = {**some, **given} if self.chance.random() < 0.5 else some
        return Call(operation, tuple(item for item in query if item[1] != ""), body)

    def forbidden(self, operation: Operation) -> Iterator[Call]:
        """One call of each kind that the description forbids, where it has a place for it."""
        allowed = self.allowed(operation)
        unknown = "x" + "".join(self.chance.choices(string.ascii_lowercase, k=6))
        if operation.method in ("GET", "POST"):
            yield Call(operation, ((unknown, "1"),), allowed.body, "an unknown filter")
        for name, schema in operation.parameters.items():
            yield Call(operation, ((name, ""),), allowed.body, "an empty filter")
            if (wrong := self.wrong_text(schema)) is not None:
                yield Call(operation, ((name, wrong),), allowed.body, "a wrong filter")
        if operation.body is None or operation.method == "PATCH":
            return
        kind = self._one_of(operation.body)
        whole = {name: self.value(part) for name, part in self._properties(kind).items()}
        for wrong_body in ([], "text", 1, None if kind.get("required") else []):
            yield Call(operation, (), wrong_body, "a body that is no object")
        if kind.get("additionalProperties") is False:
            yield Call(operation, (), {**whole, unknown: 1}, "an unknown field")
        for name in kind.get("required", []):
            left = {key: value for key, value in whole.items() if key != name}
            yield Call(operation, (), left, f"a body without {name}")
        for name, part in self._properties(kind).items():
            for wrong in self.wrong_values(part):
                yield Call(operation, (), {**whole, name: wrong}, f"a wrong value of {name}")

    def value(self, schema: Schema, depth: int = 0) -> Any:
        """Something that the schema allows."""
        schema = self._resolved(schema)
        if schema.get("nullable") and self.chance.random() < 0.2:
            return None
        for several in ("oneOf", "anyOf", "allOf"):
            if several in schema:
                return self.value(self.chance.choice(schema[several]), depth)
        if "enum" in schema:
            return self.chance.choice(schema["enum"])
        makers = {
            "object": lambda: self._object(schema, depth),
            "array": lambda: self._array(schema, depth),
            "boolean": lambda: self.chance.random() < 0.5,
            "integer": lambda: self._number(schema, whole=True),
            "number": lambda: self._number(schema, whole=False),
            "string": lambda: self._text(schema),
        }
        anything = [None, True, 1, 0.5, "text", [], {}, [1, "a"], {"a": None}]
        kind = schema.get("type")
        return makers[kind]() if kind in makers else self.chance.choice(anything)

    def wrong_text(self, schema: Schema) -> str | None:
        """A filter's value that the schema forbids; None where it allows every text."""
        wrong = [
            value for value in self.wrong_values(schema) if isinstance(value, str | int | float)
        ]
        schema = self._resolved(schema)
        if schema.get("type") == "string" and "enum" not in schema and "format" not in schema:
            return None
        if schema.get("type") in ("integer", "number", "boolean"):
            wrong = ["x", "1;2", *(value for value in wrong if not isinstance(value, str | bool))]
        return str(self.chance.choice(wrong)) if wrong else None

    def wrong_values(self, schema: Schema) -> list[Any]:
        """Values that the schema forbids, by its type, its bounds and its choices."""
        schema = self._resolved(schema)
        if "allOf" in schema and len(schema["allOf"]) == 1:
            return self.wrong_values(schema["allOf"][0])
        if "enum" in schema:
            return ["no such choice", 17, [], {"a": 1}]
        kind = schema.get("type")
        if kind is None:
            return []
        others: dict[str, list[Any]] = {
            "string": [1, True, [], {"a": 1}],
            "integer": ["1", True, 1.5, [], {"a": 1}],
            "number": ["1", True, [], {"a": 1}],
            "boolean": ["true", 1, "yes", [], {"a": 1}],
            "array": ["a", 1, {"a": 1}],
            "object": ["a", 1, []],
        }
        wrong = list(others.get(kind, []))
        if schema.get("format") in ("uuid", "date-time", "date"):
            wrong += ["no such thing", "2026-02-31T00:00:00Z"]
        if "maxLength" in schema:
            wrong.append("a" * (schema["maxLength"] + 1))
        if "minimum" in schema:
            wrong.append(schema["minimum"] - 1)
        if "maximum" in schema:
            wrong.append(schema["maximum"] + 1)
        return wrong

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        required = schema.get("required", [])
        made = {
            name: self.value(part, depth + 1)
            for name, part in self._properties(schema).items()
            if name in required or (depth < 3 and self.chance.random() < 0.3)
        }
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and self.chance.random() < 0.5:
            made[self.chance.choice(["a", "beta", "é"])] = self.value(more, depth + 1)
        return made

    def _array(self, schema: Schema, depth: int) -> list[Any]:
        n_items = self.chance.randint(schema.get("minItems", 0), 3)
        return [self.value(schema["items"], depth + 1) for _item in range(n_items)]

    def _number(self, schema: Schema, *, whole: bool) -> float:
        low = schema.get("minimum", -10 if whole else -1.0)
        high = min(schema.get("maximum", low + 50), low + 50)
        value = self.chance.choice([low, high, self.chance.uniform(low, high)])
        return int(value) if whole else float(value)

    def _text(self, schema: Schema) -> str:
        if schema.get("format") == "uuid":
            return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        if schema.get("format") == "date-time":
            return f"20{self.chance.randint(10, 40)}-01-0{self.chance.randint(1, 9)}T00:00:00Z"
        if schema.get("format") == "date":
            return f"20{self.chance.randint(10, 40)}-01-0{self.chance.randint(1, 9)}"
        if "pattern" in schema:
            return "".join(self.chance.choices(string.ascii_lowercase, k=8))
        usual = "".join(self.chance.choices("abc é中", k=self.chance.randint(1, 12)))
        text = self.chance.choice([usual, usual, self.chance.choice(HARD_TEXTS)])
        text = text[: schema.get("maxLength", len(text))]
        return text or "a" * schema.get("minLength", 0)

    def _properties(self, schema: Schema) -> dict[str, Schema]:
        found: dict[str, Schema] = self._resolved(schema).get("properties", {})
        return {name: part for name, part in found.items() if not part.get("readOnly")}

    def _one_of(self, schema: Schema) -> Schema:
        """The schema of one kind of object, where there are several."""
        schema = self._resolved(schema)
        return self._one_of(self.chance.choice(schema["oneOf"])) if "oneOf" in schema else schema

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            schema = self.description["components"]["schemas"][name]
        return schema

    def _described(self, route: str, method: str) -> Schema:
        address = "/" + route.replace("<slug:", "{").replace("<uuid:", "{").replace(">", "}")
        found: Schema = self.description["paths"][address][method.lower()]
        return found


def _in_address(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
