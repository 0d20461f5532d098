"""What handlers may depend on beside the caller and the page.

All of it is coroutines: FastAPI sends plain functions to a thread.
"""

from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from sekisho.http.context import context
from sekisho.services import Services


async def _services(request: Request) -> Services:
    return context(request).services


ServicesDep: TypeAlias = Annotated[Services, Depends(_services)]
