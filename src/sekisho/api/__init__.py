"""JSON APIs. Each surface translates HTTP to services and back; `app.py` puts them together under `/api`."""
