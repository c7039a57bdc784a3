"""Which room may import which, read by `test_layers.py`; CONTRIBUTING.md says what each is for.

A new arrow is a decision: write it here, or do without it. `python script/rooms.py --arrows` draws
what stands. A name without a dot is a room of the same package.
"""

ROOMS = {
    "alignment_core": {
        "advice": "",
        "agreement": "",
        "canonical": "",
        "errors": "",
        "files": "errors",
        "floors": "",
        "lazy": "",
        "machine": "",
        "reporting": "",
        "configs": "errors",
        "processes": "errors",
        "formats": "",
        "data": "canonical configs errors files formats lazy",
        "models": "canonical configs data errors files lazy processes",
        "forward": "canonical data errors machine models processes",
        "runs": "configs data errors files machine models processes",
        "losses": "forward",
        "rewards": "canonical configs data errors forward lazy models",
        "sampling": "configs data errors forward lazy models processes rewards",
        "evaluation": (
            "agreement canonical configs data errors forward losses models processes runs sampling"
        ),
        "trainers": (
            "canonical configs data errors evaluation files forward losses machine models "
            "processes rewards runs sampling"
        ),
        "methods": (
            "configs data errors evaluation forward losses models processes rewards runs "
            "sampling trainers"
        ),
        "tasks": (
            "canonical configs data errors evaluation files forward machine models processes "
            "reporting rewards runs sampling trainers"
        ),
        "config_file": "errors files",
        "calls": "errors processes runs tasks",
        "command_line": "config_file configs errors reporting tasks",
        "model_commands": "command_line configs errors tasks",
        "__main__": "command_line model_commands configs data errors models processes runs tasks",
    },
    "annotate": {
        "apps": "",
        "database": "",
        "errors": "",
        "models": "",
        "access": "database models alignment_core.canonical",
        "comparisons": "database errors models alignment_core.agreement",
        "preferences": "models alignment_core.data alignment_core.formats",
        "text": "errors",
        "quality": (
            "access comparisons errors models text alignment_core.agreement alignment_core.floors"
        ),
        "judging": "access comparisons database errors models quality text alignment_core.formats",
        "work": "models text",
        "endpoints": "access errors models text alignment_core.formats",
        "notices": "access endpoints errors models text work",
        "agreement": (
            "comparisons database errors judging models quality text work alignment_core.agreement"
        ),
        "exports": (
            "access comparisons database errors judging models preferences text work "
            "alignment_core.canonical alignment_core.data alignment_core.formats"
        ),
        "arena": (
            "access agreement comparisons database errors exports imports judging models text "
            "work alignment_core.agreement alignment_core.formats"
        ),
        "listing": "agreement comparisons database errors models text",
        "bulk_changes": "access comparisons database errors judging listing models text work",
        "people": "access errors judging models notices",
        "signing_in": "access endpoints errors models people",
        "imports": (
            "access agreement comparisons database endpoints errors models text work "
            "alignment_core.canonical alignment_core.formats"
        ),
        "generation": (
            "access endpoints errors imports models text work alignment_core.canonical "
            "alignment_core.formats"
        ),
        "projects": (
            "access comparisons errors judging models people quality work alignment_core.agreement"
        ),
        "dashboards": (
            "agreement endpoints exports models people projects quality text "
            "alignment_core.agreement alignment_core.reporting"
        ),
        "admin": "access errors models people projects signing_in",
        "api": (
            "access agreement arena bulk_changes dashboards database endpoints errors exports "
            "generation imports judging listing models notices people projects quality"
        ),
        "demo": "errors imports judging models people projects alignment_core.formats",
        "forms": (
            "arena bulk_changes endpoints errors exports generation imports judging listing "
            "models notices people"
        ),
        "management": (
            "access agreement arena dashboards database endpoints errors exports generation "
            "imports judging models people projects signing_in alignment_core.formats"
        ),
        "tasks": (
            "access agreement arena bulk_changes endpoints exports generation imports judging "
            "listing models notices projects work"
        ),
        "templatetags": (
            "access bulk_changes demo exports forms judging models notices quality text"
        ),
        "views": (
            "access agreement arena bulk_changes comparisons dashboards database endpoints errors "
            "exports forms generation imports judging listing models notices people projects "
            "quality signing_in"
        ),
        "urls": "exports views",
    },
    "training": {
        "apps": "lineage runs snapshots annotate.arena annotate.dashboards annotate.exports",
        "errors": "annotate.errors",
        "words": "alignment_core.configs alignment_core.errors",
        "models": "words annotate.models",
        "access": "models annotate.access annotate.models",
        "artifacts": "errors models alignment_core.canonical",
        "checkpoints": (
            "access artifacts errors models words alignment_core.canonical "
            "alignment_core.configs alignment_core.errors alignment_core.models "
            "annotate.access annotate.errors annotate.models annotate.text annotate.work"
        ),
        "runs": (
            "access artifacts errors lineage models words alignment_core.advice "
            "alignment_core.configs alignment_core.errors annotate.access annotate.arena "
            "annotate.comparisons annotate.models annotate.text annotate.work"
        ),
        "snapshots": (
            "access artifacts errors lineage models alignment_core.canonical alignment_core.data "
            "annotate.access annotate.comparisons annotate.database annotate.exports "
            "annotate.judging "
            "annotate.models annotate.preferences"
        ),
        "automation": (
            "access errors lineage models promotion runs snapshots words "
            "alignment_core.agreement alignment_core.configs annotate.access annotate.arena "
            "annotate.comparisons annotate.errors annotate.models annotate.preferences "
            "annotate.text annotate.work"
        ),
        "execution": (
            "artifacts checkpoints errors models runs words alignment_core.canonical "
            "alignment_core.data alignment_core.errors alignment_core.formats annotate.arena "
            "annotate.comparisons annotate.errors annotate.imports "
            "annotate.models annotate.text annotate.work"
        ),
        "lineage": "access models alignment_core.reporting annotate.access annotate.models",
        "promotion": (
            "access errors lineage models words alignment_core.agreement alignment_core.canonical "
            "annotate.access annotate.models"
        ),
        "happenings": "models annotate.models annotate.notices",
        "forms": (
            "automation contrast models reports runs snapshots words alignment_core.configs "
            "annotate.errors annotate.forms annotate.models annotate.preferences annotate.text"
        ),
        "reports": (
            "access artifacts automation lineage models runs alignment_core.agreement "
            "alignment_core.configs alignment_core.reporting alignment_core.runs annotate.access "
            "annotate.arena "
            "annotate.models annotate.preferences"
        ),
        "contrast": (
            "access errors lineage models reports words alignment_core.agreement "
            "alignment_core.canonical alignment_core.reporting annotate.exports annotate.models"
        ),
        "admin": (
            "automation forms lineage models promotion runs words annotate.access annotate.errors"
        ),
        "api": (
            "access artifacts automation checkpoints contrast errors lineage models promotion "
            "reports runs snapshots words annotate.access annotate.api annotate.errors "
            "annotate.judging annotate.models annotate.preferences"
        ),
        "demo": (
            "checkpoints errors execution models runs snapshots alignment_core.agreement "
            "alignment_core.canonical annotate.access annotate.demo annotate.errors "
            "annotate.comparisons annotate.models annotate.people annotate.preferences "
            "annotate.work"
        ),
        "templatetags": (
            "contrast demo models promotion reports runs words alignment_core.agreement "
            "annotate.demo"
        ),
        "views": (
            "access automation checkpoints contrast demo errors forms lineage models promotion "
            "reports runs snapshots words alignment_core.configs annotate.access "
            "annotate.comparisons annotate.database annotate.demo annotate.errors "
            "annotate.forms annotate.judging annotate.models"
        ),
        "management": (
            "automation checkpoints demo execution models reports runs snapshots "
            "alignment_core.configs annotate.demo annotate.management annotate.models "
            "annotate.preferences"
        ),
        "tasks": "automation checkpoints demo execution happenings promotion runs snapshots",
        "urls": "views",
    },
    "config": {
        "admin": "",
        "api_urls": "annotate.api",
        "apps": "",
        "broker": "",
        "environment": "",
        "errors": "annotate.api",
        "icon": "",
        "preparation": "",
        "processes": "",
        "rest": "",
        "scheduler": "",
        "second_factor_required": "errors annotate.api annotate.signing_in",
        "sqlite": "",
        "start_checks": "",
        "web_worker": "",
        "wsgi": "",
        "celery": "broker",
        "compression": "",
        "date_formats": "",
        "outage": "errors annotate.api",
        "programs": "processes",
        "single_sign_on": "",
        "settings": "broker environment rest single_sign_on",
        "urls": "icon annotate.views",
        "supervisor": "broker processes programs start_checks",
        "command_line": "supervisor",
        "__main__": "command_line",
    },
}

# Modules with one name: they mean the same thing, each from where its room sees it.
SHARED_NAMES = {
    "ranking": ["annotate.judging.protocols.ranking", "annotate.models.ranking"],
    "__main__": ["alignment_core.__main__", "config.__main__"],
    "access": ["annotate.access", "training.access"],
    "advice": ["alignment_core.advice", "training.runs.advice", "training.words.advice"],
    "agreement": ["alignment_core.agreement", "annotate.agreement"],
    "alarms": ["alignment_core.runs.alarms", "training.reports.alarms"],
    "arena": [
        "alignment_core.agreement.further.arena",
        "alignment_core.formats.arena",
        "annotate.arena",
        "annotate.models.arena",
    ],
    "audit": ["annotate.access.audit", "annotate.models.audit", "training.access.audit"],
    "base": ["annotate.models.base", "config.sqlite.base"],
    "budgets": ["training.reports.budgets", "training.runs.budgets"],
    "checkpoints": ["alignment_core.runs.checkpoints", "training.checkpoints"],
    "checks": ["alignment_core.formats.checks", "training.runs.checks"],
    "coefficients": [
        "alignment_core.agreement.coefficients",
        "alignment_core.agreement.coefficients.coefficients",
    ],
    "command_line": ["alignment_core.command_line", "config.command_line"],
    "erasure": ["annotate.people.erasure", "training.snapshots.erasure"],
    "endpoints": ["annotate.endpoints", "annotate.endpoints.endpoints"],
    "errors": ["alignment_core.errors", "annotate.errors", "config.errors", "training.errors"],
    "evaluation": ["alignment_core.configs.evaluation", "alignment_core.evaluation"],
    "figures": ["alignment_core.agreement.figures", "alignment_core.evaluation.figures"],
    "formats": [
        "alignment_core.formats",
        "annotate.exports.formats",
        "config.date_formats.en.formats",
        "config.date_formats.zh_Hans.formats",
    ],
    "forward": ["alignment_core.forward", "alignment_core.forward.forward"],
    "generation": [
        "alignment_core.sampling.generation",
        "annotate.generation",
        "annotate.models.generation",
    ],
    "hh": ["alignment_core.formats.hh", "annotate.exports.formats.hh"],
    "hub": ["alignment_core.models.hub", "training.checkpoints.hub"],
    "llama_factory": [
        "alignment_core.formats.llama_factory",
        "annotate.exports.formats.llama_factory",
    ],
    "kto": ["alignment_core.methods.kto", "annotate.exports.formats.kto"],
    "lineage": ["training.checkpoints.lineage", "training.lineage"],
    "language": ["alignment_core.reporting.language", "annotate.text.language"],
    "methods": [
        "alignment_core.configs.methods",
        "alignment_core.methods",
        "training.words.methods",
    ],
    "models": ["alignment_core.models", "annotate.models", "training.models"],
    "pairs": [
        "alignment_core.configs.pairs",
        "alignment_core.trainers.pairs",
        "alignment_core.formats.pairs",
    ],
    "people": ["annotate.models.people", "annotate.people"],
    "permissions": ["annotate.access.permissions", "training.access.permissions"],
    "policy_gradient": [
        "alignment_core.configs.policy_gradient",
        "alignment_core.losses.policy_gradient",
    ],
    "openai": ["alignment_core.formats.openai", "annotate.exports.formats.openai"],
    "preferences": ["annotate.exports.formats.preferences", "annotate.preferences"],
    "preflight": ["alignment_core.evaluation.preflight", "training.words.preflight"],
    "preparation": ["alignment_core.data.preparation", "config.preparation"],
    "processes": ["alignment_core.processes", "config.processes"],
    "projects": ["annotate.projects", "annotate.projects.projects"],
    "prompts": ["alignment_core.formats.prompts", "alignment_core.sampling.prompts"],
    "protocols": ["annotate.judging.protocols", "annotate.projects.protocols"],
    "records": ["alignment_core.data.records", "annotate.preferences.records"],
    "report": ["alignment_core.agreement.report", "annotate.models.report"],
    "reports": ["annotate.agreement.reports", "training.reports"],
    "reward_model": [
        "alignment_core.losses.reward_model",
        "alignment_core.methods.reward_model",
        "alignment_core.reporting.reward_model",
        "annotate.exports.formats.reward_model",
    ],
    "rewards": ["alignment_core.configs.rewards", "alignment_core.rewards"],
    "second_factor": [
        "annotate.models.second_factor",
        "annotate.signing_in.second_factor",
    ],
    "rollouts": ["alignment_core.configs.rollouts", "alignment_core.trainers.rollouts"],
    "rounds": ["training.automation.rounds", "training.reports.rounds"],
    "runs": ["alignment_core.runs", "training.runs"],
    "safety": ["alignment_core.evaluation.safety", "alignment_core.reporting.safety"],
    "samples": ["alignment_core.reporting.samples", "training.execution.samples"],
    "sampling": ["alignment_core.configs.sampling", "alignment_core.sampling"],
    "sft": [
        "alignment_core.losses.sft",
        "alignment_core.methods.sft",
        "annotate.exports.formats.sft",
    ],
    "tiny": ["alignment_core.models.tiny", "training.execution.tiny"],
    "trl": ["alignment_core.formats.trl", "annotate.exports.formats.trl"],
    "votes": [
        "alignment_core.configs.votes",
        "alignment_core.trainers.votes",
        "alignment_core.formats.votes",
    ],
    "words": ["annotate.agreement.words", "annotate.imports.words", "training.words"],
}
