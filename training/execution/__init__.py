"""One run on one worker: the child that trains, what is kept of it, how it ends."""
