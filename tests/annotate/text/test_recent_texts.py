from annotate.text.recent_texts import RecentTexts


def test_what_was_used_longest_ago_makes_room():
    recent: RecentTexts[str, int] = RecentTexts(100)
    for number, key in enumerate("abcd"):
        recent.keep(key, number, size=25)
    assert recent.get("a") == 0  # used again: now “b” is the oldest
    recent.keep("e", 4, size=20)
    assert [recent.get(key) for key in "abcde"] == [0, None, 2, 3, 4]
    assert recent.size == 95


def test_one_long_text_pushes_nothing_out():
    recent: RecentTexts[str, int] = RecentTexts(100)
    recent.keep("short", 1, size=10)
    recent.keep("long", 2, size=26)
    assert (recent.get("short"), recent.get("long"), recent.size) == (1, None, 10)


def test_the_same_again_is_counted_once():
    recent: RecentTexts[str, int] = RecentTexts(100)
    recent.keep("a", 1, size=20)
    recent.keep("a", 2, size=10)
    assert (recent.get("a"), recent.size) == (2, 10)
