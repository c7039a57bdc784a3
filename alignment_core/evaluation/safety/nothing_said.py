"""Whether a completion says nothing: it is empty, goes round in circles, or is gibberish.

Rules of form, which hold in any language, and two of frequent words, for English and Chinese alone.
Nonsense that is well formed, such as true words in a senseless order with "of" and "the" between
them, is not seen.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import numpy as np

KINDS = ("empty", "repetition", "gibberish")
SHORTEST_ANSWER = 2  # letters or digits, or one Chinese character; less is no answer

PIECE, CHINESE_PIECE = 12, 6  # characters; prose seldom says so many in the same order twice
FEWEST_PIECES = 20  # in a text that can be said to repeat itself
REPEATED_SHARE = 0.5  # of the pieces, or of the text that a last loop takes up
LONGEST_LOOP = 60  # characters; a longer one is found by its pieces
FEWEST_ROUNDS = 3
SHORTEST_LOOPED = 9  # characters; "ha ha ha" is laughter

SHORTEST_JUDGED = 10  # characters that show; less is too little to call gibberish
MOST_BROKEN = 0.05  # of the characters; one cut at the end of a sample is ordinary
FEWEST_BROKEN = 3
FEWEST_SIGNS = 0.5  # share of letters and digits; source code has three quarters
FEWEST_LETTERS = 0.15  # share of letters
MOST_SCRIPTS = 3  # in one answer
MOST_ODD_WORDS = 0.35
FEWEST_WORDS = 5
FEWEST_OF_PROSE = 15  # words, or Chinese characters, of which some must be frequent ones
FREQUENT_SHARE = 0.1

SCRIPTS = {"HIRAGANA": "KANA", "KATAKANA": "KANA", "CJK": "CHINESE"}  # others by their own name
CHINESE = re.compile("[\u4e00-\u9fff]")
KANA = re.compile("[\u3040-\u30ff]")
MARKDOWN = re.compile(r"[\s|*#=_-]")  # what only lays a text out
CODE = re.compile(r"```.*?(?:```|$)", re.DOTALL)
WORD = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?")
ODD_WORD = re.compile(
    r"(?i:[bcdfghjklmnpqrstvwxz]{6}|^[bcdfghjklmnpqrstvwxz]{4,}$)|[a-z][A-Z]+[a-z]|[a-z][A-Z]$|^.{30}"
)
ENGLISH_GLUE = (
    "the of and a to in is it you that he she was for on are as with his her they i at be this have"
    " from or one had by but not what all were we when your can there an which their if do will how"
    " about up out them then so some would make like into has its no than been who my over them use"
    " only may should also any because while could our me am don't it's i'm"
)
FREQUENT_ENGLISH = frozenset(ENGLISH_GLUE.split())
FREQUENT_CHINESE = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后"
    "作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因"
    "只从想实日者意无力它与长把机十先见名请什很"
)


def nothing_said(completion: str, language: str = "") -> str | None:
    """Which of KINDS a completion is; None if it says something.

    Args:
        language: of the prompt, as "en"; English words are looked for where it is English.
    """
    text = re.sub(r"\s+", " ", completion).strip()
    signs = re.sub(r"[\W_]", "", text)
    if len(signs) < SHORTEST_ANSWER and not CHINESE.search(signs) and not _is_broken(text):
        return "empty"
    if repeats_itself(text):
        return "repetition"
    return "gibberish" if is_gibberish(completion, language) else None


def repeats_itself(text: str) -> bool:
    """Whether most of a text was said before, or it ends in a loop that takes up half of it."""
    size = CHINESE_PIECE if 2 * len(CHINESE.findall(text)) > len(text) else PIECE
    pieces = [text[start : start + size] for start in range(len(text) - size + 1)]
    few_differ = len(set(pieces)) < (1 - REPEATED_SHARE) * len(pieces)
    return (len(pieces) >= FEWEST_PIECES and few_differ) or _ends_in_a_loop(text)


def _ends_in_a_loop(text: str) -> bool:
    characters = np.array([ord(character) for character in text])
    for length in range(1, min(LONGEST_LOOP, len(text) // FEWEST_ROUNDS) + 1):
        differs = np.flatnonzero(characters[length:] != characters[:-length])
        looped = len(text) - (int(differs[-1]) + 1 if len(differs) else 0)
        is_long = looped >= max(SHORTEST_LOOPED, FEWEST_ROUNDS * length)
        if is_long and looped >= REPEATED_SHARE * len(text):
            return True
    return False


def is_gibberish(completion: str, language: str = "") -> bool:
    """Whether characters or words stand together as in no language or program."""
    shown = MARKDOWN.sub("", completion)
    if _is_broken(completion):
        return True
    if len(shown) < SHORTEST_JUDGED:
        return False
    n_letters = sum(character.isalpha() for character in shown)
    n_signs = n_letters + sum(character.isdecimal() for character in shown)
    if n_signs < FEWEST_SIGNS * len(shown) or n_letters < FEWEST_LETTERS * len(shown):
        return True
    return (
        len(_scripts(shown)) > MOST_SCRIPTS
        or _has_odd_words(completion)
        or _is_soup(CODE.sub(" ", completion), language)
    )


def _is_broken(text: str) -> bool:
    n_broken = sum(
        character == "\ufffd"
        or (
            unicodedata.category(character) in {"Cc", "Cn", "Co", "Cs"}
            and character not in "\t\n\r"
        )
        for character in text
    )
    return n_broken >= FEWEST_BROKEN and n_broken > MOST_BROKEN * len(text)


def _scripts(text: str) -> set[str]:
    names = {
        unicodedata.name(letter, "UNKNOWN").split()[0] for letter in set(text) if letter.isalpha()
    }
    return {SCRIPTS.get(name, name) for name in names}


def _has_odd_words(text: str) -> bool:
    words = [word for word in WORD.findall(text) if word.isascii()]
    odd = [word for word in words if ODD_WORD.search(word) and not word.isupper()]
    return len(words) >= FEWEST_WORDS and len(odd) > MOST_ODD_WORDS * len(words)


def _is_soup(text: str, language: str) -> bool:
    """Whether prose lacks the words without which none is written, or has nothing but them."""
    chinese = CHINESE.findall(text)
    if len(chinese) >= FEWEST_OF_PROSE and not KANA.search(text):
        return _is_without_glue([character in FREQUENT_CHINESE for character in chinese])
    words = [word.lower().replace("’", "'") for word in WORD.findall(text) if word.isascii()]
    if language == "en" and len(words) >= FEWEST_OF_PROSE:
        return _is_without_glue([word in FREQUENT_ENGLISH for word in words])
    return False


def _is_without_glue(is_frequent: list[bool]) -> bool:
    changes = sum(one != other for one, other in pairwise(is_frequent))
    return sum(is_frequent) < FREQUENT_SHARE * len(is_frequent) or changes == 0
