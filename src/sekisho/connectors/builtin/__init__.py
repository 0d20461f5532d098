"""The connectors we bring. They come in by the same door as anybody's, and import nothing but the kit."""
