"""`DB_URL` as people write it, made into what SQLAlchemy wants."""

from sqlalchemy import URL, make_url

_DRIVERS = {"postgres": "postgresql+asyncpg", "postgresql": "postgresql+asyncpg", "sqlite": "sqlite"}


class UnknownDatabase(ValueError):
    """`DB_URL` names a database that Sekisho does not know."""


def parse_url(text: str) -> URL:
    """Read `postgres://`, `postgresql://` (with libpq's `sslmode`) and `sqlite:///`."""
    try:
        url = make_url(text)
    except Exception as error:
        raise UnknownDatabase("DB_URL cannot be read; expected postgresql://… or sqlite:///…") from error
    driver = _DRIVERS.get(url.get_backend_name() if url.drivername != "postgres" else "postgres")
    if driver is None:
        raise UnknownDatabase(f"DB_URL names {url.drivername!r}; Sekisho knows postgresql and sqlite")
    query = dict(url.query)
    if driver.startswith("postgresql") and "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    return url.set(drivername=driver, query=query)


def dsn(url: URL) -> str:
    """Write the URL of a PostgreSQL database as its drivers read it, password and all."""
    query = {("sslmode" if name == "ssl" else name): value for name, value in url.query.items()}
    return url.set(drivername="postgresql", query=query).render_as_string(hide_password=False)
