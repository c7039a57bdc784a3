"""What every address answers to everybody: one row for each method that it has.

`tests/test_authorisation_matrix.py` calls each row; a new address without rows fails there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.world import Ground

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
TO_SIGN_IN = "sign-in"  # instead of a status: a redirect to the sign-in page
OK = "ok"  # instead of a status: the row's own

# Answers by role, in the order of ROLES; what a stranger gets, everybody gets in a foreign
# project, but for the site admin.
Profile = tuple[Any, ...]
ANYBODY: Profile = (OK, OK, OK, OK, OK, OK)
SIGNED_IN: Profile = (None, OK, OK, OK, OK, OK)
MEMBER: Profile = (None, 404, OK, OK, OK, OK)
JUDGING: Profile = (None, 404, OK, OK, OK, 403)  # the site admin is no member of the project
REVIEWER: Profile = (None, 404, 403, OK, OK, OK)
LEAD: Profile = (None, 404, 403, 403, OK, OK)
OWNER: Profile = (None, 404, OK, 404, 404, 404)  # what the annotator alone holds
JUDGES_WHAT_IS_HELD: Profile = (None, 404, OK, 404, 404, 403)
MAKES_PROJECTS: Profile = (None, 403, 403, 403, OK, OK)
HEARS: Profile = (None, 404, 404, 404, OK, 404)  # an admin who leads no project hears of none
SITE_ADMIN: Profile = (None, 403, 403, 403, 403, OK)
OF_PROJECT_BUT_ADMINS: Profile = (None, 404, 403, 403, 403, OK)
LEAD_BUT_ADMINS: Profile = (None, 404, 403, 403, 403, OK)  # as long as leads keep none
READS_TRAINING: Profile = (None, 404, 404, 404, OK, OK)
CHANGES_TRAINING: Profile = (None, 404, 404, 404, 403, OK)
DESK: Profile = (None, 403, 403, 403, OK, OK)
SIGNS_IN: Profile = (OK, 302, 302, 302, 302, 302)  # whoever is signed in goes home
ADMIN_SITE: Profile = (*[TO_SIGN_IN] * 5, OK)


@dataclass(frozen=True)
class Row:
    profile: Profile
    status: int = 200
    body: Callable[[Ground], dict[str, Any]] | dict[str, Any] = field(default_factory=dict)
    names: tuple[tuple[str, str], ...] = ()  # which of the ground's ids the address means


def ids(**names: str) -> tuple[tuple[str, str], ...]:
    return tuple(names.items())


def verdict_on(ground: Ground) -> dict[str, Any]:
    return {"lease": str(ground.ids["lease"]), "verdict": "left", "key": "k"}


def both_projects(ground: Ground) -> dict[str, Any]:
    return {"projects": [ground.project.slug, ground.beside.slug]}


SKIP = {"reason": "other"}
API = "api/v1/"
IN_PROJECT = "api/v1/projects/<slug:slug>/"
PAGES = "projects/<slug:slug>/"
DOCS = f"{API}docs/"  # a page for people

TABLE: dict[str, dict[str, Row]] = {
    # --- the API: projects and judging
    f"{API}projects/": {
        "GET": Row(SIGNED_IN),
        "POST": Row(MAKES_PROJECTS, 201, {"name": "New"}),
    },
    IN_PROJECT: {"GET": Row(MEMBER), "PATCH": Row(LEAD, 200, {"overlap": 4})},
    f"{IN_PROJECT}protocols/": {
        "GET": Row(MEMBER),
        "POST": Row(LEAD, 201, {"declaration": {"verdicts": ["first", "second"]}}),
    },
    f"{IN_PROJECT}progress/": {"GET": Row(LEAD)},
    f"{IN_PROJECT}overview/": {"GET": Row(LEAD)},
    f"{IN_PROJECT}members/": {
        "GET": Row(LEAD),
        "POST": Row(LEAD, 201, {"username": "stranger"}),
    },
    f"{IN_PROJECT}members/<uuid:public_id>/": {
        "GET": Row(LEAD, names=ids(public_id="member")),
        "PATCH": Row(LEAD, 200, {"cohort": "late"}, ids(public_id="member")),
        "DELETE": Row(LEAD, 204, names=ids(public_id="member")),
    },
    f"{IN_PROJECT}groups/": {"GET": Row(LEAD), "POST": Row(LEAD, 201, {"name": "South"})},
    f"{IN_PROJECT}groups/<uuid:public_id>/": {
        "GET": Row(LEAD, names=ids(public_id="member_group")),
        "PATCH": Row(LEAD, 200, {"name": "Far north"}, ids(public_id="member_group")),
        "DELETE": Row(LEAD, 204, names=ids(public_id="member_group")),
    },
    f"{IN_PROJECT}groups/<uuid:public_id>/members/": {
        "POST": Row(LEAD, names=ids(public_id="member_group"))
    },
    f"{IN_PROJECT}invitations/": {"GET": Row(LEAD), "POST": Row(LEAD, 201)},
    f"{IN_PROJECT}invitations/<uuid:public_id>/": {
        "DELETE": Row(LEAD, 204, names=ids(public_id="invitation"))
    },
    f"{IN_PROJECT}quality/": {"GET": Row(LEAD), "PATCH": Row(LEAD, 200, {"gold_every": 10})},
    f"{IN_PROJECT}preview/": {"POST": Row(LEAD, 200, {"min_judgements": 3})},
    f"{IN_PROJECT}quality/people/": {"GET": Row(LEAD)},
    f"{IN_PROJECT}quality/overlap/": {"GET": Row(LEAD)},
    f"{IN_PROJECT}members/<uuid:public_id>/go-on/": {
        "POST": Row(LEAD, names=ids(public_id="member"))
    },
    f"{IN_PROJECT}members/<uuid:public_id>/judge-again/": {
        "POST": Row(LEAD, 200, {"since": "2026-01-01T00:00:00Z"}, ids(public_id="member"))
    },
    # a body in JSON is not what imports take: that is said only to those who may import
    f"{IN_PROJECT}imports/": {"GET": Row(LEAD), "POST": Row(LEAD, 415)},
    f"{IN_PROJECT}imports/preview/": {"POST": Row(LEAD, 415)},
    f"{IN_PROJECT}imports/hub/": {
        "POST": Row(LEAD, 202, {"dataset": "owner/name", "path": "data.jsonl"})
    },
    f"{API}hub-fetches/<uuid:public_id>/": {"GET": Row(LEAD, names=ids(public_id="hub_fetch"))},
    f"{API}imports/<uuid:public_id>/": {"GET": Row(LEAD, names=ids(public_id="import"))},
    f"{IN_PROJECT}exports/": {"GET": Row(LEAD), "POST": Row(LEAD, 400, {"format": "no such"})},
    f"{API}exports/<uuid:public_id>/": {"GET": Row(LEAD, names=ids(public_id="export"))},
    f"{API}endpoints/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN, 400)},
    f"{API}endpoints/<uuid:public_id>/": {
        "GET": Row(SITE_ADMIN, names=ids(public_id="endpoint")),
        "PATCH": Row(SITE_ADMIN, 200, {"most_at_once": 2}, ids(public_id="endpoint")),
    },
    f"{API}endpoints/<uuid:public_id>/try/": {
        "POST": Row(SITE_ADMIN, 400, {"model": "no such"}, ids(public_id="endpoint"))
    },
    f"{IN_PROJECT}endpoints/": {"GET": Row(LEAD)},
    f"{IN_PROJECT}answers/": {"GET": Row(LEAD), "POST": Row(LEAD, 400)},
    f"{IN_PROJECT}answers/estimate/": {"POST": Row(LEAD, 400)},
    f"{API}answers/<uuid:public_id>/": {"GET": Row(LEAD, names=ids(public_id="generation"))},
    f"{API}answers/<uuid:public_id>/cancel/": {
        "POST": Row(LEAD, 202, names=ids(public_id="generation"))
    },
    f"{API}answers/<uuid:public_id>/resume/": {  # it still waits
        "POST": Row(LEAD, 409, names=ids(public_id="generation"))
    },
    f"{IN_PROJECT}arenas/": {"GET": Row(LEAD), "POST": Row(LEAD, 400)},
    f"{API}arenas/<uuid:public_id>/": {"GET": Row(LEAD, names=ids(public_id="arena"))},
    f"{API}arenas/<uuid:public_id>/close/": {"POST": Row(LEAD, names=ids(public_id="arena"))},
    f"{API}arenas/<uuid:public_id>/reopen/": {  # it is open
        "POST": Row(LEAD, 409, names=ids(public_id="arena"))
    },
    f"{API}arenas/<uuid:public_id>/meetings/": {"GET": Row(LEAD, names=ids(public_id="arena"))},
    f"{IN_PROJECT}next/": {"POST": Row(JUDGING)},
    f"{IN_PROJECT}offline/": {
        "GET": Row(MEMBER),
        "POST": Row(JUDGING, 409),  # the project offers none
        "DELETE": Row(JUDGING, 204),
    },
    f"{IN_PROJECT}judgements/": {
        "GET": Row(LEAD),
        "POST": Row(JUDGES_WHAT_IS_HELD, 201, verdict_on),
    },
    f"{API}judgements/<uuid:public_id>/": {"DELETE": Row(OWNER, names=ids(public_id="judgement"))},
    f"{IN_PROJECT}history/": {"GET": Row(MEMBER)},
    f"{IN_PROJECT}history/gold/": {"GET": Row(MEMBER, 409)},  # the project tells nobody
    f"{API}leases/<uuid:public_id>/": {"DELETE": Row(OWNER, 204, names=ids(public_id="lease"))},
    f"{API}leases/<uuid:public_id>/skip/": {
        "POST": Row(OWNER, 204, SKIP, ids(public_id="lease")),
        "DELETE": Row(OWNER, 409, {}, ids(public_id="lease")),  # it was not skipped
    },
    f"{API}leases/<uuid:public_id>/flag/": {"POST": Row(OWNER, 204, SKIP, ids(public_id="lease"))},
    f"{API}leases/<uuid:public_id>/renew/": {"POST": Row(OWNER, names=ids(public_id="lease"))},
    f"{IN_PROJECT}comparisons/": {"GET": Row(REVIEWER)},
    f"{IN_PROJECT}bulk-changes/": {
        "GET": Row(LEAD),
        "POST": Row(LEAD, 202, {"action": "priority", "value": "1", "query": ""}),
    },
    f"{IN_PROJECT}bulk-changes/preview/": {
        "POST": Row(LEAD, 200, {"action": "archive", "query": ""})
    },
    f"{API}bulk-changes/<uuid:public_id>/": {"GET": Row(LEAD, names=ids(public_id="bulk_change"))},
    f"{API}bulk-changes/<uuid:public_id>/cancel/": {
        "POST": Row(LEAD, 202, names=ids(public_id="bulk_change"))
    },
    f"{API}bulk-changes/<uuid:public_id>/undo/": {
        "POST": Row(LEAD, 409, names=ids(public_id="bulk_change"))  # it is not over
    },
    f"{IN_PROJECT}saved-views/": {
        "GET": Row(REVIEWER),
        "POST": Row(REVIEWER, 201, {"name": "Another", "query": "done=true"}),
    },
    f"{API}saved-views/<uuid:public_id>/": {
        "DELETE": Row(LEAD, 204, names=ids(public_id="saved_view"))  # or whoever saved it
    },
    f"{API}comparisons/<uuid:public_id>/": {
        "GET": Row(REVIEWER, names=ids(public_id="comparison"))
    },
    f"{API}comparisons/<uuid:public_id>/lineage/": {
        "GET": Row(LEAD, names=ids(public_id="comparison"))
    },
    f"{API}comparisons/<uuid:public_id>/adjudications/": {
        "GET": Row(REVIEWER, names=ids(public_id="comparison")),
        "POST": Row(REVIEWER, 201, {"verdict": "tie"}, ids(public_id="comparison")),
    },
    f"{API}comparisons/<uuid:public_id>/triages/": {
        "GET": Row(REVIEWER, names=ids(public_id="comparison")),
        "POST": Row(REVIEWER, 201, {"why": "noise"}, ids(public_id="comparison")),
    },
    f"{IN_PROJECT}appeals/": {"GET": Row(LEAD)},
    f"{API}judgements/<uuid:public_id>/appeal/": {  # it is of no gold
        "POST": Row(OWNER, 409, {"text": "No."}, ids(public_id="judgement"))
    },
    f"{API}appeals/<uuid:public_id>/answer/": {
        "POST": Row(LEAD, 200, {"is_granted": False}, ids(public_id="appeal"))
    },
    f"{API}comparisons/<uuid:public_id>/gold/": {
        "PUT": Row(LEAD, 200, {"verdict": "tie"}, ids(public_id="comparison")),
        "DELETE": Row(LEAD, 204, names=ids(public_id="comparison")),
    },
    f"{API}flags/<uuid:public_id>/close/": {
        "POST": Row(REVIEWER, 204, names=ids(public_id="flag"))
    },
    f"{IN_PROJECT}agreement/": {"GET": Row(REVIEWER, 202)},
    f"{API}merged-agreements/": {"POST": Row(REVIEWER, 202, both_projects)},
    f"{API}merged-agreements/<uuid:public_id>/": {
        "GET": Row(REVIEWER, 202, names=ids(public_id="merged"))
    },
    f"{IN_PROJECT}preferences/": {"GET": Row(LEAD)},
    f"{API}tokens/": {"GET": Row(SIGNED_IN), "POST": Row(SIGNED_IN, 201, {"name": "mine"})},
    f"{API}tokens/<uuid:public_id>/": {"DELETE": Row(OWNER, 204, names=ids(public_id="token"))},
    # --- the API: training
    f"{API}snapshots/": {"GET": Row(SIGNED_IN), "POST": Row(SITE_ADMIN, 400)},
    f"{API}snapshots/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="snapshot"))
    },
    f"{API}snapshots/<uuid:public_id>/pairs/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="snapshot"))
    },
    f"{API}snapshots/<uuid:public_id>/advice/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="snapshot"))
    },
    f"{API}snapshots/<uuid:public_id>/lineage/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="snapshot"))
    },
    f"{API}snapshots/<uuid:public_id>/download/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="snapshot"))
    },
    f"{API}snapshots/<uuid:public_id>/archive/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="snapshot"))
    },
    f"{API}runs/": {"GET": Row(SIGNED_IN), "POST": Row(SITE_ADMIN, 400)},
    f"{API}runs/<uuid:public_id>/": {"GET": Row(READS_TRAINING, names=ids(public_id="run"))},
    f"{API}runs/<uuid:public_id>/metrics/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="run"))
    },
    f"{API}runs/<uuid:public_id>/tensorboard/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="run"))
    },
    f"{API}runs/<uuid:public_id>/log/": {"GET": Row(READS_TRAINING, names=ids(public_id="run"))},
    f"{API}runs/<uuid:public_id>/cancel/": {
        "POST": Row(CHANGES_TRAINING, 202, names=ids(public_id="waiting_run"))
    },
    f"{API}runs/<uuid:public_id>/resume/": {
        "POST": Row(CHANGES_TRAINING, 202, names=ids(public_id="cancelled_run"))
    },
    f"{API}compare/": {"GET": Row(SIGNED_IN, 400)},  # without saying what
    f"{API}compare/curves/": {"GET": Row(SIGNED_IN, 400)},
    f"{API}sweeps/": {"GET": Row(SIGNED_IN), "POST": Row(SITE_ADMIN, 400)},
    f"{API}sweeps/<uuid:public_id>/": {"GET": Row(READS_TRAINING, names=ids(public_id="sweep"))},
    f"{API}sweeps/<uuid:public_id>/cancel/": {
        "POST": Row(CHANGES_TRAINING, 202, names=ids(public_id="sweep"))
    },
    f"{API}checkpoints/": {"GET": Row(SIGNED_IN), "POST": Row(SITE_ADMIN, 400)},
    f"{API}checkpoints/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="checkpoint"))
    },
    f"{API}checkpoints/<uuid:public_id>/lineage/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="checkpoint"))
    },
    f"{API}checkpoints/<uuid:public_id>/download/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="checkpoint"))
    },
    f"{IN_PROJECT}aliases/": {
        "GET": Row(LEAD),
        "POST": Row(LEAD_BUT_ADMINS, 400, {"name": "champion", "checkpoint": None, "seen": 0}),
    },
    f"{IN_PROJECT}aliases/<uuid:public_id>/restore/": {
        "POST": Row(LEAD, 409, {"seen": 7}, names=ids(public_id="alias"))
    },
    f"{IN_PROJECT}gate/": {
        "GET": Row(LEAD),
        "PATCH": Row(LEAD_BUT_ADMINS, 200, {"min_prompts": 9}),
    },
    f"{API}proposals/": {"GET": Row(SIGNED_IN), "POST": Row(SITE_ADMIN, 400)},
    f"{API}proposals/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="proposal"))
    },
    f"{API}proposals/<uuid:public_id>/accept/": {
        "POST": Row(READS_TRAINING, 409, {"seen": "other"}, names=ids(public_id="proposal"))
    },
    f"{API}proposals/<uuid:public_id>/reject/": {
        "POST": Row(READS_TRAINING, 400, names=ids(public_id="proposal"))
    },
    f"{API}registrations/": {"GET": Row(SITE_ADMIN)},
    f"{API}registrations/<uuid:public_id>/": {
        "GET": Row(SITE_ADMIN, names=ids(public_id="registration"))
    },
    f"{API}evaluations/": {"GET": Row(SIGNED_IN)},
    f"{API}evaluations/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="evaluation"))
    },
    f"{API}evaluations/<uuid:public_id>/report/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="evaluation"))
    },
    f"{API}recipes/": {"GET": Row(SIGNED_IN), "POST": Row(SITE_ADMIN, 400)},
    f"{API}recipes/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="recipe")),
        "PATCH": Row(CHANGES_TRAINING, 200, {"is_paused": False}, ids(public_id="recipe")),
    },
    f"{API}recipes/<uuid:public_id>/versions/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="recipe"))
    },
    f"{API}recipes/<uuid:public_id>/start/": {
        "POST": Row(CHANGES_TRAINING, 201, names=ids(public_id="recipe"))
    },
    f"{IN_PROJECT}budget/": {
        "GET": Row(LEAD),
        "PUT": Row(OF_PROJECT_BUT_ADMINS, 200, {"weekly_seconds": None, "most_runs": 2}),
    },
    f"{API}rounds/": {"GET": Row(SIGNED_IN)},
    f"{API}rounds/<uuid:public_id>/": {"GET": Row(READS_TRAINING, names=ids(public_id="round"))},
    f"{API}rounds/<uuid:public_id>/cancel/": {
        "POST": Row(CHANGES_TRAINING, 202, names=ids(public_id="round"))
    },
    f"{API}rounds/<uuid:public_id>/resume/": {
        "POST": Row(CHANGES_TRAINING, 202, names=ids(public_id="failed_round"))
    },
    f"{API}arenas/": {"POST": Row(SITE_ADMIN, 400)},
    f"{API}schedules/": {"GET": Row(SIGNED_IN), "POST": Row(SITE_ADMIN, 400)},
    f"{API}schedules/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="schedule")),
        "PATCH": Row(CHANGES_TRAINING, 200, {"name": "Other"}, ids(public_id="schedule")),
    },
    **{
        f"{API}schedules/<uuid:public_id>/{what}/": {
            "GET": Row(READS_TRAINING, names=ids(public_id="schedule"))
        }
        for what in ("checks", "dry-run", "back-test")
    },
    **{
        f"{API}schedules/<uuid:public_id>/{what}/": {
            "POST": Row(CHANGES_TRAINING, status, {}, ids(public_id="schedule"))
        }
        for what, status in (("run", 200), ("pause", 200), ("unpause", 200), ("token", 201))
    },
    f"{API}schedules/<uuid:public_id>/hook/": {  # its own token opens it, and nobody's sign-in
        "POST": Row((401,) * 6, 401, {}, ids(public_id="schedule"))
    },
    f"{API}notices/": {"GET": Row(SIGNED_IN)},
    f"{API}notices/<uuid:public_id>/read/": {
        "POST": Row(HEARS, 204, names=ids(public_id="notice"))
    },
    f"{IN_PROJECT}notice-rules/": {
        "GET": Row(LEAD),
        "PATCH": Row(LEAD, 200, {"kind": "queue", "bound": 12}),
    },
    f"{IN_PROJECT}webhooks/": {"GET": Row(LEAD), "POST": Row(LEAD, 400)},
    f"{API}webhooks/<uuid:public_id>/": {
        "GET": Row(LEAD, names=ids(public_id="webhook")),
        "PATCH": Row(LEAD, 200, {"name": "Other"}, ids(public_id="webhook")),
        "DELETE": Row(LEAD, 204, names=ids(public_id="webhook")),
    },
    f"{API}webhooks/<uuid:public_id>/try/": {
        "POST": Row(LEAD, 202, names=ids(public_id="webhook"))
    },
    f"{API}webhooks/<uuid:public_id>/deliveries/": {
        "GET": Row(LEAD, names=ids(public_id="webhook"))
    },
    f"{API}deliveries/": {"GET": Row(SITE_ADMIN)},
    f"{API}deliveries/<uuid:public_id>/": {"GET": Row(SITE_ADMIN, names=ids(public_id="letter"))},
    f"{API}deliveries/<uuid:public_id>/send-again/": {
        "POST": Row(SITE_ADMIN, 202, names=ids(public_id="letter"))
    },
    f"{API}retention/": {
        "GET": Row(SITE_ADMIN),
        "PATCH": Row(SITE_ADMIN, 200, {"keep_best": 2}),
    },
    f"{API}retention/preview/": {"GET": Row(SITE_ADMIN)},
    f"{API}retention/delete/": {
        "POST": Row(SITE_ADMIN, 200, {"checkpoints": ["5f1b0e2c-8d5c-4f27-9d4e-6a5f0c1b2a3d"]})
    },
    f"{API}workers/": {"GET": Row(SITE_ADMIN)},
    f"{API}workers/<uuid:public_id>/": {"GET": Row(SITE_ADMIN, names=ids(public_id="worker"))},
    f"{API}workers/<uuid:public_id>/drain/": {
        "POST": Row(SITE_ADMIN, names=ids(public_id="worker"))
    },
    f"{API}workers/<uuid:public_id>/go-on/": {
        "POST": Row(SITE_ADMIN, names=ids(public_id="worker"))
    },
    f"{API}schema/": {"GET": Row(SIGNED_IN)},
    DOCS: {"GET": Row(SIGNED_IN)},
    # --- pages: everybody's
    "favicon.ico": {"GET": Row(ANYBODY, 302)},
    # --- pages: oneself
    "": {"GET": Row(SIGNED_IN)},
    # Django's own view changes the language by POST, and sends every other method back
    "i18n/setlang/": dict.fromkeys(METHODS, Row(ANYBODY, 302, {"language": "en"})),
    "sign-in/": {
        **dict.fromkeys(("GET", "POST", "PUT"), Row(SIGNS_IN)),
        **dict.fromkeys(("PATCH", "DELETE"), Row(SIGNS_IN, 405)),
    },
    # whoever has the link may see what it is for, and members are sent on to it; a form without
    # a name makes no account
    "join/<str:plain>/": {
        "GET": Row((OK, OK, 302, 302, 302, OK), names=ids(plain="link")),
        "POST": Row((200, OK, OK, OK, OK, OK), 302, names=ids(plain="link")),
    },
    "sign-out/": {"POST": Row(ANYBODY, 302)},
    "account/": {"GET": Row(SIGNED_IN)},
    "account/language/": {"POST": Row(SIGNED_IN, 302, {"language": "en"})},
    "account/password/": {"POST": Row(SIGNED_IN, 400)},
    "sign-in/code/": dict.fromkeys(("GET", "POST"), Row(ANYBODY, 302)),  # nobody waits for a code
    # without a provider there is none of this; tests/annotate/signing_in has one
    "sign-in/sso/": {"GET": Row((404,) * 6)},
    "sign-in/sso/back/": {"GET": Row((404,) * 6)},
    "account/sso/connect/": {"POST": Row((None, *(404,) * 5))},
    "account/sso/disconnect/": {"POST": Row((None, *(404,) * 5))},
    "account/second-factor/": {"GET": Row(SIGNED_IN)},
    "account/second-factor/begin/": {"POST": Row(SIGNED_IN, 400)},
    **{
        f"account/second-factor/{what}/": {"POST": Row(SIGNED_IN, 400)}
        for what in ("on", "codes", "off")
    },
    "account/tokens/": {"POST": Row(SIGNED_IN, 201, {"name": "mine"})},
    "account/tokens/<uuid:token_id>/revoke/": {
        "POST": Row(OWNER, 302, names=ids(token_id="token"))
    },
    # --- pages: endpoints; tests/annotate/views/test_endpoints.py has leads who may keep them
    "endpoints/": {"GET": Row(SITE_ADMIN)},
    "endpoints/new/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "endpoints/<uuid:endpoint_id>/": {
        "GET": Row(OF_PROJECT_BUT_ADMINS, names=ids(endpoint_id="endpoint")),
        "POST": Row(OF_PROJECT_BUT_ADMINS, 200, {}, ids(endpoint_id="endpoint")),
    },
    "endpoints/<uuid:endpoint_id>/try/": {
        "POST": Row(OF_PROJECT_BUT_ADMINS, 302, {"model": "no such"}, ids(endpoint_id="endpoint"))
    },
    f"{PAGES}endpoints/new/": {"GET": Row(LEAD_BUT_ADMINS), "POST": Row(LEAD_BUT_ADMINS)},
    # --- pages: notices; those of a project are for its leads
    "notices/": {"GET": Row(SIGNED_IN)},
    "notices/bell/": {"GET": Row(SIGNED_IN)},
    "notices/read/": {"POST": Row(SIGNED_IN, 302)},
    "notices/settings/": {"GET": Row(SIGNED_IN), "POST": Row(SIGNED_IN, 302)},
    "notices/settings/again/": {"POST": Row(SIGNED_IN, 302)},
    **{
        f"notices/<uuid:notice_id>/{what}/": {"POST": Row(HEARS, 302, {}, ids(notice_id="notice"))}
        for what in ("read", "snooze", "mute")
    },
    # --- pages: e-mail
    "mail/": {"GET": Row(SITE_ADMIN)},
    "mail/trial/": {"POST": Row(SITE_ADMIN, 302)},
    "mail/<uuid:delivery_id>/": {"GET": Row(SITE_ADMIN, names=ids(delivery_id="letter"))},
    "mail/<uuid:delivery_id>/again/": {
        "POST": Row(SITE_ADMIN, 302, names=ids(delivery_id="letter"))
    },
    # --- pages: projects
    "projects/new/": {"GET": Row(MAKES_PROJECTS), "POST": Row(MAKES_PROJECTS)},
    PAGES: {"GET": Row(MEMBER)},
    f"{PAGES}guidelines/": {"GET": Row(MEMBER), "POST": Row(MEMBER, 302)},
    f"{PAGES}settings/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}protocol/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}judge/": {"GET": Row(MEMBER)},
    f"{PAGES}judge/submit/": {"GET": Row(MEMBER, 302), "POST": Row(MEMBER, 400)},
    f"{PAGES}judge/skip/": {"POST": Row(MEMBER, 302)},
    f"{PAGES}judge/flag/": {"GET": Row(MEMBER, 302), "POST": Row(MEMBER, 400)},
    f"{PAGES}judge/undo/": {"POST": Row(MEMBER, 302)},
    f"{PAGES}judge/renew/": {"POST": Row(MEMBER, 302)},
    f"{PAGES}judge/offline/": {"GET": Row(MEMBER)},
    f"{PAGES}judge/offline/worker.js": {"GET": Row(MEMBER)},
    f"{PAGES}judge/offline/state/": {"GET": Row(MEMBER)},
    f"{PAGES}judge/offline/take/": {"POST": Row(JUDGING, 409)},  # the project offers none
    f"{PAGES}judge/offline/send/": {"POST": Row(MEMBER, 409)},  # it names nobody
    f"{PAGES}judge/offline/give-back/": {"POST": Row(JUDGING)},
    f"{PAGES}history/": {"GET": Row(MEMBER)},
    f"{PAGES}agreement/": {"GET": Row(REVIEWER), "POST": Row(REVIEWER, 302)},
    f"{PAGES}notices/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}notices/webhooks/new/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}notices/webhooks/<uuid:webhook_id>/": {
        "GET": Row(LEAD, names=ids(webhook_id="webhook")),
        "POST": Row(LEAD, 200, {}, ids(webhook_id="webhook")),
    },
    f"{PAGES}notices/webhooks/<uuid:webhook_id>/try/": {
        "POST": Row(LEAD, 302, names=ids(webhook_id="webhook"))
    },
    f"{PAGES}notices/webhooks/<uuid:webhook_id>/delete/": {
        "POST": Row(LEAD, 302, names=ids(webhook_id="webhook"))
    },
    f"{PAGES}notices/deliveries/<uuid:delivery_id>/": {
        "GET": Row(LEAD, names=ids(delivery_id="called"))
    },
    f"{PAGES}notices/deliveries/<uuid:delivery_id>/again/": {
        "POST": Row(LEAD, 302, names=ids(delivery_id="called"))
    },
    f"{PAGES}members/": {"GET": Row(LEAD)},
    f"{PAGES}members/list.csv": {"GET": Row(LEAD)},
    f"{PAGES}members/changes/": {"POST": Row(LEAD, 302)},
    f"{PAGES}members/groups/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}members/groups/<uuid:group_id>/name/": {
        "POST": Row(LEAD, 302, {"name": "Far north"}, ids(group_id="member_group"))
    },
    f"{PAGES}members/groups/<uuid:group_id>/give-up/": {
        "POST": Row(LEAD, 302, names=ids(group_id="member_group"))
    },
    f"{PAGES}members/<uuid:member_id>/groups/": {
        "POST": Row(LEAD, 302, names=ids(member_id="member"))
    },
    f"{PAGES}members/add/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}members/add/list/": {"POST": Row(LEAD, 400)},
    f"{PAGES}members/invitations/": {
        "POST": Row(LEAD, 201, {"role": "annotator", "most_uses": 1, "days": 7})
    },
    f"{PAGES}members/invitations/<uuid:invitation_id>/withdraw/": {
        "POST": Row(LEAD, 302, names=ids(invitation_id="invitation"))
    },
    f"{PAGES}history/appeals/": {
        "POST": Row(
            (None, 404, OK, 404, 404, 404),
            302,
            lambda ground: {"judgement": str(ground.ids["judgement"]), "text": "No."},
        )
    },
    f"{PAGES}quality/appeals/<uuid:appeal_id>/": {
        "POST": Row(LEAD, 302, {"is_granted": "0"}, ids(appeal_id="appeal"))
    },
    f"{PAGES}quality/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}quality/proposals/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}quality/people/<uuid:member_id>/": {"GET": Row(LEAD, names=ids(member_id="member"))},
    f"{PAGES}quality/people/<uuid:member_id>/pause/": {
        "POST": Row(LEAD, 302, {"is_active": "0"}, names=ids(member_id="member"))
    },
    f"{PAGES}quality/people/<uuid:member_id>/go-on/": {
        "POST": Row(LEAD, 302, names=ids(member_id="member"))
    },
    f"{PAGES}quality/people/<uuid:member_id>/judge-again/": {
        "POST": Row(LEAD, 302, {"since": "2026-01-01"}, ids(member_id="member"))
    },
    f"{PAGES}members/<uuid:member_id>/": {
        "GET": Row(LEAD, names=ids(member_id="member")),
        "POST": Row(LEAD, 302, {"role": "annotator"}, ids(member_id="member")),
    },
    f"{PAGES}imports/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}imports/formats/": {"GET": Row(LEAD)},
    f"{PAGES}imports/hub/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}imports/hub/<uuid:fetch_id>/": {"GET": Row(LEAD, names=ids(fetch_id="hub_fetch"))},
    f"{PAGES}imports/uploads/<uuid:upload_id>/": {
        "GET": Row(LEAD, names=ids(upload_id="upload")),
        "POST": Row(LEAD, 302, {"discard": ""}, ids(upload_id="upload")),
    },
    f"{PAGES}imports/<uuid:import_id>/": {"GET": Row(LEAD, names=ids(import_id="import"))},
    f"{PAGES}answers/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}answers/<uuid:generation_id>/": {
        "GET": Row(LEAD, names=ids(generation_id="generation"))
    },
    f"{PAGES}answers/<uuid:generation_id>/cancel/": {
        "POST": Row(LEAD, 302, names=ids(generation_id="generation"))
    },
    f"{PAGES}answers/<uuid:generation_id>/resume/": {
        "POST": Row(LEAD, 302, names=ids(generation_id="generation"))
    },
    f"{PAGES}arenas/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}arenas/<uuid:arena_id>/": {"GET": Row(LEAD, names=ids(arena_id="arena"))},
    f"{PAGES}arenas/<uuid:arena_id>/close/": {"POST": Row(LEAD, 302, names=ids(arena_id="arena"))},
    f"{PAGES}arenas/<uuid:arena_id>/reopen/": {"POST": Row(LEAD, 302, names=ids(arena_id="arena"))},
    f"{PAGES}exports/": {"GET": Row(LEAD), "POST": Row(LEAD)},
    f"{PAGES}exports/<uuid:export_id>/": {"GET": Row(LEAD, names=ids(export_id="export"))},
    f"{PAGES}rulings/": {"GET": Row(REVIEWER), "POST": Row(REVIEWER, 302)},
    f"{PAGES}rulings/<uuid:comparison_id>/comment/": {
        "GET": Row(REVIEWER, 302, names=ids(comparison_id="comparison")),
        "POST": Row(REVIEWER, 409, names=ids(comparison_id="comparison")),  # nobody has ruled yet
    },
    f"{PAGES}exports/<uuid:export_id>/croissant.json": {
        "GET": Row(LEAD, names=ids(export_id="export"))
    },
    f"{PAGES}exports/<uuid:export_id>/dataset_info.json": {
        "GET": Row(LEAD, 404, names=ids(export_id="export"))  # it is of another format
    },
    f"{PAGES}comparisons/": {"GET": Row(REVIEWER)},
    f"{PAGES}comparisons/change/": {"POST": Row(LEAD, 200, {"action": "archive"})},
    f"{PAGES}comparisons/changes/": {"GET": Row(LEAD)},
    f"{PAGES}comparisons/changes/<uuid:change_id>/": {
        "GET": Row(LEAD, names=ids(change_id="bulk_change"))
    },
    **{
        f"{PAGES}comparisons/changes/<uuid:change_id>/{what}/": {
            "POST": Row(LEAD, 302, names=ids(change_id="bulk_change"))
        }
        for what in ("cancel", "undo")
    },
    f"{PAGES}comparisons/views/": {"POST": Row(REVIEWER, 302, {"name": "Another"})},
    f"{PAGES}comparisons/views/<uuid:view_id>/": {
        "GET": Row(REVIEWER, 302, names=ids(view_id="saved_view"))
    },
    f"{PAGES}comparisons/views/<uuid:view_id>/delete/": {
        "POST": Row(LEAD, 302, names=ids(view_id="saved_view"))  # or whoever saved it
    },
    f"{PAGES}comparisons/<uuid:comparison_id>/": {
        "GET": Row(REVIEWER, names=ids(comparison_id="comparison")),
        "POST": Row(REVIEWER, 302, {"verdict": "tie"}, ids(comparison_id="comparison")),
    },
    f"{PAGES}comparisons/<uuid:comparison_id>/flags/<uuid:flag_id>/close/": {
        "POST": Row(REVIEWER, 302, names=ids(comparison_id="comparison", flag_id="flag")),
    },
    f"{PAGES}comparisons/<uuid:comparison_id>/triage/": {
        "POST": Row(REVIEWER, 302, {"why": "noise"}, ids(comparison_id="comparison")),
    },
    f"{PAGES}comparisons/<uuid:comparison_id>/gold/": {
        "POST": Row(LEAD, 302, {"verdict": "tie"}, ids(comparison_id="comparison")),
    },
    # --- pages: training
    "training/": {"GET": Row(DESK)},
    "training/snapshots/": {"GET": Row(DESK)},
    "training/snapshots/new/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/snapshots/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="snapshot"))
    },
    "training/snapshots/<uuid:public_id>/download/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="snapshot"))
    },
    "training/snapshots/<uuid:public_id>/archive/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="snapshot"))
    },
    "training/runs/": {"GET": Row(DESK)},
    "training/runs/new/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/runs/<uuid:public_id>/": {"GET": Row(READS_TRAINING, names=ids(public_id="run"))},
    "training/runs/<uuid:public_id>/live/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="run"))
    },
    "training/runs/<uuid:public_id>/curves/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="run"))
    },
    "training/runs/<uuid:public_id>/tensorboard/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="run"))
    },
    "training/runs/<uuid:public_id>/cancel/": {
        "POST": Row(CHANGES_TRAINING, 302, names=ids(public_id="waiting_run"))
    },
    "training/runs/<uuid:public_id>/resume/": {
        "POST": Row(CHANGES_TRAINING, 302, names=ids(public_id="cancelled_run"))
    },
    "training/compare/": {"GET": Row(DESK)},
    "training/compare/curves/": {"GET": Row(DESK)},
    "training/compare/download/": {"GET": Row(DESK)},
    "training/sweeps/": {"GET": Row(DESK)},
    "training/sweeps/new/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/sweeps/<uuid:public_id>/": {"GET": Row(READS_TRAINING, names=ids(public_id="sweep"))},
    "training/sweeps/<uuid:public_id>/cancel/": {
        "POST": Row(CHANGES_TRAINING, 302, names=ids(public_id="sweep"))
    },
    "training/recipes/": {"GET": Row(DESK)},
    "training/recipes/add/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/recipes/new/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/recipes/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="recipe"))
    },
    "training/recipes/<uuid:public_id>/json/": {
        "GET": Row(CHANGES_TRAINING, names=ids(public_id="recipe")),
        "POST": Row(CHANGES_TRAINING, names=ids(public_id="recipe")),
    },
    "training/recipes/<uuid:public_id>/start/": {
        "POST": Row(CHANGES_TRAINING, 302, names=ids(public_id="recipe"))
    },
    "training/recipes/<uuid:public_id>/pause/": {
        "POST": Row(CHANGES_TRAINING, 302, names=ids(public_id="recipe"))
    },
    "training/recipes/<uuid:public_id>/rounds/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="recipe"))
    },
    "training/recipes/<uuid:public_id>/steps/new/": {
        "GET": Row(CHANGES_TRAINING, names=ids(public_id="recipe")),
        "POST": Row(CHANGES_TRAINING, names=ids(public_id="recipe")),
    },
    "training/recipes/<uuid:public_id>/steps/<int:number>/": {
        "GET": Row(CHANGES_TRAINING, names=ids(public_id="recipe")),
        "POST": Row(CHANGES_TRAINING, names=ids(public_id="recipe")),
    },
    "training/recipes/<uuid:public_id>/steps/<int:number>/remove/": {
        "POST": Row(CHANGES_TRAINING, 302, names=ids(public_id="recipe"))
    },
    "training/recipes/<uuid:public_id>/steps/<int:number>/earlier/": {
        "POST": Row(CHANGES_TRAINING, 302, names=ids(public_id="recipe"))
    },
    "training/budgets/": {"GET": Row(DESK)},
    "training/budgets/<slug:slug>/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/rounds/": {"GET": Row(DESK)},
    "training/rounds/<uuid:public_id>/": {"GET": Row(READS_TRAINING, names=ids(public_id="round"))},
    "training/rounds/<uuid:public_id>/cancel/": {
        "POST": Row(CHANGES_TRAINING, 302, names=ids(public_id="round"))
    },
    "training/rounds/<uuid:public_id>/resume/": {
        "POST": Row(CHANGES_TRAINING, 302, names=ids(public_id="failed_round"))
    },
    "training/schedules/": {"GET": Row(DESK)},
    "training/schedules/new/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/schedules/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="schedule"))
    },
    "training/schedules/<uuid:public_id>/back-test/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="schedule"))
    },
    "training/schedules/<uuid:public_id>/change/": {
        "GET": Row(CHANGES_TRAINING, names=ids(public_id="schedule")),
        "POST": Row(CHANGES_TRAINING, 200, {}, ids(public_id="schedule")),
    },
    **{
        f"training/schedules/<uuid:public_id>/{what}/": {
            "POST": Row(CHANGES_TRAINING, status, {}, ids(public_id="schedule"))
        }
        for what, status in (("run", 302), ("pause", 302), ("token", 201))
    },
    "training/sample/new/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/arenas/new/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/evaluations/new/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/evaluations/<uuid:public_id>/report/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="evaluation"))
    },
    "training/retention/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/retention/delete/": {"POST": Row(SITE_ADMIN, 302)},
    "training/workers/": {"GET": Row(SITE_ADMIN)},
    "training/workers/<uuid:public_id>/drain/": {
        "POST": Row(SITE_ADMIN, 302, names=ids(public_id="worker"))
    },
    "training/workers/<uuid:public_id>/go-on/": {
        "POST": Row(SITE_ADMIN, 302, names=ids(public_id="worker"))
    },
    "training/checkpoints/": {"GET": Row(DESK)},
    "training/checkpoints/new/": {"GET": Row(SITE_ADMIN), "POST": Row(SITE_ADMIN)},
    "training/checkpoints/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="checkpoint"))
    },
    "training/checkpoints/<uuid:public_id>/download/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="checkpoint"))
    },
    "training/checkpoints/<uuid:public_id>/use/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="checkpoint"))
    },
    "training/checkpoints/<uuid:public_id>/merge/": {
        "POST": Row(CHANGES_TRAINING, 302, names=ids(public_id="checkpoint"))
    },
    "training/checkpoints/<uuid:public_id>/propose/": {
        "POST": Row(CHANGES_TRAINING, 302, names=ids(public_id="checkpoint"))
    },
    "training/checkpoints/<uuid:public_id>/votes/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="checkpoint"))
    },
    "training/votes/<slug:slug>/<uuid:comparison_id>/": {
        "GET": Row(LEAD, names=ids(comparison_id="comparison"))
    },
    "training/in-use/": {"GET": Row(DESK)},
    "training/in-use/<slug:slug>/": {"GET": Row(LEAD), "POST": Row(LEAD_BUT_ADMINS)},
    "training/in-use/<slug:slug>/gate/": {
        "GET": Row(LEAD_BUT_ADMINS),
        "POST": Row(LEAD_BUT_ADMINS),
    },
    "training/in-use/<slug:slug>/take-back/": {
        "POST": Row(LEAD_BUT_ADMINS, 302, {"name": "stable", "role": "policy", "seen": 7})
    },
    "training/in-use/<slug:slug>/back/<uuid:alias_id>/": {
        "POST": Row(LEAD, 302, names=ids(alias_id="alias"))
    },
    "training/proposals/<uuid:public_id>/": {
        "GET": Row(READS_TRAINING, names=ids(public_id="proposal"))
    },
    "training/proposals/<uuid:public_id>/accept/": {
        "POST": Row(READS_TRAINING, 302, names=ids(public_id="proposal"))
    },
    "training/proposals/<uuid:public_id>/reject/": {
        "POST": Row(READS_TRAINING, 302, names=ids(public_id="proposal"))
    },
    # The ground's project is no demonstration of replies, so who may see it finds nothing there.
    "training/trials/<slug:slug>/": {"GET": Row(MEMBER, 404)},
    "training/trials/<slug:slug>/train/": {"POST": Row(MEMBER, 404)},
    # --- Django's admin, by its index; tests/config/test_admin.py enters it
    "admin/": dict.fromkeys(METHODS, Row(ADMIN_SITE)),
}


def filled(route: str, row: Row, ground: Ground) -> str:
    route = route.replace("<slug:slug>", ground.project.slug)
    route = route.replace("<int:number>", "1")
    for parameter, name in row.names:
        for kind in ("uuid", "str"):
            route = route.replace(f"<{kind}:{parameter}>", str(ground.ids[name]))
    assert "<" not in route, f"{route} needs an id"
    return route
