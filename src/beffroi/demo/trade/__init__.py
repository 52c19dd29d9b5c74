"""The demo goes on: a simulated firm buys the second city's live data, from the offer to the bill."""
