"""From a lease to a judgement: what one person is shown, answers, skips and takes back."""
