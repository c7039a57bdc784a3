"""What projects of before versions asked for is the first version of their protocol."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from tests.empty_database import empty_database

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BEFORE = [("annotate", "0006_keep_what_exports_left_out")]
AFTER = [("annotate", "0009_verdicts_in_protocols")]
OFFERED = {"all": (True, True), "two": (False, False), "tie": (True, False)}


def at(migration):
    """The models as they stand after it, and a database that has them."""
    MigrationExecutor(connection).migrate(migration)
    return MigrationExecutor(connection).loader.project_state(migration).apps.get_model


def judged_twice(model, project) -> None:
    """By somebody on the screen, and by somebody whose vote came in a file."""
    prompt = model("annotate", "Prompt").objects.create(project=project, messages=[], digest="p")
    answers = [
        model("annotate", "Completion").objects.create(prompt=prompt, text=text, digest=text)
        for text in "ab"
    ]
    comparison = model("annotate", "Comparison").objects.create(
        project=project, prompt=prompt, first=answers[0], second=answers[1], wanted=2
    )
    for key in ("screen", "file"):
        whom = {
            "project": project,
            "comparison": comparison,
            "annotator": model("annotate", "Annotator").objects.create(pseudonym=key),
        }
        lease = key == "screen" and model("annotate", "Lease").objects.create(
            **whom, first_is_left=True, state="spent", expires_at=timezone.now()
        )
        model("annotate", "Judgement").objects.create(
            **whom, key=key, verdict="tie", lease=lease or None
        )


def test_verdicts_that_were_offered_become_a_version_and_come_back(tmp_path):
    with empty_database(tmp_path):
        model = at(BEFORE)
        for slug, (tie, both) in OFFERED.items():
            project = model("annotate", "Project").objects.create(
                slug=slug, name=slug, allows_tie=tie, allows_both_bad=both
            )
        judged_twice(model, project)

        model = at(AFTER)
        protocols = model("annotate", "Protocol").objects.select_related("project")
        found = {one.project.slug: (one.version, one.declaration["verdicts"]) for one in protocols}
        assert found == {
            "all": (1, ["first", "second", "tie", "both_bad"]),
            "two": (1, ["first", "second"]),
            "tie": (1, ["first", "second", "tie"]),
        }
        assert all(one.project.protocol_id == one.pk for one in protocols)
        versions = model("annotate", "Judgement").objects.values_list("key", "protocol_version")
        assert dict(versions) == {"screen": 1, "file": None}

        rows = at(BEFORE)("annotate", "Project").objects.values_list
        assert {slug: both for slug, *both in rows("slug", "allows_tie", "allows_both_bad")} == {
            slug: list(offered) for slug, offered in OFFERED.items()
        }
