"""A project's comparisons as leads look through them: filters, order, pages, counts, search."""
