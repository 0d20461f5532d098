"""Bodies and answers of the Management API, one module per noun: bodies are checked, answers only encoded."""
