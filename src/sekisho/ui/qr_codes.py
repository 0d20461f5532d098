"""QR codes as images that fit into JSON and into pages."""

import asyncio


async def png_data_url(text: str) -> str:
    """Return the URL of a PNG image that says `text` to a camera."""
    return await asyncio.to_thread(_draw, text)


def _draw(text: str) -> str:
    import segno  # noqa: PLC0415 — few ask for one

    return segno.make(text, micro=False, error="m").png_data_uri(scale=4)
