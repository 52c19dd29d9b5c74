"""The one place where rooms meet: services opened, routes mounted, the node run."""
