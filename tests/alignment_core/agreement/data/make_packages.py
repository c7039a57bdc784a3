"""Write packages.json: random tables, and what other packages compute from them.

    python make_packages.py > packages.json

Needs an environment of its own (Python 3.11) with numpy 1.26.4, pandas 2.3.3, statsmodels 0.15.0,
irrCAC 0.4.4, krippendorff 0.9.0, evalica 0.4.2, choix 0.4.1 and crowd-kit 1.4.2 (the latter without
its dependencies). The tests read the numbers alone.
"""

import json
import sys
import warnings
from importlib.metadata import version

import choix
import evalica
import krippendorff
import numpy as np
import pandas as pd
from crowdkit.aggregation.classification.dawid_skene import DawidSkene
from irrCAC.raw import CAC
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

PACKAGES = [
    "irrCAC",
    "krippendorff",
    "statsmodels",
    "evalica",
    "choix",
    "crowd-kit",
    "numpy",
    "pandas",
]
WEIGHTS = ["identity", "linear", "quadratic", "ordinal"]
METRICS = ["nominal", "ordinal", "interval", "ratio"]


def main():
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(20)
    found = {
        "about": __doc__.splitlines()[0],
        "versions": {name: version(name) for name in PACKAGES},
        "many_judges": [many_judges(rng, *size) for size in SIZES],
        "two_judges": [two_judges(rng, q) for q in (2, 3, 4, 5)],
        "complete": [complete(rng, q) for q in (2, 3, 4)],
        "matches": [matches(rng, *size) for size in ((4, 60), (8, 300), (12, 900))],
        "sparse_votes": [
            sparse_votes(rng, *size) for size in ((60, 8, 2), (80, 10, 3), (120, 12, 4))
        ],
    }
    lines = (f"{json.dumps(key)}: {entries(value)}" for key, value in found.items())
    sys.stdout.write("{" + ",\n".join(lines) + "}\n")


def entries(value):
    """One entry a line, so that a change shows."""
    if isinstance(value, list):
        return "[\n" + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in value) + "]"
    return json.dumps(value)


# comparisons, judges, categories, share missing
SIZES = (
    (25, 3, 3, 0.0),
    (30, 4, 3, 0.2),
    (40, 5, 4, 0.4),
    (30, 2, 5, 0.1),
    (50, 6, 2, 0.5),
    (20, 3, 5, 0.3),
)


def ratings(rng, n, judges, q, missing):
    hidden = rng.integers(1, q + 1, size=(n, 1))
    noise = np.clip(hidden + rng.integers(-1, 2, size=(n, judges)), 1, q)
    values = np.where(rng.random((n, judges)) < 0.6, hidden, noise).astype(float)
    values[rng.random((n, judges)) < missing] = np.nan
    return values


def many_judges(rng, n, judges, q, missing):
    """Ratings 1 to q by comparison and judge, null where missing."""
    values = ratings(rng, n, judges, q, missing)
    categories = list(range(1, q + 1))
    by_weights = {}
    for weights in WEIGHTS:
        cac = CAC(pd.DataFrame(values), weights=weights, categories=categories, digits=14)
        by_weights[weights] = {
            name: getattr(cac, name)()["est"]["coefficient_value"]
            for name in ("gwet", "fleiss", "conger", "bp")
        }
        by_weights[weights]["percent"] = cac.fleiss()["est"]["pa"]
    alphas = {
        metric: krippendorff.alpha(
            reliability_data=values.T, level_of_measurement=metric, value_domain=categories
        )
        for metric in METRICS
    }
    data = [[None if np.isnan(v) else int(v) for v in row] for row in values]
    return {"data": data, "categories": q, "irrCAC": by_weights, "krippendorff": alphas}


def two_judges(rng, q):
    """Counts by first and second judge's category."""
    cells = rng.integers(0, 12, size=(q, q)) + np.diag(rng.integers(5, 30, size=q))
    found = {}
    for name, weights in (("identity", None), ("linear", "linear"), ("quadratic", "quadratic")):
        result = cohens_kappa(cells, wt=weights)
        found[name] = {"kappa": result.kappa, "error": result.std_kappa}
    return {"data": cells.tolist(), "statsmodels": found}


def complete(rng, q):
    counts = rng.multinomial(5, rng.dirichlet(np.ones(q)), size=20)
    counts[0] = np.eye(q, dtype=int)[0] * 5
    return {"data": counts.tolist(), "statsmodels": {"fleiss_kappa": fleiss_kappa(counts)}}


def matches(rng, n_models, n):
    """[first, second, score of the first]; choix knows no ties and gets the decided ones."""
    strength = rng.normal(size=n_models)
    rows = []
    for _ in range(n):
        a, b = rng.choice(n_models, 2, replace=False)
        p = 1 / (1 + np.exp(strength[b] - strength[a]))
        draw = rng.random()
        rows.append((int(a), int(b), 0.5 if draw < 0.15 else float(rng.random() < p)))
    decided = [(a, b) if s else (b, a) for a, b, s in rows if s != 0.5]
    plain = choix.opt_pairwise(n_models, decided, alpha=0, method="BFGS", tol=1e-10)
    winner = {1.0: evalica.Winner.X, 0.0: evalica.Winner.Y, 0.5: evalica.Winner.Draw}
    rated = evalica.bradley_terry(
        [a for a, _, _ in rows],
        [b for _, b, _ in rows],
        [winner[s] for *_, s in rows],
        tolerance=1e-13,
        limit=100_000,
    )
    logs = np.log(rated.scores.sort_index().to_numpy())
    return {
        "data": rows,
        "choix_without_ties": (plain - plain.mean()).tolist(),
        "evalica_bradley_terry": (logs - logs.mean()).tolist(),
    }


def sparse_votes(rng, n, judges, q):
    """[comparison, annotator, category], and the likelihood that crowd-kit's model reaches."""
    truth, skill = rng.integers(0, q, n), rng.uniform(0.3, 0.95, judges)
    rows = []
    for i in range(n):
        for a in rng.choice(judges, 4, replace=False):
            is_right = rng.random() < skill[a]
            rows.append((i, int(a), int(truth[i] if is_right else rng.integers(0, q))))
    frame = pd.DataFrame(rows, columns=["task", "worker", "label"])
    model = DawidSkene(n_iter=5000, tol=1e-12).fit(frame)
    total = 0.0
    for _task, votes in frame.groupby("task"):
        joint = model.priors_.copy()
        for worker, label in zip(votes.worker, votes.label, strict=True):
            if (worker, label) in model.errors_.index:
                joint = joint * model.errors_.loc[(worker, label)]
            else:
                joint = joint * 0
        total += np.log(joint.sum())
    return {"data": rows, "crowd_kit": {"log_likelihood": float(total)}}


if __name__ == "__main__":
    main()
