"""Webhooks: who listens to what, the messages they get, and their way through the outbox. Events come from below."""
