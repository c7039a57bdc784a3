"""Once round the circle through HTTP, with the real web server, workers and children."""

import json
import time
import uuid
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from annotate.models import Comparison, Judgement
from annotate.people.members import create_user, issue_token
from tests.stack import Stack
from training.models import Installation

N_PROMPTS = 24
TINY = ["--vocab-size", "400", "--hidden-size", "32", "--n-layers", "1", "--n-heads", "2"]
QUICK = {"epochs": 1, "batch_size": 8, "max_length": 128, "sample_tokens": 8, "n_sample_prompts": 2}


class Caller:
    """Somebody with a token who calls the API."""

    def __init__(self, stack: Stack, username: str, **user: Any) -> None:
        self.user = create_user(username=username, password=uuid.uuid4().hex, **user)
        _token, plain = issue_token(user=self.user, name="loop")
        self._root = f"{stack.url}/api/v1/"
        self._headers = {"Authorization": f"Token {plain}"}

    def get(self, path: str) -> Any:
        return self._send(Request(self._root + path, headers=self._headers))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {**self._headers, "Content-Type": "application/json"}
        data = json.dumps(body or {}).encode()
        return self._send(Request(self._root + path, data=data, headers=headers, method="POST"))

    def upload(self, path: str, name: str, content: bytes) -> Any:
        boundary = uuid.uuid4().hex
        part = f'Content-Disposition: form-data; name="file"; filename="{name}"'
        data = f"--{boundary}\r\n{part}\r\n\r\n".encode() + content + f"\r\n--{boundary}--".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        headers = {**self._headers, **kind}
        return self._send(Request(self._root + path, data=data, headers=headers, method="POST"))

    def wait(self, path: str, *, seconds: float) -> Any:
        """What is there once its state is final."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.get(path)
            if found["state"] not in ("queued", "running"):
                return found
            assert time.monotonic() < deadline, json.dumps(found)
            time.sleep(0.5)

    def _send(self, request: Request) -> Any:
        try:
            with urlopen(request, timeout=30) as answer:
                text = answer.read()
        except HTTPError as error:
            raise AssertionError(f"{request.full_url}: {error.read().decode()}") from error
        return json.loads(text) if text else None


def comparisons_file() -> bytes:
    """Prompts with a short and a long answer each."""
    rows = [
        {
            "prompt": [{"role": "user", "content": f"Please tell me about the number {number}."}],
            "completions": [
                f"{number} is a number.",
                f"{number} comes after {number - 1} and before {number + 1}, as numbers do.",
            ],
        }
        for number in range(1, N_PROMPTS + 1)
    ]
    return b"\n".join(json.dumps(row).encode() for row in rows)


def judge_all(caller: Caller, slug: str, *, likes_long: bool) -> int:
    """Judge whatever is offered, one request for each, always by length."""
    shown, n_judged = caller.post(f"projects/{slug}/next/"), 0
    while shown:
        left, right = shown["comparison"]["left"], shown["comparison"]["right"]
        is_left = (len(left) > len(right)) == likes_long
        answer = caller.post(
            f"projects/{slug}/judgements/",
            {
                "lease": shown["lease"]["id"],
                "verdict": "left" if is_left else "right",
                "key": uuid.uuid4().hex,
                "seconds": 3.5,
            },
        )
        shown, n_judged = answer["next"], n_judged + 1
    return n_judged


def test_a_vote_becomes_a_model_and_the_model_asks_for_votes(stack: Stack) -> None:
    Installation.objects.update_or_create(pk=1, defaults={"split_salt": "of this test"})
    admin = Caller(stack, "admin", is_site_admin=True)
    people = [Caller(stack, name) for name in ("ada", "bo", "cleo")]

    # import
    slug = admin.post("projects/", {"name": "Numbers", "overlap": 3})["slug"]
    for person in people:
        body = {"username": person.user.username, "role": "annotator"}
        admin.post(f"projects/{slug}/members/", body)
    queued = admin.upload(f"projects/{slug}/imports/", "numbers.jsonl", comparisons_file())
    imported = admin.wait(f"imports/{queued['id']}/", seconds=60)
    assert (imported["state"], imported["n_comparisons"]) == ("succeeded", N_PROMPTS)

    # judge: two like long answers, one likes short ones
    likes = [True, True, False]
    judged = [
        judge_all(person, slug, likes_long=likes_long)
        for person, likes_long in zip(people, likes, strict=True)
    ]
    assert judged == [N_PROMPTS] * 3

    # agree, to a third; resolve, all for the long one
    agreement = wait_for_agreement(admin, slug, n_judgements=3 * N_PROMPTS)
    assert agreement == pytest.approx(1 / 3)
    preferences = admin.get(f"projects/{slug}/preferences/")["results"]
    assert len(preferences) == N_PROMPTS
    assert all(len(p["chosen"]["text"]) > len(p["rejected"]["text"]) for p in preferences)

    # freeze
    selection = {"eval_share": 0.3}
    body = {"name": "Numbers, frozen", "projects": [slug], "selection": selection}
    snapshot = admin.post("snapshots/", body)
    assert snapshot["n_judgements"] == 3 * N_PROMPTS
    assert snapshot["n_train"] + snapshot["n_eval"] == N_PROMPTS

    # run: SFT from a base, and DPO after it
    made = stack.manage("make_tiny_checkpoint", "--project", slug, "--json", *TINY)
    base = json.loads(made)["id"]
    common = {"kind": "train", "snapshot": snapshot["id"]}
    sft = admin.post(
        "runs/", {**common, "method": "sft", "name": "SFT", "base": base, "settings": QUICK}
    )
    dpo = admin.post(
        "runs/",
        {
            **common,
            "method": "dpo",
            "name": "DPO",
            "after": sft["id"],
            "settings": {**QUICK, "learning_rate": 1e-2},  # far enough to answer otherwise
        },
    )
    for run in (sft, dpo):
        done = admin.wait(f"runs/{run['id']}/", seconds=240)
        assert done["state"] == "succeeded", done["reason"]
    assert admin.get(f"runs/{dpo['id']}/metrics/")["results"]

    # evaluate
    final = admin.get(f"checkpoints/?run={dpo['id']}&is_final=true")["results"][0]
    evaluation = admin.get(f"evaluations/?checkpoint={final['id']}")["results"][0]
    accuracy = evaluation["figures"]["accuracy"]
    assert accuracy["n"] == snapshot["n_eval"]
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
    assert evaluation["baselines"]["longer_wins"]["value"] == 1.0
    lineage = admin.get(f"checkpoints/{final['id']}/lineage/")
    assert snapshot["id"] in json.dumps(lineage)
    assert base in json.dumps(lineage)

    # back to the votes
    pairs = admin.get(f"snapshots/{snapshot['id']}/pairs/")["results"]
    votes = {vote for pair in pairs for vote in pair["judgements"]}
    known = Judgement.objects.values_list("public_id", flat=True)
    assert votes == {str(public_id) for public_id in known}

    # round again: its answers are judged blind, before anything else
    sample = admin.post(
        "runs/",
        {
            "kind": "sample",
            "project": slug,
            "checkpoint": final["id"],
            "against_base": True,
            "n_prompts": 8,
            "settings": {"max_new_tokens": 12},
        },
    )
    done = admin.wait(f"runs/{sample['id']}/", seconds=120)
    assert done["state"] == "succeeded", done["reason"]
    n_new = done["summary"]["comparisons"]["n_comparisons"]
    assert n_new > 0
    new = Comparison.objects.filter(second__origin=final["digest"]) | Comparison.objects.filter(
        first__origin=final["digest"]
    )
    assert new.count() == n_new
    offered = people[0].post(f"projects/{slug}/next/")
    assert set(offered["comparison"]) == {"prompt", "left", "right"}
    assert final["digest"] not in json.dumps(offered)
    assert judge_all(people[0], slug, likes_long=True) == n_new


def wait_for_agreement(admin: Caller, slug: str, *, n_judgements: int) -> float:
    """Percent agreement once it is computed from all judgements."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        found = json.loads(json.dumps(admin.get(f"projects/{slug}/agreement/") or {}))
        if found.get("n_judgements") == n_judgements:
            return find_key(found, "figures")["percent_agreement"]["value"]
        time.sleep(1)
    raise AssertionError(f"no agreement of {n_judgements} judgements: {found}")


def find_key(tree: Any, name: str) -> Any:
    """The first value under this name, at any depth."""
    if isinstance(tree, dict):
        if name in tree:
            return tree[name]
        tree = list(tree.values())
    if isinstance(tree, list):
        for branch in tree:
            if (found := find_key(branch, name)) is not None:
                return found
    return None
