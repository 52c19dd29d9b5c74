"""Market: offers, orders, agreements, usage and bills; TM Forum resources are its rows."""
