"""What tokens and userinfo say about a user."""
