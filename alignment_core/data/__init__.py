"""From preference records to batches of token ids."""
