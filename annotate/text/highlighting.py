"""Code in the text of models, coloured by its language on the server.

Some lexers take a time that grows with the square of odd text, so colouring has a budget for each
text: beyond it, and beyond a size, code is shown without colours. Nothing of it is ever left out.
"""

import time
from collections.abc import Iterator
from functools import cache
from html import escape

from pygments.lexer import Lexer
from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token

LARGEST = 16_000  # characters of one block that are coloured
BUDGET = 0.1  # seconds of this thread's processor, for all code of one text

# Languages whose lexers were tried with hostile text, by the names that pygments gives them.
LANGUAGES = {
    "bash", "c", "c++", "c#", "css", "dart", "diff", "docker", "go", "haskell", "html", "ini",
    "java", "javascript", "json", "julia", "kotlin", "lua", "make", "matlab", "objective-c", "perl",
    "php", "powershell", "python", "r", "ruby", "rust", "scala", "sql", "swift", "tex", "toml",
    "typescript", "xml", "yaml",
}  # fmt: skip
ALIASES = {"jsonc": "json", "tsx": "typescript"}
CLASSES = (  # the first kind that holds a token gives its class
    (Comment, "co"), (String, "st"), (Number, "nu"), (Keyword, "ke"), (Operator.Word, "ke"),
    (Name.Function, "na"), (Name.Class, "na"), (Name.Tag, "na"), (Name.Attribute, "at"),
    (Name.Decorator, "at"), (Name.Builtin, "bu"), (Token.Generic.Inserted, "in"),
    (Token.Generic.Deleted, "de"),
)  # fmt: skip


class Colouring:
    """One text's budget of colouring."""

    def __init__(self) -> None:
        self.left = BUDGET

    def html(self, code: str, info: str) -> str:
        """The code as HTML: escaped, with a class on what its language tells apart."""
        lexer = _lexer(info.split(maxsplit=1)[0].lower()) if info.split() else None
        if lexer is None or len(code) > LARGEST or self.left <= 0:
            return escape(code)
        return "".join(self._spans(code, lexer))

    def _spans(self, code: str, lexer: Lexer) -> Iterator[str]:
        began = time.thread_time()
        kept, done = "", 0  # tokens of one class are one span
        name = ""
        for start, kind, value in lexer.get_tokens_unprocessed(code):
            if start != done or time.thread_time() - began > self.left:
                break
            done += len(value)
            if (other := _class(kind)) != name and value.strip():
                yield _span(kept, name)
                kept, name = "", other
            kept += value
        yield _span(kept, name) + escape(code[done:])
        self.left -= time.thread_time() - began


def _span(code: str, name: str) -> str:
    return f'<span class="{name}">{escape(code)}</span>' if name else escape(code)


@cache
def _class(kind: tuple[str, ...]) -> str:
    return next((name for ancestor, name in CLASSES if kind in ancestor), "")


@cache
def _names() -> dict[str, str]:
    """Every alias of a language that is coloured."""
    known = (aliases for _name, aliases, *_rest in get_all_lexers(plugins=False))
    coloured = (aliases for aliases in known if LANGUAGES.intersection(aliases))
    return {alias: aliases[0] for aliases in coloured for alias in aliases} | ALIASES


def _lexer(name: str) -> Lexer | None:
    language = _names().get(name)
    return get_lexer_by_name(language) if language else None
