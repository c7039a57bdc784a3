"""Annotators of votes that were given elsewhere: no log-in, and a pseudonym that stays the same."""

from django.utils.crypto import salted_hmac

from annotate.models import Annotator, AnnotatorKind, Membership, Project, Role
from annotate.models.people import PSEUDONYM_ALPHABET

PSEUDONYM_LENGTH = 10
COHORT = "imported"
NAMESPACE = "annotate.imported_annotator"


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
        self._ids: dict[str, int] = {}

    def id_of(self, name: str) -> int:
        if name not in self._ids:
            annotator, _created = Annotator.objects.get_or_create(
                pseudonym=imported_pseudonym(self.project, name),
                defaults={"kind": AnnotatorKind.IMPORTED},
            )
            Membership.objects.get_or_create(
                annotator=annotator,
                project=self.project,
                defaults={"role": Role.ANNOTATOR, "cohort": COHORT},
            )
            self._ids[name] = annotator.pk
        return self._ids[name]

    def forget(self) -> None:
        """After a transaction that was undone: those made in it are gone."""
        self._ids.clear()
