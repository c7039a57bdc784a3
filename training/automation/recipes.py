"""What people do with recipes: make one, change its steps, let it rest."""

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from annotate.models import Project, User
from annotate.text.free_text import refuse_unstorable
from training.access.audit import record_act
from training.automation.chain import checked_chain
from training.errors import NotFound, RecipeRefused
from training.models import Recipe, RecipeVersion


@transaction.atomic
def create_recipe(
    *, project: Project, name: str, steps: Any, created_by: User | None = None
) -> Recipe:
    """Raises: RecipeRefused, naming step, field and value; nothing is made then."""
    recipe = Recipe(project=project, name=_checked_name(name), created_by=created_by)
    chain = checked_chain(steps, project)
    _save(recipe)
    _add_version(recipe, [step.as_json() for step in chain], created_by)
    record_act(user=created_by, action="recipe.create", target=recipe, after={"name": recipe.name})
    return recipe


@transaction.atomic
def change_recipe(
    *,
    recipe_id: uuid.UUID,
    name: str,
    steps: Any,
    seen: int | None = None,
    seen_name: str | None = None,
    changed_by: User | None = None,
) -> Recipe:
    """Name and steps at once: both, or neither.

    Args:
        seen, seen_name: the version and the name that whoever changes it has seen. A name that
            they left as it was stays as somebody else has made it meanwhile.
    Raises: NotFound, RecipeRefused.
    """
    recipe = _held(recipe_id)
    change_steps(recipe_id=recipe_id, steps=steps, seen=seen, changed_by=changed_by)
    if seen_name is not None and name.strip() == seen_name:
        return recipe
    if seen_name is not None and recipe.name != seen_name:
        raise RecipeRefused(
            _("Somebody has renamed this recipe meanwhile: it is called “%(name)s” now.")
            % {"name": recipe.name},
            field="name",
            value=name,
        )
    return rename_recipe(recipe_id=recipe_id, name=name, renamed_by=changed_by)


@transaction.atomic
def change_steps(
    *, recipe_id: uuid.UUID, steps: Any, seen: int | None = None, changed_by: User | None = None
) -> RecipeVersion:
    """Make another version of a recipe; rounds under way go on by theirs.

    Args:
        seen: the version that whoever changes it has seen; another one by now, and it is refused.
    Raises: NotFound, RecipeRefused.
    """
    recipe = _held(recipe_id)
    before = newest_version(recipe)
    if seen is not None and seen != before.number:
        raise changed_meanwhile(before, seen=seen)
    given = [step.as_json() for step in checked_chain(steps, recipe.project)]
    if given == before.steps:
        return before
    version = _add_version(recipe, given, changed_by)
    record_act(
        user=changed_by, action="recipe.change", target=recipe, after={"version": version.number}
    )
    return version


def changed_meanwhile(version: RecipeVersion, *, seen: int) -> RecipeRefused:
    return RecipeRefused(
        _("Somebody has changed this recipe meanwhile: it is at version %(n)d now.")
        % {"n": version.number},
        field="version",
        value=seen,
    )


@transaction.atomic
def rename_recipe(*, recipe_id: uuid.UUID, name: str, renamed_by: User | None = None) -> Recipe:
    """Raises: NotFound, RecipeRefused."""
    recipe, name = _held(recipe_id), _checked_name(name)
    if recipe.name != name:
        recipe.name = name
        _save(recipe)
        record_act(user=renamed_by, action="recipe.rename", target=recipe, after={"name": name})
    return recipe


@transaction.atomic
def pause_recipe(*, recipe_id: uuid.UUID, is_paused: bool, by: User | None = None) -> Recipe:
    """Let it rest, or go on. A round under way goes on either way. Raises: NotFound."""
    recipe = _held(recipe_id)
    if recipe.is_paused != is_paused:
        recipe.is_paused = is_paused
        recipe.save(update_fields=["is_paused"])
        record_act(user=by, action="recipe.pause" if is_paused else "recipe.go_on", target=recipe)
    return recipe


def newest_version(recipe: Recipe) -> RecipeVersion:
    fetched: list[RecipeVersion] = getattr(recipe, "newest_versions", [])
    return fetched[0] if fetched else recipe.versions.order_by("-number")[:1].get()


def version_of(recipe: Recipe, number: str) -> RecipeVersion | None:
    """The version of this number, if the text is one and there is such a version."""
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    return recipe.versions.filter(number=int(number)).first()


def with_newest_version(recipes: QuerySet[Recipe]) -> QuerySet[Recipe]:
    """For lists: the newest versions of all of them by one query."""
    newest = RecipeVersion.objects.order_by("-number")[:1]
    return recipes.prefetch_related(Prefetch("versions", newest, to_attr="newest_versions"))


def _add_version(recipe: Recipe, steps: list[Any], user: User | None) -> RecipeVersion:
    last = recipe.versions.order_by("-number").values_list("number", flat=True).first() or 0
    return recipe.versions.create(number=last + 1, steps=steps, created_by=user)


def _held(recipe_id: uuid.UUID) -> Recipe:
    found = (
        Recipe.objects.select_for_update(of=("self",))
        .select_related("project")
        .filter(public_id=recipe_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such recipe."), field="recipe", value=str(recipe_id))
    return found


def _save(recipe: Recipe) -> None:
    try:
        with transaction.atomic():
            recipe.save()
    except IntegrityError as error:
        raise RecipeRefused(
            _("The project “%(project)s” has a recipe of this name already.")
            % {"project": recipe.project},
            field="name",
            value=recipe.name,
        ) from error


def _checked_name(name: str) -> str:
    name = name.strip()
    refuse_unstorable(name, field="name")
    most = Recipe._meta.get_field("name").max_length or 0
    if not 0 < len(name) <= most:
        raise RecipeRefused(
            _("A recipe needs a name of %(most)d characters at most.") % {"most": most},
            field="name",
            value=name,
        )
    return name
