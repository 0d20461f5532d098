"""The authorization endpoint: checks, prompts, the page to show, and the answer to the application."""
