"""Other packages' side of the agreement benchmark, in the environment that has them.

    python _agreement_peers.py ARRAYS.npz

Prints one JSON object: seconds and values of krippendorff, statsmodels, crowd-kit, evalica, and of
a plain bootstrap with numpy. None of the packages gives intervals for these figures.
"""

import json
import sys
import time
import warnings
from importlib.metadata import version

import evalica
import krippendorff
import numpy as np
import pandas as pd
from crowdkit.aggregation.classification.dawid_skene import DawidSkene
from statsmodels.stats.inter_rater import fleiss_kappa

PLAIN_RESAMPLES = 10


def main():
    warnings.simplefilter("ignore")
    arrays = np.load(sys.argv[1])
    comparison, annotator, category = arrays["judgements"]
    first, second, score = arrays["matches"]
    seconds, values = {}, {}

    def timed(name, work):
        started = time.perf_counter()
        outcome = work()
        seconds[name] = time.perf_counter() - started
        return outcome

    shape = comparison.max() + 1, category.max() + 1
    counts = timed("counts", lambda: count(comparison, category, shape))
    values["krippendorff_alpha"] = timed(
        "krippendorff",
        lambda: krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"),
    )
    values["fleiss_kappa"] = timed("statsmodels_fleiss", lambda: fleiss_kappa(counts))
    rng = np.random.default_rng(0)
    timed("plain_resamples", lambda: [alpha(resample(counts, rng)) for _ in range(PLAIN_RESAMPLES)])
    votes = pd.DataFrame({"task": comparison, "worker": annotator, "label": category})
    model = timed("crowd_kit_dawid_skene", lambda: DawidSkene(n_iter=2000).fit(votes))
    names = {1.0: evalica.Winner.X, 0.0: evalica.Winner.Y, 0.5: evalica.Winner.Draw}
    winners = [names[value] for value in score.tolist()]
    one, other = first.astype(int).tolist(), second.astype(int).tolist()
    rated = timed(
        "evalica_bradley_terry",
        lambda: evalica.bradley_terry(one, other, winners, tolerance=1e-10, limit=10_000),
    )
    logs = np.log(rated.scores.sort_index().to_numpy())
    outcome = {
        "seconds": seconds,
        "values": values,
        "strength": (logs - logs.mean()).tolist(),
        "dawid_skene_iterations": len(model.loss_history_),
        "plain_resamples": PLAIN_RESAMPLES,
        "versions": {
            name: version(name) for name in ("krippendorff", "statsmodels", "crowd-kit", "evalica")
        },
    }
    print(json.dumps(outcome))


def count(comparison, category, shape):
    return np.bincount(comparison * shape[1] + category, minlength=shape[0] * shape[1]).reshape(
        shape
    )


def resample(counts, rng):
    return counts[rng.integers(0, len(counts), len(counts))]


def alpha(counts):
    n = counts.sum(axis=1)
    judged = counts.sum(axis=0)
    total = judged.sum()
    disagreement = 1 - ((counts * (counts - 1)).sum(axis=1) / (n - 1)).sum() / total
    return 1 - disagreement / (1 - (judged * (judged - 1)).sum() / (total * (total - 1)))


if __name__ == "__main__":
    main()
