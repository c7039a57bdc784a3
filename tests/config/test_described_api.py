"""The API does what its description says: calls drawn by chance, of every operation.

`ACCORD_FUZZ_ROUNDS` sets how often each operation is called, and `ACCORD_FUZZ_SEED` how; the same
numbers make the same calls, and a failure names them. Whoever changes the API lets it run longer.
"""

import json
import os
import random
import re
from collections import Counter
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from jsonschema import Draft202012Validator

from tests.authorisation_table import filled
from tests.config.api_calls import Call, Fuzzer
from tests.world import World, drained

ROUNDS = int(os.environ.get("ACCORD_FUZZ_ROUNDS", "2"))
SEED = int(os.environ.get("ACCORD_FUZZ_SEED", random.SystemRandom().randrange(2**31)))
CALLERS = ("admin", "admin", "lead", "annotator")
LEAVES_THE_MACHINE = re.compile(r"/(try|hub)/$")  # allowed calls of it would ask other servers
# Words of the language that the server is written in, which nobody outside should read.
OF_PYTHON = re.compile(
    r"Traceback|\bNoneType\b|\bdict\b|<class |object at 0x|\bNone\b|\bOrderedDict\b"
)


@pytest.fixture(scope="module")
def description(tmp_path_factory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command("spectacular", "--format", "openapi-json", "--file", file)
    return json.loads(file.read_text())


class Told(Exception):
    """What was wrong with an answer."""


@pytest.mark.django_db
def test_the_description_and_the_server_agree(description, world):
    fuzzer, counts = Fuzzer(description, SEED), Counter()
    clients = {role: world.client(role) for role in CALLERS}
    wrong: dict[str, str] = {}
    for call in fuzzer.calls(ROUNDS):
        role = fuzzer.chance.choice(CALLERS)
        try:
            counts[_carried_out(call, clients[role], world, description)] += 1
        except Told as told:
            where = f"{call.operation.method} {call.operation.route}: {told}"
            wrong.setdefault(where, f"{call}, as {role}")
    print(f"{sum(counts.values())} calls with seed {SEED}: {dict(counts)}")  # noqa: T201
    assert not wrong, f"seed {SEED}, rounds {ROUNDS}\n" + "\n".join(
        f"{k}\n    {v}" for k, v in wrong.items()
    )
    assert counts["allowed: 2xx"] > 0 < counts["forbidden: 4xx"]


def _carried_out(call: Call, client: Client, world: World, description: dict[str, Any]) -> str:
    """Which kind of call it was and how it was answered; nothing of it stays. Raises: Told."""
    operation = call.operation
    if not call.forbidden and LEAVES_THE_MACHINE.search(operation.route):
        return "left out"
    address = "/" + filled(operation.route, operation.row, world.own)
    with transaction.atomic():
        try:
            answer = _send(client, call, address)
            body = drained(answer)
            _check(call, answer.status_code, answer.get("Content-Type", ""), body, description)
            is_of_one = operation.route.endswith("_id>/")
            if operation.method == "DELETE" and answer.status_code == 204 and is_of_one:
                _check_gone(client, call, address, description)
        finally:
            transaction.set_rollback(True)
    kind = "forbidden" if call.forbidden else "allowed"
    return f"{kind}: {answer.status_code // 100}xx"


def _send(client: Client, call: Call, address: str) -> Any:
    method = getattr(client, call.operation.method.lower())
    if call.query:
        address += "?" + urlencode(call.query, errors="surrogatepass")
    if call.operation.method == "GET":
        return method(address)
    sent = json.dumps(call.body if call.operation.body is not None else {})
    try:
        return method(address, sent, content_type="application/json")
    except Exception as error:
        raise Told(f"it broke: {type(error).__name__}: {error}") from error


def _check(call: Call, status: int, kind: str, body: bytes, description: dict[str, Any]) -> None:
    if status >= 500:
        raise Told(f"{status}")
    if status >= 400:
        _check_problem(kind, body, description)
        return
    if call.forbidden:
        raise Told(f"{status} for {call.forbidden}")
    if str(status) not in call.operation.described["responses"]:
        raise Told(f"{status} is not described")
    schema = call.operation.answer(status)
    if schema is not None and kind.startswith("application/json"):
        _check_against(schema, json.loads(body), description)


def _check_problem(kind: str, body: bytes, description: dict[str, Any]) -> None:
    if kind != "application/problem+json":
        raise Told(f"a problem in {kind}")
    problem = json.loads(body)
    _check_against({"$ref": "#/components/schemas/Problem"}, problem, description)
    said = [problem["detail"], *(one["detail"] for one in problem.get("errors", []))]
    for sentence in said:
        if found := OF_PYTHON.search(sentence.replace(str(problem.get("value")), "")):
            raise Told(f"a sentence with {found.group()!r}: {sentence}")


def _check_against(schema: Any, value: Any, description: dict[str, Any]) -> None:
    whole = {"components": description["components"], **schema}
    errors = list(Draft202012Validator(with_null(whole)).iter_errors(value))
    if errors:
        path = ".".join("*" if isinstance(part, int) else str(part) for part in errors[0].path)
        raise Told(
            f"an answer that is not as described at {path or 'its top'}: {errors[0].message}"
        )


def _check_gone(client: Client, call: Call, address: str, description: dict[str, Any]) -> None:
    path = "/" + call.operation.route.replace("<slug:", "{").replace("<uuid:", "{").replace(
        ">", "}"
    )
    if "get" in description["paths"][path] and client.get(address).status_code != 404:
        raise Told("what was deleted is still served")


def with_null(schema: Any) -> Any:
    """As JSON Schema says it: OpenAPI 3.0 has a word of its own for a value that may be null."""
    if isinstance(schema, list):
        return [with_null(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: with_null(part) for name, part in schema.items() if name != "nullable"}
    if schema.get("nullable") is True:
        return {"anyOf": [parts, {"type": "null"}]}
    return parts


def test_what_is_sent_to_training_is_what_comes_back(description):
    """Under the same names: bodies of runs, snapshots and checkpoints against their answers."""
    parts = description["components"]["schemas"]
    sent = {
        "AdvisedRun": ("TrainBody", "SampleBody", "EvaluateBody"),
        "TriedRun": ("TrainBody", "SampleBody", "EvaluateBody"),
        "Snapshot": ("SnapshotBody",),
        "CheckpointDetail": ("BaseBody",),
        "Registration": ("BaseBody",),
    }
    for answer, bodies in sent.items():
        for body in bodies:
            missing = set(parts[body]["properties"]) - set(parts[answer]["properties"])
            assert missing <= {"dry_run"}, (body, answer)
