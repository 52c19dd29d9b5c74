"""Groups of resources that a reference may name."""

PARTIES = ("organization", "individual", "partyRole", "customer")
ACCOUNTS = ("billingAccount", "partyAccount", "settlementAccount", "financialAccount")
