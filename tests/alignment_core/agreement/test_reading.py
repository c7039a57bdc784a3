import pytest

from alignment_core.agreement import Figure
from alignment_core.agreement.reading import read_alpha, read_kappa, read_percent


def _figure(value, low=None, high=None):
    return Figure(
        value=value,
        low=low,
        high=high,
        level=0.95,
        n_comparisons=9,
        n_judgements=18,
        n_pairs=9,
        prevalence={},
        undefined="one_category" if value is None else None,
        interval_undefined=None,
        method="bootstrap_bca",
    )


@pytest.mark.parametrize(
    ("read", "value", "key"),
    [
        (read_alpha, 0.666, "krippendorff_unreliable"),
        (read_alpha, 0.667, "krippendorff_tentative"),
        (read_alpha, 0.799, "krippendorff_tentative"),
        (read_alpha, 0.8, "krippendorff_reliable"),
        (read_kappa, -0.01, "landis_koch_poor"),
        (read_kappa, 0.0, "landis_koch_slight"),
        (read_kappa, 0.2, "landis_koch_slight"),
        (read_kappa, 0.21, "landis_koch_fair"),
        (read_kappa, 0.41, "landis_koch_moderate"),
        (read_kappa, 0.61, "landis_koch_substantial"),
        (read_kappa, 0.81, "landis_koch_almost_perfect"),
        (read_percent, 0.6, "preference_below_usual"),
        (read_percent, 0.7, "preference_usual"),
        (read_percent, 0.78, "preference_above_usual"),
    ],
)
def test_values_fall_into_the_bands_their_authors_drew(read, value, key):
    assert read(_figure(value)).key == key


def test_the_ends_of_the_interval_are_read_too():
    reading = read_alpha(_figure(0.7, 0.5, 0.85))
    assert (reading.low_key, reading.key, reading.high_key) == (
        "krippendorff_unreliable",
        "krippendorff_tentative",
        "krippendorff_reliable",
    )
    assert (reading.source, reading.limits) == ("krippendorff_2004", "limits_krippendorff_2004")


def test_an_undefined_figure_has_no_reading():
    assert read_alpha(_figure(None)) is None


@pytest.mark.parametrize("changed", [{"undefined": "one_category"}, {"low": 0.1}])
def test_a_figure_that_says_two_things_is_refused(changed):
    fields = _figure(0.5).to_dict() | changed
    with pytest.raises(ValueError, match=r"a value or a reason|both ends or none"):
        Figure(**fields)
