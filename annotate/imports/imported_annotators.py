"""Annotators of votes that were given elsewhere: no log-in, and a pseudonym that stays the same."""

from django.utils.crypto import salted_hmac

from alignment_core.formats.rows import Vote
from annotate.models import Annotator, AnnotatorKind, Membership, Project, Role
from annotate.models.people import PSEUDONYM_ALPHABET

PSEUDONYM_LENGTH = 10
COHORT = "imported"
NAMESPACE = "annotate.imported_annotator"
MADE_KINDS = (AnnotatorKind.SIMULATED, AnnotatorKind.MODEL)


def imported_pseudonym(project: Project, name: str) -> str:
    """The same name in the same project has the same pseudonym; the name itself is not kept.

    Keyed with the installation's secret, as worker ids and addresses could be guessed otherwise.
    """
    digest = salted_hmac(NAMESPACE, f"{project.public_id}:{name}", algorithm="sha256").digest()
    base = len(PSEUDONYM_ALPHABET)
    number = int.from_bytes(digest, "big")
    letters = []
    for _position in range(PSEUDONYM_LENGTH):
        number, letter = divmod(number, base)
        letters.append(PSEUDONYM_ALPHABET[letter])
    return "".join(letters)


class ImportedAnnotators:
    """The imported annotators of a project by name, each made when first needed."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._ids: dict[tuple[str, str], int] = {}

    def id_of_voter(self, vote: Vote) -> int:
        """Whoever gave a vote. Our own exports say of which kind and cohort they are."""
        if vote.details is None:
            return self.id_of(vote.annotator)
        return self.id_of(vote.annotator, kind=vote.details.kind, cohort=vote.details.cohort)

    def id_of(
        self, name: str, *, kind: str = "", cohort: str = COHORT, role: Role = Role.ANNOTATOR
    ) -> int:
        """A person elsewhere is imported here; no simulated annotator or model is one of them."""
        name = name.strip()  # a table may have blanks round it, and they are nobody else
        if kind not in MADE_KINDS:
            kind = AnnotatorKind.IMPORTED
        if (name, kind) not in self._ids:
            whole = name if kind == AnnotatorKind.IMPORTED else f"{kind}\0{name}"
            annotator, _created = Annotator.objects.get_or_create(
                pseudonym=imported_pseudonym(self.project, whole), defaults={"kind": kind}
            )
            Membership.objects.get_or_create(
                annotator=annotator,
                project=self.project,
                defaults={"role": role, "cohort": cohort},
            )
            self._ids[name, kind] = annotator.pk
        return self._ids[name, kind]

    def forget(self) -> None:
        """After a transaction that was undone: those made in it are gone."""
        self._ids.clear()
