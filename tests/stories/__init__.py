"""The stories of the mission, walked through from the outside: portal, interfaces, command line."""
