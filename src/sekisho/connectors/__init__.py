"""What signs people in elsewhere and what carries messages to them: connectors, each of a factory that is installed."""
