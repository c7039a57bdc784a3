"""When somebody asked to be forgotten: what they wrote as their reasons goes, too."""

from training.models import Alias, AliasOrigin, Decision


def blank_reasons_of_the_forgotten() -> None:
    """Of decisions and names whose person is gone."""
    Decision.objects.filter(user=None).exclude(reason="").update(reason="")
    Alias.objects.filter(
        set_by=None, origin__in=[AliasOrigin.HAND, AliasOrigin.ROLLBACK, AliasOrigin.PROPOSAL]
    ).exclude(reason="").update(reason="")
