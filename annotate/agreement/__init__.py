"""Whether people agree: from stored votes to the figures that pages, API and commands show."""
