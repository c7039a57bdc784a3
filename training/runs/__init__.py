"""The queue of runs: what may be asked for, who claims it, and who works."""
