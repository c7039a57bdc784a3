"""In which order the completions of a set stand on the screen: drawn for each lease, and stored."""

from collections.abc import Sequence
from random import SystemRandom

from annotate.models import Comparison, Completion, Lease, SetMember

_lot = SystemRandom()


def members_of(comparison: Comparison) -> list[SetMember]:
    """The completions of its set, by number."""
    members = SetMember.objects.filter(completion_set=comparison.completion_set_id)
    return list(members.select_related("completion").order_by("number"))


def ranked_with(comparison: Comparison) -> list[Completion]:
    """The other completions of its set, if it is of one."""
    if comparison.completion_set_id is None:
        return []
    pair = (comparison.first_id, comparison.second_id)
    members = members_of(comparison)
    return [member.completion for member in members if member.completion_id not in pair]


def draw_order(comparison: Comparison) -> list[int]:
    """The numbers of the members of its set, shuffled: every order is as likely."""
    numbers = [member.number for member in members_of(comparison)]
    _lot.shuffle(numbers)
    return numbers


def lies_first_before(comparison: Comparison, order: Sequence[int]) -> bool:
    """Whether the first completion of a comparison of a set comes before the second."""
    number = {member.completion_id: member.number for member in members_of(comparison)}
    return order.index(number[comparison.first_id]) < order.index(number[comparison.second_id])


def as_shown(lease: Lease) -> list[SetMember]:
    """The members of a leased set, as they stand on the screen."""
    members = {member.number: member for member in members_of(lease.comparison)}
    return [members[number] for number in lease.screen_order or ()]
