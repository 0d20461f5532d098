"""What others gave us for a user and we keep for him: the token sets of identity providers, sealed."""
