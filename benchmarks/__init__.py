"""Repeatable loads, each printing one figure per line: `name value unit`. See README.md."""
