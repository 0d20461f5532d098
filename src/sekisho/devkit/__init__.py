"""Development only: the demo application and stand-ins for outside services."""
