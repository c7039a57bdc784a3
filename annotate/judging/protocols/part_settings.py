"""What a lead may decide about a part, each thing once: what is checked, and what the page asks.

A setting owns one or two keys of its part's settings. What is optional and left as it usually is
stands in no declaration, so that the same question is always the same declaration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings as site
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from annotate.errors import InvalidInput

LONGEST_NAME = 60  # characters of a reason, a criterion, or the words for one
ANSWER = "{answer}"  # stands for A or B in words for a button
Texts = Mapping[str, str]  # the same words by language
Said = str | Promise


@dataclass(frozen=True, kw_only=True)
class Setting:
    name: str
    label: Said
    help: Said = ""

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.name,)

    def declared(self, given: Mapping[str, Any], part: str) -> dict[str, Any]:
        """Its keys, checked and complete. Raises: InvalidInput, with the field at fault."""
        raise NotImplementedError

    def said(self, settings: Mapping[str, Any]) -> str:
        """What it is set to, in a few words."""
        raise NotImplementedError

    def difference(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
        """What changed, in a few words; "" if nothing."""
        if all(before.get(key) == after.get(key) for key in self.keys):
            return ""
        return f"{self.label}: {self.said(before)} → {self.said(after)}"


@dataclass(frozen=True, kw_only=True)
class Flag(Setting):
    def declared(self, given: Mapping[str, Any], part: str) -> dict[str, Any]:
        value = given.get(self.name, False)
        if not isinstance(value, bool):
            raise _refused(_("This must be true or false."), f"{part}.{self.name}", value)
        return {self.name: value}

    def said(self, settings: Mapping[str, Any]) -> str:
        return _("yes") if settings.get(self.name) else _("no")


@dataclass(frozen=True, kw_only=True)
class OneOf(Setting):
    options: Mapping[str, Said]

    def declared(self, given: Mapping[str, Any], part: str) -> dict[str, Any]:
        value = given.get(self.name)
        if not isinstance(value, str) or value not in self.options:
            message = _("The scale must be one of: %(known)s.") % {"known": ", ".join(self.options)}
            raise _refused(message, f"{part}.{self.name}", value)
        return {self.name: value}

    def said(self, settings: Mapping[str, Any]) -> str:
        value = settings.get(self.name, "")
        return str(self.options.get(value, value))


@dataclass(frozen=True, kw_only=True)
class Several(Setting):
    """Some of the options, beside what is `always` among them; its part checks them itself."""

    options: Mapping[str, Said]
    always: tuple[str, ...] = ()

    def said(self, settings: Mapping[str, Any]) -> str:
        chosen = settings.get(self.name, ())
        return ", ".join(f"“{self.options[one]}”" for one in chosen if one in self.options) or _(
            "nothing more"
        )


@dataclass(frozen=True, kw_only=True)
class Whole(Setting):
    least: int
    most: int
    usual: int

    def declared(self, given: Mapping[str, Any], part: str) -> dict[str, Any]:
        value = given.get(self.name, self.usual)
        if type(value) is not int or not self.least <= value <= self.most:  # no bool, no float
            message = _("This must be a whole number from %(least)d to %(most)d.")
            bounds = {"least": self.least, "most": self.most}
            raise _refused(message % bounds, f"{part}.{self.name}", value)
        return {} if value == self.usual else {self.name: value}

    def said(self, settings: Mapping[str, Any]) -> str:
        return str(settings.get(self.name, self.usual))


@dataclass(frozen=True, kw_only=True)
class Words(Setting):
    """Own words for some fixed things, in any of the languages: {"tie": {"en": "Alike"}}."""

    of: Mapping[str, Said]  # what each is called on the page
    about_answers: frozenset[str] = frozenset()  # those that say which answer they mean

    def declared(self, given: Mapping[str, Any], part: str) -> dict[str, Any]:
        field = f"{part}.{self.name}"
        words = checked_words(given.get(self.name, {}), known=self.of, field=field)
        for thing in self.about_answers & words.keys():
            for language, text in words[thing].items():
                if text.count(ANSWER) != 1:
                    message = _("Write {answer} once, where A or B belongs.")
                    raise _refused(message, f"{field}.{thing}.{language}", text)
        return {self.name: words} if words else {}

    def said(self, settings: Mapping[str, Any]) -> str:
        words: Mapping[str, Texts] = settings.get(self.name, {})
        return ", ".join(f"“{in_my_language(texts)}”" for texts in words.values()) or _("as usual")


@dataclass(frozen=True, kw_only=True)
class Names(Setting):
    """One to `most` different short names, as they are stored, and own words for each."""

    most: int
    words: ClassVar[str] = "words"

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.name, self.words)

    def declared(self, given: Mapping[str, Any], part: str) -> dict[str, Any]:
        field, value = f"{part}.{self.name}", given.get(self.name)
        if not isinstance(value, list) or not 1 <= len(value) <= self.most:
            message = _("Name between 1 and %(most)d of them.") % {"most": self.most}
            raise _refused(message, field, value)
        names = [clean_words(one, field=field) for one in value]
        if len(set(names)) < len(names):
            twice = next(one for one in names if names.count(one) > 1)
            raise _refused(_("This is named twice."), field, twice)
        spoken = given.get(self.words, {})
        words = checked_words(spoken, known=names, field=f"{part}.{self.words}")
        refuse_alike([words.get(name, {}) for name in names], names, field=field)
        return {self.name: names} | ({self.words: words} if words else {})

    def said(self, settings: Mapping[str, Any]) -> str:
        names, words = settings.get(self.name, []), settings.get(self.words, {})
        return ", ".join(f"“{name_in_my_language(name, words)}”" for name in names)


def checked_words(value: Any, *, known: Any, field: str) -> dict[str, dict[str, str]]:
    """Raises: InvalidInput, where a thing, a language or its words are not what they may be."""
    if not isinstance(value, Mapping):
        raise _refused(_("This must be an object of settings."), field, value)
    words: dict[str, dict[str, str]] = {}
    languages = dict(site.LANGUAGES)
    for thing, texts in value.items():
        if thing not in known:
            raise _refused(_("There is nothing of this name."), f"{field}.{thing}", thing)
        if not isinstance(texts, Mapping):
            raise _refused(_("Give words by language."), f"{field}.{thing}", texts)
        for language, text in texts.items():
            at = f"{field}.{thing}.{language}"
            if language not in languages:
                raise _refused(_("This is none of the languages."), at, language)
            words.setdefault(thing, {})[language] = clean_words(text, field=at)
    return {thing: words[thing] for thing in known if thing in words}


def refuse_alike(words: list[Texts], names: list[str], *, field: str) -> None:
    """Two things that read the same in a language cannot be told apart."""
    for language, _name in site.LANGUAGES:
        seen = set()
        for texts, name in zip(words, names, strict=True):
            text = texts.get(language, name)
            if text in seen:
                raise _refused(_("Two of them read the same."), field, text)
            seen.add(text)


def clean_words(value: Any, *, field: str) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        message = _("A name has 1 to %(longest)d printable characters.") % {"longest": LONGEST_NAME}
        raise _refused(message, field, value)
    return text


def in_my_language(texts: Texts) -> str:
    """The reader's words; else those of another language, as the usual words may mean another
    thing; "" where there are none."""
    return texts.get(get_language() or "") or next(iter(texts.values()), "")


def name_in_my_language(name: str, words: Mapping[str, Texts]) -> str:
    """The reader's words for a name; the name itself, where there are none in their language."""
    return words.get(name, {}).get(get_language() or "", name)


def _refused(message: str, field: str, value: Any) -> InvalidInput:
    return InvalidInput(message, field=field, value=str(value)[:80])
