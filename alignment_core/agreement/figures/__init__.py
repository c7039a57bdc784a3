"""A figure: value, interval, count, or why there is none; and how intervals are computed."""
