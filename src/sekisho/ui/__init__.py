"""How our pages are made: the Jinja environment, the page protocol, macros, design tokens, assets, branding.

A surface describes a page as a frozen dataclass (`sekisho.hosted.pages`, …) and calls `render.render`.
No HTTP here: URLs, nonces and tokens come in as values.
"""
