"""Load the demonstration. Safe to kill and to run again: each step finds what is there already."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from alignment_core.formats.known import AUTO
from alignment_core.formats.rows import NewComparison
from annotate.demo.reply_pairs import reply_comparisons
from annotate.demo.sign_ins import SignIn, draw_sign_ins
from annotate.errors import InvalidInput
from annotate.imports.adding import add_comparisons
from annotate.imports.error_report import ErrorReport, comparisons_in
from annotate.imports.words import rows_of
from annotate.judging.simulation import simulate_annotators
from annotate.models import Membership, Project, RecordedUse, Role, User
from annotate.people.members import add_member, create_user
from annotate.projects.projects import create_project

HERE = Path(__file__).resolve().parent
N_SIMULATED = 3
SEED = 2026
LEFT_FOR_PEOPLE = 120


@dataclass(frozen=True)
class DemoProject:
    slug: str
    name: str
    description: str
    guidelines: str
    rows: Callable[[], Iterator[NewComparison]]
    attribution: str
    overlap: int = 3


def _rows_of(data: str, *, recorded_use: str) -> Iterator[NewComparison]:
    """The rows of a file that ships. Raises: InvalidInput if it is damaged."""
    report = ErrorReport()
    with (HERE / "data" / data).open("rb") as file:
        yield from comparisons_in(
            rows_of(file),
            format_name=AUTO,
            recorded_use=recorded_use,
            report=report,
        )
    if report.n_wrong:
        raise InvalidInput(f"{data} is damaged: {report.errors[0]}")


HELPFUL = DemoProject(
    slug="helpful-assistant",
    name="Helpful assistant",
    description="Which of two answers helps more? Real conversations, waiting for your judgement.",
    guidelines="guidelines_helpful.md",
    rows=partial(_rows_of, "hh_helpful.jsonl.gz", recorded_use=RecordedUse.HOLD),
    attribution=(
        "Anthropic HH-RLHF, helpful-base (Bai et al. 2022, arXiv:2204.05862), MIT licence. "
        "Some judgements are simulated from the preferences recorded there."
    ),
)
VOTES = DemoProject(
    slug="three-annotators",
    name="Three annotators",
    description="502 pairs of answers, each judged by the same three people.",
    guidelines="guidelines_votes.md",
    rows=partial(_rows_of, "pandalm_votes.jsonl.gz", recorded_use=RecordedUse.COUNT),
    attribution="PandaLM test set (Wang et al. 2023, arXiv:2306.05087), Apache-2.0 licence.",
)


# One for each language, as whoever judges should not be asked about replies they cannot read.
REPLIES = {
    "en": DemoProject(
        slug="customer-replies",
        name="Customer replies",
        description="Judge twenty replies by any taste, then see a small model follow it.",
        guidelines="guidelines_replies_en.md",
        rows=partial(reply_comparisons, "en"),
        attribution=(
            "Composed for Accord from fragments written for it; small, and for showing the way. "
            "Apache-2.0 licence, as Accord itself."
        ),
        overlap=1,
    ),
    "zh": DemoProject(
        slug="ke-fu-hui-fu",
        name="客服回复",
        description="按任何口味评判二十条回复，然后看一个小模型跟着你的口味走。",
        guidelines="guidelines_replies_zh.md",
        rows=partial(reply_comparisons, "zh"),
        attribution=(
            "由为 Accord 专门写的片段拼成；规模很小，只为演示过程。"
            "采用 Apache-2.0 许可，与 Accord 相同。"
        ),
        overlap=1,
    ),
}


def language_of_replies(project: Project) -> str | None:
    """Of a demonstration of customer replies; None for every other project."""
    slugs = {demo.slug: language for language, demo in REPLIES.items()}
    return slugs.get(project.slug) if project.is_demo else None


@dataclass(frozen=True)
class Demo:
    """What was loaded; `training` goes on from the helpful project and from the replies."""

    helpful: Project
    votes: Project
    replies: list[Project]
    sign_ins: list[SignIn]


def load_demo_projects(say: Callable[[str], None] = lambda _line: None) -> Demo:
    """Users, projects with data, and simulated judgements; `say` gets lines of progress."""
    sign_ins = draw_sign_ins()
    admin, lead, annotator = (_user(sign_in) for sign_in in sign_ins)
    demos = (VOTES, HELPFUL, *REPLIES.values())
    votes, helpful, *replies = (_project(demo, created_by=admin) for demo in demos)
    for project in (votes, helpful, *replies):
        _member(project, lead, Role.LEAD)
        _member(project, annotator, Role.ANNOTATOR)
    for project, demo in zip((votes, helpful, *replies), demos, strict=True):
        added = add_comparisons(project=project, rows=demo.rows())
        say(f"{demo.name}: {added.n_comparisons + added.n_duplicates} comparisons")
    simulated = simulate_annotators(
        project=helpful,
        n_annotators=N_SIMULATED,
        seed=SEED,
        leave_open=LEFT_FOR_PEOPLE,
        requested_by=admin,
    )
    say(f"{HELPFUL.name}: {simulated.n_judgements} simulated judgements")
    return Demo(helpful=helpful, votes=votes, replies=replies, sign_ins=sign_ins)


def _user(sign_in: SignIn) -> User:
    found = User.objects.filter(username=sign_in.username).first()
    if found is not None:
        return found
    return create_user(
        username=sign_in.username,
        password=sign_in.password,
        is_site_admin=sign_in.username == "admin",
    )


def _project(demo: DemoProject, *, created_by: User) -> Project:
    found = Project.objects.filter(slug=demo.slug).first()
    if found is not None:
        return found
    return create_project(
        created_by=created_by,
        name=demo.name,
        slug=demo.slug,
        description=demo.description,
        guidelines=(HERE / demo.guidelines).read_text(),
        attribution=demo.attribution,
        overlap=demo.overlap,
        is_demo=True,
    )


def _member(project: Project, user: User, role: Role) -> None:
    if not Membership.objects.filter(project=project, annotator__user=user).exists():
        add_member(project=project, user=user, role=role)
