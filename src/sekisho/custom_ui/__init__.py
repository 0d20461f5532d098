"""Sign-in pages that a tenant brings itself: an archive of files that drives the Experience API."""
