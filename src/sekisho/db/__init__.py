"""The database: engine, unit of work, column types, migrations. Knows both dialects, so that nobody else must."""
