"""What `sekisho doctor` does: looks at the settings, the database, the keys, the public URL and the clock.

It changes nothing. Each check yields findings; a check that needs what an earlier one could not reach is left out.
"""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from urllib.parse import urlsplit

import typer
from rich.console import Console
from sqlalchemy import func, select, text

from sekisho.cli.databases import is_missing, open_database, problems_of
from sekisho.connectors.registry import Registry
from sekisho.connectors.store import ConnectorStore
from sekisho.crypto.key_file import UnusableKeyFile
from sekisho.crypto.sealing import CannotOpen, Sealer
from sekisho.db.database import Database
from sekisho.db.search_indexes import trigram_index_of, trigram_indexes
from sekisho.kernel.clock import SystemClock
from sekisho.kernel.errors import DatabaseUnavailable
from sekisho.kernel.ids import TenantId
from sekisho.migrations.prepare import key_file_of
from sekisho.outbound.client import OutboundAnswer, OutboundClient, OutboundFailed
from sekisho.outbound.guard import Guard, OutboundRefused, Policy
from sekisho.settings import Settings, UnusableSettings, load_settings
from sekisho.signing_keys.service import SigningKeyService
from sekisho.signing_keys.store import SigningKeyStore
from sekisho.tenants.cache import ConfigCache
from sekisho.tenants.errors import VaultLocked
from sekisho.tenants.store import SystemStore
from sekisho.tenants.tables import TenantTable
from sekisho.tenants.vault import is_vault_made, open_vault

_LARGEST_SKEW = timedelta(seconds=5)
_PATIENCE = timedelta(seconds=3)
_MARKS = {"good": "[green]✓[/]", "note": "[yellow]•[/]", "bad": "[red]✗[/]"}


class Mark(StrEnum):
    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; the text of a bad one says what would mend it."""

    check: str
    mark: Mark
    text: str

    @property
    def is_bad(self) -> bool:
        return self.mark is Mark.BAD


async def examine() -> Sequence[Finding]:
    """Look at everything that can be looked at."""
    try:
        settings = load_settings()
    except UnusableSettings as error:
        return [Finding("settings", Mark.BAD, line) for line in str(error).splitlines()]
    findings = [Finding("settings", Mark.GOOD, "Every setting can be read.")]
    findings += [finding async for finding in _database(settings)]
    findings += [finding async for finding in _public_url(settings)]
    return findings


def print_findings(findings: Sequence[Finding], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([{"check": each.check, "result": each.mark, "text": each.text} for each in findings]))
        return
    console = Console(soft_wrap=True, highlight=False)
    for each in findings:
        console.print(f"{_MARKS[each.mark]} {each.check}: ", end="")
        console.print(each.text, markup=False)


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    url = settings.shown_database
    if is_missing(settings):
        yield Finding("database", Mark.NOTE, f"{url} is not there yet; the first start makes it.")
        return
    async with open_database(settings) as database:
        try:
            await database.ping()
            problems = await problems_of(database)
        except DatabaseUnavailable as error:
            yield Finding("database", Mark.BAD, f"{url} cannot be reached: {error}")
            return
        for problem in problems:
            yield Finding("database", Mark.BAD, problem)
        if problems:
            return
        yield Finding("database", Mark.GOOD, f"{url} answers, and is as this version expects it.")
        yield await _clock_of_database(database)
        if not database.is_sqlite:
            yield await _search(database)
        async for finding in _keys(settings, database):
            yield finding


async def _keys(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    async with database.unit_of_work() as uow:
        systems = SystemStore(uow=uow)
        if not await is_vault_made(systems):
            yield Finding("keys", Mark.NOTE, "There are no keys yet; the first start makes them.")
            return
        try:
            sealer = await open_vault(systems, keys=settings.vault_keys, key_file=key_file_of(settings))
        except (VaultLocked, UnusableKeyFile) as error:
            yield Finding("keys", Mark.BAD, str(error))
            return
    yield Finding("keys", Mark.GOOD, "The key that seals secrets at rest is the right one.")
    async with database.unit_of_work() as uow:
        tenants = [TenantId(each) for each in (await uow.execute(select(TenantTable.id))).scalars()]
    for tenant_id in tenants:
        yield await _signing_key(database, sealer, tenant_id)
    yield await _connectors(database, sealer, tenants)


async def _signing_key(database: Database, sealer: Sealer, tenant_id: TenantId) -> Finding:
    async with database.unit_of_work() as uow:
        keys = SigningKeyService(
            tenant_id=tenant_id,
            store=SigningKeyStore(uow=uow, tenant_id=tenant_id),
            cache=ConfigCache(database).of(tenant_id, uow),
            sealer=sealer,
            clock=SystemClock(),
        )
        try:
            current = await keys.current()
            cookie_keys = await keys.cookie_keys()
        except (CannotOpen, IndexError) as error:
            return Finding("keys", Mark.BAD, f"Tenant {tenant_id} has no usable signing key: {error}")
    if not cookie_keys:
        return Finding("keys", Mark.BAD, f"Tenant {tenant_id} has no cookie key.")
    return Finding("keys", Mark.GOOD, f"Tenant {tenant_id} signs with {current.algorithm}, key {current.kid}.")


async def _connectors(database: Database, sealer: Sealer, tenants: Sequence[TenantId]) -> Finding:
    """Look for connectors that nobody sees, because what they are made of is not installed here."""
    registry, orphans = Registry(), []
    async with database.unit_of_work() as uow:
        for tenant_id in tenants:
            stored = await ConnectorStore(uow=uow, tenant_id=tenant_id, sealer=sealer).list()
            orphans += [(tenant_id, each) for each in stored if registry.find(each.factory_id) is None]
    if not orphans:
        return Finding("connectors", Mark.GOOD, "What connectors are made of is installed.")
    named = ", ".join(f"{each.id} of tenant {tenant_id} ({each.factory_id})" for tenant_id, each in orphans)
    told = f"Not installed, or broken, is what these connectors are made of, so nobody can use them: {named}."
    return Finding("connectors", Mark.BAD, told)


async def _search(database: Database) -> Finding:
    """Look for the trigram indexes, which could not be made where `pg_trgm` was not there and could not be created."""
    present = text("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()")
    async with database.unit_of_work() as uow:
        names = set((await uow.execute(present, reads=True)).scalars())
    missing = [statement for table, statement in trigram_indexes().items() if trigram_index_of(table) not in names]
    if not missing:
        return Finding("search", Mark.GOOD, "Searches for a part of a name are answered by indexes.")
    statements = "; ".join(["CREATE EXTENSION IF NOT EXISTS pg_trgm", *missing])
    told = f"Searches for a part of a name read every row. Let an administrator of the database run: {statements};"
    return Finding("search", Mark.NOTE, told)


async def _clock_of_database(database: Database) -> Finding:
    """Compare with PostgreSQL's clock; SQLite has none of its own, but its rows cannot come from the future."""
    async with database.unit_of_work() as uow:
        if database.is_sqlite:
            there = (await uow.execute(select(func.max(TenantTable.created_at)))).scalar()
            return _judge_clock("the newest tenant", there, only_behind=True)
        there = (await uow.execute(text("SELECT now()"), reads=True)).scalar()
        return _judge_clock("the database", there)


def _judge_clock(whose: str, there: datetime | None, *, only_behind: bool = False) -> Finding:
    here = SystemClock().now()
    skew = timedelta(0) if there is None else there - here
    if skew > _LARGEST_SKEW or (skew < -_LARGEST_SKEW and not only_behind):
        seconds = abs(skew.total_seconds())
        word = "behind" if skew > timedelta(0) else "ahead of"
        return Finding("clock", Mark.BAD, f"This machine's clock is {seconds:.0f} s {word} {whose}; synchronise it.")
    return Finding("clock", Mark.GOOD, f"This machine's clock agrees with {whose}.")


async def _public_url(settings: Settings) -> AsyncIterator[Finding]:
    if settings.endpoint is None:
        told = "ENDPOINT is not set: only localhost and IP addresses are answered, which is for trying out."
        yield Finding("public URL", Mark.NOTE, told)
    elif urlsplit(settings.endpoint).scheme == "http":
        told = f"{settings.endpoint} is not HTTPS: anybody on the way can read passwords. Terminate TLS in front of it."
        yield Finding("public URL", Mark.NOTE, told)
    origin = settings.origin
    client = OutboundClient(Guard(Policy(allows_private=True)))
    try:
        answer = await client.request("GET", f"{origin}/oidc/.well-known/openid-configuration", patience=_PATIENCE)
        yield _judge_answer(origin, answer)
        if date := answer.headers.get("date"):
            yield _judge_clock(origin, parsedate_to_datetime(date).astimezone(UTC))
    except (OutboundFailed, OutboundRefused) as error:
        yield Finding("public URL", Mark.NOTE, f"{origin} does not answer ({error}); is the server running?")
    finally:
        await client.close()


def _judge_answer(origin: str, answer: OutboundAnswer) -> Finding:
    issuer = answer.json().get("issuer") if answer.is_success else None
    if issuer != f"{origin}/oidc":
        told = (
            f"{origin} answers {answer.status} with issuer {issuer}: a proxy changes the address, or ENDPOINT is wrong."
        )
        return Finding("public URL", Mark.BAD, told)
    return Finding("public URL", Mark.GOOD, f"{origin} answers as {issuer}.")
