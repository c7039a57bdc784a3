"""Covariance of fitted values where judgements of a prompt, or of a person, are alike.

bread · meat · bread, where the meat adds up the products of what each cluster says. Two ways of
clustering at once count each, and take off once what is of both.

Source: Liang & Zeger 1986, Biometrika 73; Cameron, Gelbach & Miller 2011, Journal of Business &
Economic Statistics 29.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from alignment_core.agreement.ratings.likelihood import information_of
from alignment_core.agreement.ratings.matches import Matches
from alignment_core.agreement.tables.columns import FloatArray, IntArray

FEWEST_ANNOTATORS = 6  # of fewer, nothing says how far others would judge otherwise


def clusters_by_annotator(matches: Matches) -> bool:
    """Whether there are annotators enough for intervals that hold for others too."""
    return matches.annotator is not None and matches.n_annotators >= FEWEST_ANNOTATORS


def sandwich(
    matches: Matches,
    design: csr_array,
    slopes: FloatArray,
    curvature: FloatArray,
    free: FloatArray,
) -> FloatArray:
    """Covariance (n_values, n_values), clustered by prompt, and by annotator where they are enough.

    Args: design (n, n_values), slopes and curvature at the maximum, as `Likelihood.at`; free, a
        basis of the values that may move.
    """
    scores = csr_array(design * slopes[:, :1])
    n_prompts = matches.n_prompts
    meat = _meat(scores, slopes[:, 1], matches.prompt, free)
    meat *= n_prompts / (n_prompts - free.shape[1])
    bread = np.linalg.pinv(free.T @ information_of(design, curvature) @ free)
    inner: FloatArray = bread @ meat @ bread
    if matches.annotator is not None and clusters_by_annotator(matches):
        n = matches.n_annotators
        _pairs, both = np.unique(
            np.stack([matches.prompt, matches.annotator]), axis=1, return_inverse=True
        )
        further = _meat(scores, slopes[:, 1], matches.annotator, free) * n / (n - 1)
        further -= _meat(scores, slopes[:, 1], both.ravel(), free)
        inner = _no_less_than_nothing(inner + bread @ further @ bread)
    covariance: FloatArray = free @ inner @ free.T
    return covariance


def _meat(
    scores: csr_array, tie_scores: FloatArray, cluster: IntArray, free: FloatArray
) -> FloatArray:
    _keys, place = np.unique(cluster, return_inverse=True)
    n_rows, n_clusters = len(place), int(place.max()) + 1
    owner = csr_array((np.ones(n_rows), (place, np.arange(n_rows))), shape=(n_clusters, n_rows))
    total = owner @ scores  # sparse: a prompt has few models
    last = np.full(n_clusters, total.shape[1] - 1)
    total = total + csr_array(
        (owner @ tie_scores, (np.arange(n_clusters), last)), shape=total.shape
    )
    meat: FloatArray = free.T @ (total.T @ total).toarray() @ free
    return meat


def _no_less_than_nothing(covariance: FloatArray) -> FloatArray:
    """Without what is taken off too much: a variance below 0, in whatever direction."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    found: FloatArray = (vectors * np.maximum(values, 0)) @ vectors.T
    return found
