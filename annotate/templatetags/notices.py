"""The bell of the header, and notices in words."""

from django import template

from annotate.notices.audience import unread_by
from annotate.notices.notice_words import path_of, sentence_of, title_of

register = template.Library()
register.filter("notice_title", title_of)
register.filter("notice_sentence", sentence_of)
register.filter("notice_path", path_of)


@register.inclusion_tag("annotate/_bell.html", takes_context=True)
def bell(context: template.Context) -> dict[str, int]:
    return {"n_unread": unread_by(context["user"]).count()}
