"""People decide: projects, comparisons, leases, judgements, agreement, preferences."""
