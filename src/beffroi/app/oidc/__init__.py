"""Sign-in by a provider of the operator's choice (OpenID Connect Core 1.0, authorization code with PKCE)."""
