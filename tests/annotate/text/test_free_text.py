from annotate.text.free_text import refuse_unstorable, replace_unstorable


def test_what_a_model_wrote_is_kept_with_a_mark_where_it_cannot_be_stored():
    written = {"samples": [{"text": "a\0b", "base": "\ud800 half"}], "steps": 3, "none": None}
    kept = replace_unstorable(written)
    assert kept == {
        "samples": [{"text": "a\ufffdb", "base": "\ufffd half"}],
        "steps": 3,
        "none": None,
    }
    refuse_unstorable(kept, field="summary")  # raises nothing
