"""What comparisons are found by: their words, tags and models, and how long they are."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

from annotate.models.corpus import Comparison
from annotate.models.project import Project


class WordsField(models.Field):  # type: ignore[type-arg]
    """Words without order: a `tsvector` of PostgreSQL; elsewhere a text that an FTS5 table indexes.

    The value is a text of words with spaces between them, none of which holds a quote.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def get_placeholder(self, _value: Any, _compiler: Any, connection: BaseDatabaseWrapper) -> str:
        return "%s::tsvector" if connection.vendor == "postgresql" else "%s"

    def get_db_prep_value(
        self,
        value: Any,
        connection: BaseDatabaseWrapper,
        prepared: bool = False,  # noqa: ARG002 - Django names it
    ) -> Any:
        if connection.vendor != "postgresql" or value is None:
            return value
        return " ".join(f"'{word}'" for word in value.split())


@WordsField.register_lookup
class Holds(models.Lookup):
    """Whether all words asked for are among them: a query as `comparisons_with` writes it."""

    lookup_name = "holds"

    def get_prep_lookup(self) -> Any:
        return self.rhs

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        words, parameters = self.process_lhs(compiler, connection)
        return f"{words} @@ %s::tsquery", [*parameters, self.rhs]

    def as_sql(self, compiler: Any, _connection: BaseDatabaseWrapper) -> Any:
        # The key of the same row: FTS5 knows rows by number.
        alias = compiler.quote_name_unless_alias(self.lhs.alias)
        key = f'{alias}."comparison_id"'
        found = "SELECT rowid FROM annotate_searchwords WHERE annotate_searchwords MATCH %s"
        return f"{key} IN ({found})", [self.rhs]


class SearchEntry(models.Model):
    """Follows its comparison by a worker, within a minute; see `listing/search_index.py`.

    On SQLite triggers keep the FTS5 table `annotate_searchwords`. They go with the table: a
    migration that changes this model there makes them anew, as `search_index` in its first one.
    """

    comparison = models.OneToOneField(
        Comparison,
        models.CASCADE,
        primary_key=True,
        related_name="search_entry",
        verbose_name=_("comparison"),
    )
    project = models.ForeignKey(
        Project,
        models.CASCADE,
        db_index=False,  # `comparisons_by_length` begins with it
        related_name="+",
        verbose_name=_("project"),
    )
    words = WordsField(_("words"), default="")
    n_characters = models.PositiveIntegerField(_("characters"))  # of the prompt and both answers

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        indexes = [
            models.Index(
                fields=["project", "n_characters", "comparison"], name="comparisons_by_length"
            ),
        ]

    def __str__(self) -> str:
        return str(self.comparison_id)


class SearchProgress(models.Model):
    """One row: how far the index has come."""

    # Up to this comparison, by number, all have their entry, also those committed late.
    walked_to = models.PositiveBigIntegerField(_("walked to"), default=0)
    # Up to this one all had theirs that could be seen at the last walk.
    reached = models.PositiveBigIntegerField(_("reached"), default=0)
    # A worker is at it, by the database's clock; one walk at a time, as each takes a worker.
    busy_until = models.DateTimeField(_("busy until"), null=True, blank=True)

    class Meta:
        verbose_name = _("progress of the search index")
        verbose_name_plural = _("progress of the search index")

    def __str__(self) -> str:
        return str(self.walked_to)
