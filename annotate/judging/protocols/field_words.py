"""A field of an answer in words, as the judging screen calls it."""

from annotate.judging.protocols.declaration import PARTS, Declaration
from annotate.judging.protocols.part_settings import name_in_my_language
from annotate.judging.protocols.presets import KNOWN_NAMES

SIDE_NAMES = {"left": "A", "right": "B"}
BY_FIELD = {part.field: part for part in PARTS if part.field}


def field_in_words(field: str, declaration: Declaration) -> str:
    """`criteria.helpfulness.left` as “Criteria · Helpfulness · A”; one unknown stays as it is."""
    name, *inside = field.split(".")
    part = BY_FIELD.get(name)
    if part is None:
        return field
    words = declaration.get(part.name)
    own = words.get("words", {}) if isinstance(words, dict) else {}
    said = [str(part.label)]
    for one in inside:
        named = name_in_my_language(one, own)
        said.append(
            SIDE_NAMES.get(one) or str(KNOWN_NAMES.get(one, one) if named == one else named)
        )
    return " · ".join(said)
