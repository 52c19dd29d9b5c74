"""Compare the pack of a bidder with its own evidence, and with a run of the buyer."""
