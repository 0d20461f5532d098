"""Files that users and administrators upload: avatars, logos, archives. Whatever they hold, a browser must be safe."""
