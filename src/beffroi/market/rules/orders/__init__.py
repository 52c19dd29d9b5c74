"""From an order to what its buyer holds (TMF622, 637, 651)."""
