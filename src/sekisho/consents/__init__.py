"""What people may be asked to allow a third-party application, and what they allowed: scopes, sessions, grants."""
